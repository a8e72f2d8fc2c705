package dev.penstock.validation;

import java.io.Serializable;

/**
 * Count, mean, spread and range of numbers, mergeable without cancellation (Chan, Golub and
 * LeVeque).
 *
 * @param squaredDeviations sum of the squared distances from the mean
 * @param min positive infinity over no number
 * @param max negative infinity over no number
 */
record Moments(long n, double mean, double squaredDeviations, double min, double max)
    implements Serializable {
  static final Moments NONE = counting(0);

  /** Of things that are counted but are no numbers. */
  static Moments counting(long n) {
    return new Moments(n, 0, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
  }

  Moments and(Moments other) {
    if (other.n == 0) {
      return this;
    }
    if (n == 0) {
      return other;
    }
    long all = n + other.n;
    double apart = other.mean - mean;
    return new Moments(
        all,
        mean + apart * other.n / all,
        squaredDeviations + other.squaredDeviations + apart * apart * n / all * other.n,
        Math.min(min, other.min),
        Math.max(max, other.max));
  }

  double stddev() {
    return n == 0 ? 0 : Math.sqrt(squaredDeviations / n);
  }
}
