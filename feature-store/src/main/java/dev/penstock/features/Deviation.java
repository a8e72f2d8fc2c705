package dev.penstock.features;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * The standard deviation of a sample, from the exact sums of the inputs and of their squares: they
 * cancel without an error, however close the inputs lie.
 */
final class Deviation implements Accumulator {
  private long count;
  private long notFinite;
  private BigDecimal sum = BigDecimal.ZERO;
  private BigDecimal squares = BigDecimal.ZERO;

  @Override
  public void add(Event event, Object input) {
    change(input, 1);
  }

  @Override
  public void remove(Event event, Object input) {
    change(input, -1);
  }

  private void change(Object input, int sign) {
    count += sign;
    boolean real = input instanceof Double || input instanceof Float;
    if (real && !Double.isFinite(((Number) input).doubleValue())) {
      notFinite += sign;
      return;
    }
    BigDecimal value = exact(input);
    BigDecimal square = value.multiply(value);
    sum = sign > 0 ? sum.add(value) : sum.subtract(value);
    squares = sign > 0 ? squares.add(square) : squares.subtract(square);
  }

  private static BigDecimal exact(Object input) {
    if (input instanceof BigDecimal decimal) {
      return decimal;
    }
    return input instanceof Double || input instanceof Float
        ? new BigDecimal(((Number) input).doubleValue())
        : BigDecimal.valueOf(((Number) input).longValue());
  }

  @Override
  public Object value(long now) {
    if (count == 0) {
      sum = BigDecimal.ZERO; // its scale is the longest that there was
      squares = BigDecimal.ZERO;
    }
    if (count < 2) {
      return null;
    }
    if (notFinite > 0) {
      return Double.NaN;
    }
    BigDecimal n = BigDecimal.valueOf(count);
    BigDecimal pairs = n.multiply(n.subtract(BigDecimal.ONE));
    BigDecimal spread = n.multiply(squares).subtract(sum.multiply(sum));
    return root(spread.divide(pairs, MathContext.DECIMAL128));
  }

  /** The square root, also of what a double is too small for. */
  static double root(BigDecimal square) {
    double rounded = square.doubleValue();
    return Double.isInfinite(rounded) || rounded < Double.MIN_NORMAL
        ? square.sqrt(MathContext.DECIMAL64).doubleValue()
        : Math.sqrt(rounded);
  }
}
