package dev.penstock.validation;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;

/** How numbers are written in sentences for people. */
final class Numbers {
  private static final MathContext SIX_DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);

  private Numbers() {}

  /** At most six significant digits, whole numbers in full, no exponent below a quadrillion. */
  static String text(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    BigDecimal rounded = new BigDecimal(value).round(SIX_DIGITS).stripTrailingZeros();
    return Math.abs(value) < 1e-6 ? rounded.toString() : rounded.toPlainString();
  }

  /** A share as a percentage: {@code 0.95} is {@code 95%}. */
  static String percent(double share) {
    return text(BigDecimal.valueOf(share).movePointRight(2).round(SIX_DIGITS).doubleValue()) + "%";
  }

  /**
   * A duration as the pipeline file writes it: {@code 28d}, {@code 36h}, {@code 15m}, {@code 30s}.
   */
  static String text(Duration duration) {
    long seconds = duration.toSeconds();
    if (duration.getNano() != 0) {
      return duration.toString();
    }
    if (seconds % 3600 != 0) {
      return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
    return seconds % 86_400 == 0 && seconds != 0 ? seconds / 86_400 + "d" : seconds / 3600 + "h";
  }
}
