package dev.penstock.features;

import static org.apache.spark.sql.functions.lit;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * The rows of a table, seen as events that become known and are corrected.
 *
 * @param rows with {@code known_from} and {@code known_until} (TIMESTAMP, null: still current); a
 *     row without an event time or {@code known_from} is never seen
 * @param key the table's key columns; they break ties on time; empty if the table has no key
 * @param eventTime name of the event time column, TIMESTAMP or DATE (midnight in the session's time
 *     zone); {@code known_from} for a snapshot
 */
public record Events(Dataset<Row> rows, List<String> key, String eventTime) {
  private static final String KNOWN_FROM = "known_from";
  private static final String KNOWN_UNTIL = "known_until";

  public Events {
    key = List.copyOf(key);
    Aggregate.requireText("eventTime", eventTime);
  }

  /**
   * Events of plain rows, each known when it happens and never corrected.
   *
   * @throws IllegalArgumentException if the rows tell themselves when they were known
   */
  public static Events asTheyHappen(Dataset<Row> rows, List<String> key, String eventTime) {
    for (String column : List.of(KNOWN_FROM, KNOWN_UNTIL)) {
      if (Arrays.asList(rows.columns()).contains(column)) {
        throw new IllegalArgumentException(
            ("Cannot take rows as known when they happen: they have a column %s; make Events with"
                    + " the constructor, or drop it")
                .formatted(column));
      }
    }
    return new Events(
        rows.withColumn(KNOWN_FROM, BoundGroup.quoted(eventTime))
            .withColumn(KNOWN_UNTIL, lit(null).cast(DataTypes.TimestampType)),
        key,
        eventTime);
  }

  /**
   * The rows that as-of times in a range can see, if features reach back this far; empty: without
   * bound. All of them if a column is missing that says so: who binds them names it.
   */
  Dataset<Row> seen(Range range, Optional<Duration> reach) {
    boolean isComplete =
        Arrays.asList(rows.columns()).containsAll(List.of(eventTime, KNOWN_FROM, KNOWN_UNTIL));
    return isComplete
        ? rows.where(range.sees(BoundGroup.quoted(eventTime), Duration.ZERO, reach))
        : rows;
  }

  /** The event time, microseconds. */
  Column time() {
    return micros(eventTime);
  }

  /** When a row became known, microseconds. */
  Column knownFrom() {
    return micros(KNOWN_FROM);
  }

  /** When it stopped being the known version, microseconds, null: never. */
  Column knownUntil() {
    return micros(KNOWN_UNTIL);
  }

  private static Column micros(String column) {
    Column time = BoundGroup.quoted(column).cast(DataTypes.TimestampType); // of a date its midnight
    return Wire.to(time, DataTypes.TimestampType);
  }
}
