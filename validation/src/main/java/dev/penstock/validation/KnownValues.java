package dev.penstock.validation;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.exists;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The values of a referenced column, one row each, with the spans of time in which a row with the
 * value is known. The spans of a value are held in one row.
 */
record KnownValues(Reference reference, Dataset<Row> spansByValue) {
  static final String KNOWN_FROM = "known_from";
  static final String KNOWN_UNTIL = "known_until";
  private static final String VALUE = "_value";
  private static final String SPANS = "_spans";

  static KnownValues of(Reference reference, Map<String, Dataset<Row>> referenced) {
    Dataset<Row> spans =
        referenced
            .get(reference.table())
            .select(
                Inputs.quoted(reference.tableColumn()).as(VALUE),
                struct(col(KNOWN_FROM), col(KNOWN_UNTIL)).as(SPANS))
            .where(col(VALUE).isNotNull())
            .groupBy(col(VALUE))
            .agg(collect_set(col(SPANS)).as(SPANS));
    return new KnownValues(reference, spans);
  }

  /**
   * Adds the boolean column {@code known}: whether the row's value is known at the end of its
   * slice; null if the value is. Keeps every row exactly once.
   */
  Dataset<Row> addTo(Dataset<Row> rows, String known) {
    Column value = Inputs.quoted(reference.column());
    Column end = col(Gate.SLICE_END);
    Column anySpan =
        exists(
            col(SPANS),
            span ->
                span.getField(KNOWN_FROM)
                    .leq(end)
                    .and(
                        span.getField(KNOWN_UNTIL)
                            .isNull()
                            .or(span.getField(KNOWN_UNTIL).gt(end))));
    return rows.join(spansByValue, value.equalTo(col(VALUE)), "left")
        .withColumn(known, when(value.isNotNull(), coalesce(anySpan, lit(false))))
        .drop(VALUE, SPANS);
  }
}
