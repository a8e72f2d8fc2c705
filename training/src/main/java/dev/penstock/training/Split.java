package dev.penstock.training;

import java.time.Duration;

/**
 * How long the two parts of a training set are. Both are cut by as-of time; the gap between them is
 * the label's maturity ({@link TimeSplit}).
 *
 * @param trainLeast the least history worth training on; positive
 * @param trainMost the most history used, counted back from the end of the train part; at least
 *     {@code trainLeast}
 * @param holdout length of the part that accepted versions are judged on; positive
 */
public record Split(Duration trainLeast, Duration trainMost, Duration holdout) {
  public Split {
    requirePositive("train", trainLeast);
    requirePositive("holdout", holdout);
    if (trainMost.compareTo(trainLeast) < 0) {
      throw new IllegalArgumentException(
          "train must not end below its start, got " + trainLeast + ".." + trainMost);
    }
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(name + " must be longer than 0s, got " + duration);
    }
  }
}
