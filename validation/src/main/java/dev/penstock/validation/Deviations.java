package dev.penstock.validation;

import java.time.Duration;
import java.util.List;

/**
 * How far a row count may lie from those of earlier slices.
 *
 * @param allowed multiples of the standard deviation
 */
record Deviations(double allowed, Duration over, List<SliceFacts.Earlier> history) {
  /** Fewer earlier slices than this say nothing about what is usual. */
  static final int LEAST_HISTORY = 3;

  /**
   * The standard deviation is taken to be at least this share of the mean, and at least one row:
   * after a constant history any change would be an anomaly.
   */
  static final double LEAST_SIGMA_SHARE = 0.01;

  boolean enoughHistory() {
    return history.size() >= LEAST_HISTORY;
  }

  boolean allow(double rows) {
    return !enoughHistory() || Math.abs(rows - mean()) <= allowed * sigma();
  }

  String bound() {
    String range = "within " + Numbers.text(allowed) + " deviations over " + Numbers.text(over);
    if (!enoughHistory()) {
      return range;
    }
    return "%s (%s to %s)"
        .formatted(
            range,
            Numbers.text(Math.max(0, mean() - allowed * sigma())),
            Numbers.text(mean() + allowed * sigma()));
  }

  /** Why the bound always holds, or nothing. */
  String remark() {
    return enoughHistory()
        ? ""
        : ": not enough history, %d of %d earlier slices".formatted(history.size(), LEAST_HISTORY);
  }

  private double mean() {
    return history.stream().mapToLong(SliceFacts.Earlier::rows).average().orElseThrow();
  }

  private double sigma() {
    double mean = mean();
    double variance =
        history.stream()
            .mapToDouble(earlier -> (earlier.rows() - mean) * (earlier.rows() - mean))
            .average()
            .orElseThrow();
    return Math.max(Math.sqrt(variance), Math.max(1, LEAST_SIGMA_SHARE * mean));
  }
}
