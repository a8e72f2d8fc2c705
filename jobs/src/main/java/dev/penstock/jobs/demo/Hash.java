package dev.penstock.jobs.demo;

/**
 * Values that look random and depend on nothing but the seed, a purpose and a place: the same
 * question always has the same answer, in whatever order questions are asked.
 *
 * @param seed another seed, another world
 */
record Hash(long seed) {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** At least 0 and below 1. */
  double uniform(String purpose, long... place) {
    return (bits(purpose, place) >>> 11) * 0x1.0p-53;
  }

  /** True in a share {@code probability} of the places. */
  boolean chance(double probability, String purpose, long... place) {
    return uniform(purpose, place) < probability;
  }

  /** At least 0 and below {@code bound}. */
  int below(int bound, String purpose, long... place) {
    return (int) (uniform(purpose, place) * bound);
  }

  /** Normally distributed with mean 0 and deviation 1. */
  double normal(String purpose, long... place) {
    long bits = bits(purpose, place);
    double radius = ((bits >>> 11) + 1) * 0x1.0p-53;
    double angle = (mix(bits) >>> 11) * 0x1.0p-53;
    return StrictMath.sqrt(-2 * StrictMath.log(radius)) * StrictMath.cos(2 * Math.PI * angle);
  }

  private long bits(String purpose, long... place) {
    long bits = mix(seed + GOLDEN * purpose.hashCode());
    for (long coordinate : place) {
      bits = mix(bits + GOLDEN * (coordinate + 1));
    }
    return bits;
  }

  /** The finaliser of SplitMix64. */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
