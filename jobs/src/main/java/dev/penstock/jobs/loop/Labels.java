package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.penstock.features.Events;
import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.LabelWindow;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Versions;
import dev.penstock.training.TrainingSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import scala.collection.JavaConverters;

/** The truth of predicted rows, as known at the end of an interval. */
record Labels(RunContext run, List<String> key) {
  private static final String FOUND = "_found";
  private static final String RANK = "_rank";
  private static final String PREDICTED_AT = "_predicted_at";

  /**
   * Adds {@code label}: 0 or 1 for a predicate, the number otherwise, null if there is none.
   *
   * @param rows with as-of times from {@code from} to {@code until}; predicted rows, or predictions
   *     with the columns of {@link #columns}
   * @param within what the keys of {@code rows} fulfil; lets storage skip the labels of others
   */
  Dataset<Row> join(Dataset<Row> rows, Interval last, Instant from, Instant until, Column within) {
    return label().within().isPresent()
        ? joinAhead(rows, last, from, until)
        : joinByKey(rows, last, within);
  }

  /** The columns of a predicted row that tell which label is its own. */
  List<String> columns() {
    return label().within().isPresent() ? label().by() : key;
  }

  private Model.Label label() {
    return run.pipeline().model().orElseThrow().label();
  }

  /** Of several rows of a key the newest event counts, then the greatest key of its table. */
  private Dataset<Row> joinByKey(Dataset<Row> rows, Interval last, Column within) {
    Model.Label label = label();
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

  /**
   * A window that ends at its as-of time, seen from the end of the time ahead, over what is known
   * at the end of {@code last} as if it had been known at once.
   */
  private Dataset<Row> joinAhead(Dataset<Row> rows, Interval last, Instant from, Instant until) {
    LabelWindow window = LabelWindow.of(label());
    List<Duration> horizons = run.pipeline().model().orElseThrow().predict().ahead();
    List<Duration> ends = horizons.isEmpty() ? List.of(label().within().orElseThrow()) : horizons;
    Column seconds = horizons.isEmpty() ? lit(ends.get(0).toSeconds()) : col(Model.Predict.AHEAD);
    KnownRows known = new KnownRows(run);
    String table = label().from();
    String eventTime = known.eventTime(table);
    Dataset<Row> events =
        known
            .atEndOf(table, last)
            .withColumn(Versions.KNOWN_FROM, col(eventTime))
            .withColumn(Versions.KNOWN_UNTIL, lit(null).cast("timestamp"));
    Column asOf = col(PointInTime.AS_OF_TIME);
    Dataset<Row> atEnd =
        rows.withColumn(PREDICTED_AT, asOf)
            .withColumn(
                PointInTime.AS_OF_TIME,
                timestamp_micros(unix_micros(asOf).plus(seconds.multiply(1_000_000L))));
    Column counted = col(window.count());
    Column value = when(counted.isNotNull(), expr(window.value()).cast("double"));
    return PointInTime.of(List.of(window.events()))
        .between(from.plus(Collections.min(ends)), until.plus(Collections.max(ends)))
        .join(atEnd, Map.of(table, new Events(events, known.table(table).key(), eventTime)))
        .withColumn(PointInTime.AS_OF_TIME, col(PREDICTED_AT))
        .withColumn(
            TrainingSet.LABEL,
            switch (label().ifNone()) {
              case UNLABELLED -> value;
              case FALSE -> coalesce(value, when(counted.equalTo(0), 0.0));
            })
        .drop(PREDICTED_AT)
        .drop(window.events().columns().toArray(String[]::new));
  }
}
