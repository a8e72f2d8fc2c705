package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Interval;
import dev.penstock.training.TrainingSet;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import scala.collection.JavaConverters;

/** The truth of predicted rows, as known at the end of an interval. */
record Labels(RunContext run, List<String> key) {
  private static final String FOUND = "_found";
  private static final String RANK = "_rank";

  /**
   * Adds {@code label}: 0 or 1 for a predicate, the number otherwise, null if there is none. Of
   * several rows of a key the newest event counts, then the greatest key of the label's table.
   *
   * @param within what the keys of {@code rows} fulfil; lets storage skip the labels of others
   */
  Dataset<Row> join(Dataset<Row> rows, Interval last, Column within) {
    Model.Label label = run.pipeline().model().orElseThrow().label();
    KnownRows known = new KnownRows(run);
    Column[] keyColumns = key.stream().map(name -> col(name)).toArray(Column[]::new);
    List<Column> newestFirst = new ArrayList<>();
    newestFirst.add(col(known.eventTime(label.from())).desc());
    known.table(label.from()).key().forEach(name -> newestFirst.add(col(name).desc()));
    List<Column> columns = new ArrayList<>(List.of(keyColumns));
    columns.add(expr(label.value()).cast("double").as(TrainingSet.LABEL));
    columns.add(lit(true).as(FOUND));
    Dataset<Row> truths =
        known
            .atEndOf(label.from(), last)
            .where(within)
            .withColumn(
                RANK,
                row_number()
                    .over(
                        Window.partitionBy(keyColumns).orderBy(newestFirst.toArray(Column[]::new))))
            .where(col(RANK).equalTo(1))
            .select(columns.toArray(Column[]::new));
    Dataset<Row> joined = rows.join(truths, JavaConverters.asScalaBuffer(key).toList(), "left");
    return switch (label.ifNone()) {
      case UNLABELLED -> joined.drop(FOUND);
      case FALSE ->
          joined
              .withColumn(
                  TrainingSet.LABEL,
                  when(coalesce(col(FOUND), lit(false)), col(TrainingSet.LABEL)).otherwise(0.0))
              .drop(FOUND);
    };
  }
}
