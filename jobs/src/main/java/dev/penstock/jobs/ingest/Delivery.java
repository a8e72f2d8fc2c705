package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;

import dev.penstock.lake.Versions;
import dev.penstock.validation.Gate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Rows that come to a table, with all that is needed to judge and to write them.
 *
 * @param table its name under the warehouse
 * @param declared its declared columns
 * @param versions how rows become versions
 * @param gate what a slice must pass
 * @param plans the slices that the rows belong to, in order
 * @param rows staged rows, as {@link ReadFiles} makes them
 * @param problems by file name, why a file was left out
 * @param whole per slice, the paths that it delivers whole
 * @param closesFrom per slice, the event time in microseconds before which an absence closes
 *     nothing
 * @param history the newest slice for which declared times are trusted
 */
record Delivery(
    String table,
    StructType declared,
    Versions versions,
    Gate gate,
    List<SlicePlan> plans,
    Dataset<Row> rows,
    Map<String, String> problems,
    Map<String, Set<String>> whole,
    Map<String, Long> closesFrom,
    String history) {

  /** In the rows of a derived table: whether the row is as it was, so that no gate judges it. */
  static final String AS_BEFORE = "_as_before";

  /** The rows that a gate judges. */
  Dataset<Row> news(Dataset<Row> staged) {
    return Arrays.asList(staged.columns()).contains(AS_BEFORE)
        ? staged.where(not(col(AS_BEFORE)))
        : staged;
  }

  /** The table's name in the pipeline file. */
  String name() {
    return table.substring(table.lastIndexOf('/') + 1);
  }

  String quarantine() {
    return "quarantine/" + name();
  }
}
