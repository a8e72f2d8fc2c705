package dev.penstock.validation;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.AtomicType;

/** Finds the rows of a slice that agree in some columns. */
final class Duplicates {
  private Duplicates() {}

  /**
   * Whether another counted row of the same slice has the same values; never null. False for rows
   * that do not count and rows with a null in one of the columns; those are spread over the
   * partitions, so that many of them make no task slow.
   *
   * @param counts boolean, never null: which rows count
   */
  static Column isOne(Dataset<Row> rows, List<String> columns, Column counts) {
    Column counted =
        columns.stream()
            .map(name -> Inputs.quoted(name).isNotNull())
            .reduce(counts, (all, next) -> all.and(next));
    Column[] everything =
        Arrays.stream(rows.schema().fields())
            .filter(field -> field.dataType() instanceof AtomicType)
            .map(field -> Inputs.quoted(field.name()))
            .toArray(Column[]::new);
    Column spread = when(counted, lit(0L)).otherwise(xxhash64(everything));
    Column[] alike =
        Stream.concat(
                Stream.of(Inputs.quoted(Gate.SLICE), spread), columns.stream().map(Inputs::quoted))
            .toArray(Column[]::new);
    Column copies = count(when(counted, lit(1))).over(Window.partitionBy(alike));
    return counted.and(copies.gt(1));
  }
}
