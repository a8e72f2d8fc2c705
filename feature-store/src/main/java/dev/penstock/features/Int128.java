package dev.penstock.features;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Integers of 128 bits: {@code high} signed, {@code low} unsigned. */
final class Int128 {
  private static final long EXACT_DOUBLE = 1L << 53;

  private static final int MANTISSA_BITS = 52;

  /** Bits of a normalised 64-bit number below a double's mantissa. */
  private static final int CUT = 11;

  private Int128() {}

  /**
   * @throws ArithmeticException if it takes more than 64 bits
   */
  static long toLong(long high, long low) {
    if (high != low >> 63) {
      throw new ArithmeticException("the sum " + exact(high, low) + " does not fit BIGINT");
    }
    return low;
  }

  /** Divided by {@code count}, rounded once. */
  static double mean(long high, long low, long count) {
    if (high == low >> 63 && low <= EXACT_DOUBLE && low >= -EXACT_DOUBLE) {
      return (double) low / count;
    }
    return Accumulator.DecimalSum.mean(new BigDecimal(exact(high, low)), count);
  }

  static BigInteger exact(long high, long low) {
    BigInteger lowest = BigInteger.valueOf(low >>> 1).shiftLeft(1).add(BigInteger.valueOf(low & 1));
    return BigInteger.valueOf(high).shiftLeft(64).add(lowest);
  }

  /** Times 2^{@code unit}, as the double nearest to it, ties to even; nowhere near its limits. */
  static double nearest(long high, long low, int unit) {
    if (high < 0) {
      long lowPart = -low;
      return -nearest(~high + (lowPart == 0 ? 1 : 0), lowPart, unit);
    }
    if (high == 0 && low == 0) {
      return 0.0;
    }
    int zeros = high != 0 ? Long.numberOfLeadingZeros(high) : 64 + Long.numberOfLeadingZeros(low);
    long bits;
    boolean more = false;
    if (zeros >= 64) {
      bits = low << (zeros - 64);
    } else if (zeros == 0) {
      bits = high;
      more = low != 0;
    } else {
      bits = high << zeros | low >>> (64 - zeros);
      more = low << zeros != 0;
    }
    long mantissa = bits >>> CUT;
    long rest = bits & ((1L << CUT) - 1);
    long half = 1L << (CUT - 1);
    if (rest > half || (rest == half && (more || (mantissa & 1) != 0))) {
      mantissa++;
    }
    return mantissa * power(64 - zeros + unit + CUT);
  }

  /** Two to the power of {@code exponent}, which must be a normal number. */
  private static double power(int exponent) {
    return Double.longBitsToDouble((long) (exponent + Double.MAX_EXPONENT) << MANTISSA_BITS);
  }
}
