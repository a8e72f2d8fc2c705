package dev.penstock.validation;

import java.math.BigInteger;

/**
 * The sum of finite doubles and the sum of their squares, without any rounding: the same in any
 * order. Not shared between threads.
 */
final class ExactSums {
  /** The exponent of two that {@link #sum} counts in: the smallest double. */
  static final int LOWEST_EXPONENT = -1074;

  private static final int MANTISSA_BITS = 52;
  private static final int GREATEST_EXPONENT = 0x7FF;
  private static final long LOW_53 = (1L << 53) - 1;
  private static final long LOW_32 = 0xFFFF_FFFFL;
  private static final int CHANGES_THAT_FIT = 1 << 30;

  /** Limb i counts units of 2^(32 i): from the smallest double to beyond the greatest. */
  private final long[] sum = new long[GREATEST_EXPONENT / 32 + 4];

  private final long[] squares = new long[2 * GREATEST_EXPONENT / 32 + 5];
  private int changes;

  void add(double value) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >>> MANTISSA_BITS) & GREATEST_EXPONENT;
    long mantissa = bits & (LOW_53 >>> 1);
    int shift = 0;
    if (exponent > 0) {
      mantissa |= 1L << MANTISSA_BITS;
      shift = exponent - 1;
    }
    add(sum, bits < 0 ? -1 : 1, mantissa, shift);
    long low = mantissa * mantissa;
    long high = Math.multiplyHigh(mantissa, mantissa);
    add(squares, 1, low & LOW_53, 2 * shift);
    add(squares, 1, high << 11 | low >>> 53, 2 * shift + 53);
    if (++changes == CHANGES_THAT_FIT) {
      carry(sum);
      carry(squares);
      changes = 0;
    }
  }

  /** In units of 2^{@link #LOWEST_EXPONENT}. */
  BigInteger sum() {
    return whole(sum);
  }

  /** In units of 2^(2 {@link #LOWEST_EXPONENT}). */
  BigInteger squares() {
    return whole(squares);
  }

  /**
   * @param magnitude of 53 bits at most
   */
  private static void add(long[] limbs, int sign, long magnitude, int shift) {
    int limb = shift >>> 5;
    int offset = shift & 31;
    limbs[limb] += sign * (magnitude << offset & LOW_32);
    limbs[limb + 1] += sign * (magnitude >>> (32 - offset) & LOW_32);
    limbs[limb + 2] += sign * (magnitude >>> (32 - offset) >>> 32);
  }

  /** Leaves 32 bits in each limb but the last, which takes the sign. */
  private static void carry(long[] limbs) {
    for (int i = 0; i < limbs.length - 1; i++) {
      limbs[i + 1] += limbs[i] >> 32;
      limbs[i] &= LOW_32;
    }
  }

  private static BigInteger whole(long[] limbs) {
    BigInteger whole = BigInteger.ZERO;
    for (int i = limbs.length - 1; i >= 0; i--) {
      whole = whole.shiftLeft(32).add(BigInteger.valueOf(limbs[i]));
    }
    return whole;
  }
}
