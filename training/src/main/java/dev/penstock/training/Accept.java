package dev.penstock.training;

import java.util.Optional;
import java.util.OptionalDouble;

/** What a challenger's predictions of the holdout must satisfy. A new kind is one more record. */
public sealed interface Accept {
  /** What is measured. */
  Metric metric();

  /**
   * Bounds on the metric, over the whole holdout or in each group of it.
   *
   * @param atLeast smallest allowed value
   * @param atMost largest allowed value; at least one of the two bounds is given
   * @param by a column of the training set; the bounds must then hold in each of its groups
   * @param minRows groups with fewer holdout rows are not judged; 0 judges all
   */
  record Threshold(
      Metric metric,
      OptionalDouble atLeast,
      OptionalDouble atMost,
      Optional<String> by,
      long minRows)
      implements Accept {
    public Threshold {
      if (atLeast.isEmpty() && atMost.isEmpty()) {
        throw new IllegalArgumentException("atLeast or atMost must be given");
      }
      if (atLeast.isPresent()
          && atMost.isPresent()
          && atLeast.getAsDouble() > atMost.getAsDouble()) {
        throw new IllegalArgumentException(
            "atLeast must not be above atMost, got %s and %s"
                .formatted(atLeast.getAsDouble(), atMost.getAsDouble()));
      }
      if (minRows < 0) {
        throw new IllegalArgumentException("minRows must be at least 0, got " + minRows);
      }
      if (minRows > 0 && by.isEmpty()) {
        throw new IllegalArgumentException("minRows is about the groups of by, and needs it");
      }
    }
  }

  /**
   * The challenger may lose at most so much against the champion on the same holdout rows, with
   * that confidence: the lower end of the one-sided bootstrap interval of the gain is at least
   * minus {@code mayLose}. Without a champion it holds.
   *
   * @param mayLose in the metric's own unit; at least 0
   * @param confidence above 0.5 and below 1, as 0.95
   */
  record AgainstChampion(Metric metric, double mayLose, double confidence) implements Accept {
    /** The confidence of a rule that names none. */
    public static final double DEFAULT_CONFIDENCE = 0.95;

    public AgainstChampion {
      if (!(mayLose >= 0)) {
        throw new IllegalArgumentException("mayLose must be at least 0, got " + mayLose);
      }
      if (!(confidence > 0.5 && confidence < 1)) {
        throw new IllegalArgumentException(
            "confidence must be above 50% and below 100%, got " + confidence);
      }
    }
  }
}
