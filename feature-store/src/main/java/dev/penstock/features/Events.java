package dev.penstock.features;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

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
  public Events {
    key = List.copyOf(key);
    Aggregate.requireText("eventTime", eventTime);
  }
}
