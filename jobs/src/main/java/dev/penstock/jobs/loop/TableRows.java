package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.udf;

import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.sources.And;
import org.apache.spark.sql.sources.EqualTo;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.sources.GreaterThanOrEqual;
import org.apache.spark.sql.sources.LessThan;
import org.apache.spark.sql.sources.Or;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** The rows of a table, as of a time that is one of their columns; a key is predicted once. */
record TableRows(RunContext run) implements PredictedRows {
  private static final String NEWEST = "_newest";
  private static final String FIRST_SLICE = "_first_slice";
  private static final String SCORED_IN = "_scored_in";
  private static final String SERVED_IN = "_served_in";

  @Override
  public List<String> identity() {
    return key();
  }

  @Override
  public Optional<Instant> earliestToScore(Interval interval) {
    return run.lake().earliest(predictedTable(), inLine(interval), asOf());
  }

  private String predictedTable() {
    return RunContext.sourceTable(predict().each());
  }

  /** What the rows that {@link #toScore} takes fulfil, in terms of storage. */
  private Filter inLine(Interval interval) {
    Timestamp waiting = Timestamp.from(waitingFrom(interval));
    return new Or(
        new EqualTo(TableDefinition.SLICE, interval.slice()),
        new And(
            new LessThan(TableDefinition.SLICE, interval.slice()),
            new GreaterThanOrEqual(asOf(), waiting)));
  }

  private String asOf() {
    return predict().asOf().orElseThrow();
  }

  /**
   * The newest version, from slices up to {@code interval}, of its own rows whose as-of time lies
   * before its end, and of earlier rows whose as-of time lies there and after the last interval
   * that was scored; without the keys that another prediction slice holds.
   */
  @Override
  public Dataset<Row> toScore(Interval interval) {
    Column asOf = col(asOf());
    Column end = Constant.of(interval.end());
    Column own = col(TableDefinition.SLICE).equalTo(interval.slice());
    Column inLine =
        own.or(asOf.geq(Constant.of(waitingFrom(interval))))
            .and(
                col(Versions.KNOWN_UNTIL)
                    .isNull()
                    .or(col(Versions.KNOWN_UNTIL).gt(Constant.of(interval.lastInstant()))));
    Dataset<Row> rows =
        newest(known().upTo(predict().each(), interval).where(inLine)).where(asOf.lt(end));
    String predictions = PredictedRows.predictions(run);
    if (run.lake().exists(predictions)) {
      Dataset<Row> others =
          run.lake()
              .read(predictions)
              .where(col(TableDefinition.SLICE).notEqual(interval.slice()))
              .where(run.lake().within(predictedTable(), inLine(interval), keySchema()))
              .select(PredictedRows.columns(key()));
      rows = rows.join(others, JavaConverters.asScalaBuffer(key()).toList(), "left_anti");
    }
    return rows.withColumn(PointInTime.AS_OF_TIME, asOf);
  }

  /** The newest version of the slices up to the interval that scored the row, or would have. */
  @Override
  public Dataset<Row> asScored(Interval last, Instant from, Instant until) {
    Cadence cadence = run.cadence();
    UDF1<Timestamp, String> sliceOf =
        instant -> instant == null ? null : cadence.containing(instant.toInstant()).slice();
    Column asOf = col(asOf());
    Dataset<Row> rows =
        known()
            .upTo(predict().each(), last)
            .withColumn(
                FIRST_SLICE,
                min(TableDefinition.SLICE).over(Window.partitionBy(PredictedRows.columns(key()))))
            .withColumn(
                SCORED_IN,
                greatest(col(FIRST_SLICE), udf(sliceOf, DataTypes.StringType).apply(asOf)));
    String predictions = PredictedRows.predictions(run);
    if (run.lake().exists(predictions)) {
      rows =
          rows.join(
                  run.lake().read(predictions).select(keyAndSlice(SERVED_IN)),
                  JavaConverters.asScalaBuffer(key()).toList(),
                  "left")
              .withColumn(SCORED_IN, coalesce(col(SERVED_IN), col(SCORED_IN)))
              .drop(SERVED_IN);
    }
    return newest(rows.where(col(TableDefinition.SLICE).leq(col(SCORED_IN))))
        .where(asOf.geq(Constant.of(from)).and(asOf.lt(Constant.of(until))))
        .drop(FIRST_SLICE, SCORED_IN)
        .withColumn(PointInTime.AS_OF_TIME, asOf);
  }

  @Override
  public Dataset<Row> withColumns(
      Dataset<Row> predictions, List<String> columns, Interval last, Instant from, Instant until) {
    List<String> missing = PredictedRows.missing(columns, predictions);
    if (missing.isEmpty()) {
      return predictions;
    }
    Seq<String> keys = JavaConverters.asScalaBuffer(key()).toList();
    Column asOf = col(asOf());
    List<String> added = Stream.concat(key().stream(), missing.stream()).toList();
    Dataset<Row> rows =
        known()
            .upTo(predict().each(), last)
            .where(asOf.geq(Constant.of(from)).and(asOf.lt(Constant.of(until))))
            .join(predictions.select(keyAndSlice(SCORED_IN)), keys, "inner")
            .where(col(TableDefinition.SLICE).leq(col(SCORED_IN)));
    return predictions.join(newest(rows).select(PredictedRows.columns(added)), keys, "left");
  }

  private Column[] keyAndSlice(String name) {
    List<Column> columns = new ArrayList<>(List.of(PredictedRows.columns(key())));
    columns.add(col(TableDefinition.SLICE).as(name));
    return columns.toArray(Column[]::new);
  }

  private KnownRows known() {
    return new KnownRows(run);
  }

  /** The newest version of each key, in the order that versions have. */
  private Dataset<Row> newest(Dataset<Row> rows) {
    List<Column> order = new ArrayList<>();
    order.add(col(TableDefinition.SLICE).desc());
    if (known().table(predict().each()) instanceof Source source) {
      source.newestBy().ifPresent(name -> order.add(col(name).desc_nulls_last()));
    }
    for (String name :
        List.of(Versions.KNOWN_FROM, Versions.SOURCE_FILE, Versions.SOURCE_POSITION)) {
      order.add(col(name).desc());
    }
    var newestFirst =
        Window.partitionBy(PredictedRows.columns(key())).orderBy(order.toArray(Column[]::new));
    return rows.withColumn(NEWEST, row_number().over(newestFirst))
        .where(col(NEWEST).equalTo(1))
        .drop(NEWEST);
  }
}
