package dev.penstock.features;

/**
 * A sum of doubles without any rounding until it is read: the same bits in any order, and taking a
 * value away leaves what was there before. Read, it is the double nearest to the true sum; a NaN,
 * or infinities of both signs, make it NaN; a zero sum is +0.0.
 */
final class ExactSum {
  /** Limb i counts units of 2^(32 i - 1074): from the smallest double to beyond the greatest. */
  private static final int LIMBS = 68;

  private static final int LOWEST_EXPONENT = -1074;
  private static final long LOW_32 = 0xFFFF_FFFFL;
  private static final int CHANGES_THAT_FIT = 1 << 30;

  private final long[] limbs = new long[LIMBS];
  private int changes;
  private long notNumbers;
  private long positiveInfinities;
  private long negativeInfinities;

  void add(double value) {
    change(value, 1);
  }

  void subtract(double value) {
    change(value, -1);
  }

  private void change(double value, int sign) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >>> 52) & 0x7FF;
    long mantissa = bits & 0xF_FFFF_FFFF_FFFFL;
    if (exponent == 0x7FF) {
      if (mantissa != 0) {
        notNumbers += sign;
      } else if (bits > 0) {
        positiveInfinities += sign;
      } else {
        negativeInfinities += sign;
      }
      return;
    }
    int shift = 0;
    if (exponent > 0) {
      mantissa |= 1L << 52;
      shift = exponent - 1;
    }
    int limb = shift >>> 5;
    int offset = shift & 31;
    long signed = bits < 0 ? -sign : sign;
    limbs[limb] += signed * ((mantissa << offset) & LOW_32);
    limbs[limb + 1] += signed * ((mantissa >>> (32 - offset)) & LOW_32);
    limbs[limb + 2] += signed * (mantissa >>> (32 - offset) >>> 32);
    if (++changes == CHANGES_THAT_FIT) {
      carry(limbs);
      changes = 0;
    }
  }

  double value() {
    if (notNumbers > 0 || (positiveInfinities > 0 && negativeInfinities > 0)) {
      return Double.NaN;
    }
    if (positiveInfinities > 0) {
      return Double.POSITIVE_INFINITY;
    }
    if (negativeInfinities > 0) {
      return Double.NEGATIVE_INFINITY;
    }
    carry(limbs);
    changes = 0;
    if (limbs[LIMBS - 1] >= 0) {
      return nearest(limbs);
    }
    long[] magnitude = new long[LIMBS];
    for (int i = 0; i < LIMBS; i++) {
      magnitude[i] = -limbs[i];
    }
    carry(magnitude);
    return -nearest(magnitude);
  }

  /** Leaves 32 bits in each limb but the last, which takes the sign. */
  private static void carry(long[] limbs) {
    for (int i = 0; i < LIMBS - 1; i++) {
      limbs[i + 1] += limbs[i] >> 32;
      limbs[i] &= LOW_32;
    }
  }

  /** The double nearest to limbs of 32 bits each, ties to even. */
  private static double nearest(long[] limbs) {
    int top = LIMBS - 1;
    while (top >= 0 && limbs[top] == 0) {
      top--;
    }
    if (top < 0) {
      return 0.0;
    }
    long second = top >= 1 ? limbs[top - 1] : 0;
    long third = top >= 2 ? limbs[top - 2] : 0;
    int zeros = Long.numberOfLeadingZeros(limbs[top]) - 32;
    long bits = limbs[top] << (32 + zeros) | second << zeros | third >>> (32 - zeros);
    boolean more = (third & ((1L << (32 - zeros)) - 1)) != 0;
    for (int i = top - 3; i >= 0 && !more; i--) {
      more = limbs[i] != 0;
    }
    int exponent = 32 * (top - 1) + LOWEST_EXPONENT - zeros;
    // Below the normal doubles the bits cut off are zeros: everything is a multiple of 2^-1074.
    int cut = Math.max(11, LOWEST_EXPONENT - exponent);
    long mantissa = bits >>> cut;
    long rest = bits & ((1L << cut) - 1);
    long half = 1L << (cut - 1);
    if (rest > half || (rest == half && (more || (mantissa & 1) != 0))) {
      mantissa++;
    }
    return Math.scalb((double) mantissa, exponent + cut);
  }
}
