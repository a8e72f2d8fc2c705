package dev.penstock.jobs.ledger;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * What a row of {@code checks} or {@code profiles} is about.
 *
 * @param run token of the run
 * @param pipeline the pipeline
 * @param table the table that was judged or profiled
 * @param attempt the attempt of the slice; the highest one counts
 */
public record Judged(String run, String pipeline, String table, int attempt) {

  /** {@code schema} after the columns that say what a row is about. */
  public static StructType schema(StructType schema) {
    StructType all =
        new StructType()
            .add("run", "string", true, "Token of the run.")
            .add("pipeline", "string", true, "The pipeline.")
            .add("table", "string", true, "The table that was judged or profiled.")
            .add("attempt", "int", true, "Attempt of the slice; the highest one counts.");
    for (var field : schema.fields()) {
      all = all.add(field.name(), field.dataType(), true, field.metadata());
    }
    return all;
  }

  /** {@code row} after the columns that say what it is about. */
  public Row with(Row row) {
    List<Object> values = new ArrayList<>(List.of(run, pipeline, table, attempt));
    for (int i = 0; i < row.size(); i++) {
      values.add(row.get(i));
    }
    return RowFactory.create(values.toArray());
  }
}
