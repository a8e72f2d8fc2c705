package dev.penstock.validation;

import java.io.Serializable;
import java.math.BigInteger;

/**
 * Count, sums and range of numbers: equal for equal numbers, however they were split and merged.
 *
 * @param sum in units of 2^{@link ExactSums#LOWEST_EXPONENT}
 * @param squares the sum of the squares, in units of 2^(2 {@link ExactSums#LOWEST_EXPONENT})
 * @param min positive infinity over no number
 * @param max negative infinity over no number
 */
record Moments(long n, BigInteger sum, BigInteger squares, double min, double max)
    implements Serializable {
  /** A quotient of this many bits is rounded once more, to the 53 of a double. */
  private static final int QUOTIENT_BITS = 128;

  /** Of things that are counted but are no numbers. */
  static Moments counting(long n) {
    return new Moments(
        n, BigInteger.ZERO, BigInteger.ZERO, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
  }

  Moments and(Moments other) {
    return new Moments(
        n + other.n,
        sum.add(other.sum),
        squares.add(other.squares),
        Math.min(min, other.min),
        Math.max(max, other.max));
  }

  /** 0 over no number. */
  double mean() {
    return n == 0 ? 0 : quotient(sum, BigInteger.valueOf(n), ExactSums.LOWEST_EXPONENT);
  }

  /** Of the population; 0 over no number. */
  double stddev() {
    if (n == 0) {
      return 0;
    }
    BigInteger count = BigInteger.valueOf(n);
    BigInteger deviations = count.multiply(squares).subtract(sum.multiply(sum));
    return Math.sqrt(quotient(deviations, count.multiply(count), 2 * ExactSums.LOWEST_EXPONENT));
  }

  private static double quotient(BigInteger dividend, BigInteger divisor, int exponent) {
    int more = QUOTIENT_BITS + divisor.bitLength() - dividend.bitLength();
    BigInteger quotient = dividend.shiftLeft(more).divide(divisor);
    return Math.scalb(quotient.doubleValue(), exponent - more);
  }
}
