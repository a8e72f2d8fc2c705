package dev.penstock.features;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Joins features to rows, each as of its own time: only what was known by then counts. */
public final class PointInTime {
  /** The column of the as-of rows that holds the instant of each, TIMESTAMP. */
  public static final String AS_OF_TIME = "as_of_time";

  private final List<FeatureGroup> groups;
  private final Optional<String> predicted;
  private final Optional<Instant[]> range;

  private PointInTime(
      List<FeatureGroup> groups, Optional<String> predicted, Optional<Instant[]> range) {
    this.groups = List.copyOf(groups);
    this.predicted = predicted;
    this.range = range;
  }

  /** A join of these groups; feature columns come in their order. */
  public static PointInTime of(List<FeatureGroup> groups) {
    return new PointInTime(groups, Optional.empty(), Optional.empty());
  }

  /** The as-of rows are rows of {@code table} and carry its key: latest skips the row itself. */
  public PointInTime predicting(String table) {
    return new PointInTime(groups, Optional.of(table), range);
  }

  /** All as-of times lie from {@code earliest} to {@code latest}, both included. */
  public PointInTime between(Instant earliest, Instant latest) {
    return new PointInTime(groups, predicted, Optional.of(new Instant[] {earliest, latest}));
  }

  /** The as-of rows with the feature columns added. */
  public Dataset<Row> join(Dataset<Row> asOfRows, Map<String, Events> tables) {
    throw new IllegalStateException("being written");
  }
}
