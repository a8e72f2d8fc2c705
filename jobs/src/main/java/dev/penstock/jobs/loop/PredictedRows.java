package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.udf;

import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** The rows of the predicted table: those that a run scores, and those that a training takes. */
final class PredictedRows {
  /** Where predictions of a pipeline are kept. */
  static String predictions(RunContext run) {
    return "predictions/" + run.pipeline().pipeline();
  }

  private static final String NEWEST = "_newest";
  private static final String FIRST_SLICE = "_first_slice";
  private static final String SCORED_IN = "_scored_in";

  private final RunContext run;
  private final Model model;
  private final List<String> key;
  private final KnownRows known;

  PredictedRows(RunContext run) {
    this.run = run;
    this.model = run.pipeline().model().orElseThrow();
    this.known = new KnownRows(run);
    this.key = known.table(model.predict().each()).key();
  }

  List<String> key() {
    return key;
  }

  private Column[] keyColumns() {
    return key.stream().map(name -> col(name)).toArray(Column[]::new);
  }

  private StructType keySchema() {
    StructType columns = run.loaded().schemas().get(model.predict().each());
    return new StructType(key.stream().map(columns::apply).toArray(StructField[]::new));
  }

  /**
   * A condition that the rows of another table fulfil, which have the key of a prediction that
   * fulfils {@code predictions}.
   */
  Column within(Filter predictions) {
    return run.lake().within(predictions(run), predictions, keySchema());
  }

  /**
   * The as-of time from which rows of earlier slices still wait for the run for {@code interval}.
   */
  Instant waitingFrom(Interval interval) {
    List<SliceRecord> scored =
        run.ledger().committedUpTo(predictions(run), run.cadence().previous(interval).slice());
    return scored.isEmpty()
        ? interval.start()
        : run.cadence().named(scored.get(scored.size() - 1).slice()).end();
  }

  /** No row that {@link #toScore} takes is older; empty if storage does not know. */
  Optional<Instant> earliestToScore(Interval interval) {
    return run.lake().earliest(predictedTable(), inLine(interval), model.predict().asOf());
  }

  private String predictedTable() {
    return RunContext.sourceTable(model.predict().each());
  }

  /** What the rows that {@link #toScore} takes fulfil, in terms of storage. */
  private Filter inLine(Interval interval) {
    Timestamp waiting = Timestamp.from(waitingFrom(interval));
    return new Or(
        new EqualTo(TableDefinition.SLICE, interval.slice()),
        new And(
            new LessThan(TableDefinition.SLICE, interval.slice()),
            new GreaterThanOrEqual(model.predict().asOf(), waiting)));
  }

  /**
   * The newest version, from slices up to {@code interval}, of its own rows whose as-of time lies
   * before its end, and of earlier rows whose as-of time lies there and after the last interval
   * that was scored; without the keys that another prediction slice holds.
   */
  Dataset<Row> toScore(Interval interval) {
    Column asOf = col(model.predict().asOf());
    Column end = Constant.of(interval.end());
    Column own = col(TableDefinition.SLICE).equalTo(interval.slice());
    Column inLine =
        own.or(asOf.geq(Constant.of(waitingFrom(interval))))
            .and(
                col(Versions.KNOWN_UNTIL)
                    .isNull()
                    .or(col(Versions.KNOWN_UNTIL).gt(Constant.of(interval.lastInstant()))));
    Dataset<Row> rows =
        newest(known.upTo(model.predict().each(), interval).where(inLine)).where(asOf.lt(end));
    String predictions = predictions(run);
    if (run.lake().exists(predictions)) {
      Dataset<Row> others =
          run.lake()
              .read(predictions)
              .where(col(TableDefinition.SLICE).notEqual(interval.slice()))
              .where(run.lake().within(predictedTable(), inLine(interval), keySchema()))
              .select(keyColumns());
      rows = rows.join(others, JavaConverters.asScalaBuffer(key).toList(), "left_anti");
    }
    return rows.withColumn(PointInTime.AS_OF_TIME, asOf);
  }

  /**
   * The rows with as-of times in [{@code from}, {@code until}), each in the version that scoring
   * took: the newest of the slices up to the interval that scored it, or would have.
   */
  Dataset<Row> asScored(Interval last, Instant from, Instant until) {
    Cadence cadence = run.cadence();
    UDF1<Timestamp, String> sliceOf =
        instant -> instant == null ? null : cadence.containing(instant.toInstant()).slice();
    Column asOf = col(model.predict().asOf());
    Dataset<Row> rows =
        known
            .upTo(model.predict().each(), last)
            .withColumn(
                FIRST_SLICE, min(TableDefinition.SLICE).over(Window.partitionBy(keyColumns())))
            .withColumn(
                SCORED_IN,
                greatest(col(FIRST_SLICE), udf(sliceOf, DataTypes.StringType).apply(asOf)));
    String predictions = predictions(run);
    if (run.lake().exists(predictions)) {
      Column[] columns = Arrays.copyOf(keyColumns(), key.size() + 1);
      columns[key.size()] = col(TableDefinition.SLICE).as("_served_in");
      rows =
          rows.join(
                  run.lake().read(predictions).select(columns),
                  JavaConverters.asScalaBuffer(key).toList(),
                  "left")
              .withColumn(
                  SCORED_IN,
                  org.apache.spark.sql.functions.coalesce(col("_served_in"), col(SCORED_IN)))
              .drop("_served_in");
    }
    return newest(rows.where(col(TableDefinition.SLICE).leq(col(SCORED_IN))))
        .where(asOf.geq(Constant.of(from)).and(asOf.lt(Constant.of(until))))
        .drop(FIRST_SLICE, SCORED_IN)
        .withColumn(PointInTime.AS_OF_TIME, asOf);
  }

  /**
   * Adds columns of the predicted rows, each from the version that was scored; those that
   * predictions have are left as they are.
   *
   * @param predictions with as-of times in [{@code from}, {@code until}), of slices up to {@code
   *     last}
   */
  Dataset<Row> withColumns(
      Dataset<Row> predictions, List<String> columns, Interval last, Instant from, Instant until) {
    List<String> there = List.of(predictions.columns());
    List<String> missing = columns.stream().filter(name -> !there.contains(name)).toList();
    if (missing.isEmpty()) {
      return predictions;
    }
    Seq<String> keys = JavaConverters.asScalaBuffer(key).toList();
    Column asOf = col(model.predict().asOf());
    Column[] keyAndSlice = Arrays.copyOf(keyColumns(), key.size() + 1);
    keyAndSlice[key.size()] = col(TableDefinition.SLICE).as(SCORED_IN);
    Column[] keyAndMissing =
        Stream.concat(key.stream(), missing.stream()).map(name -> col(name)).toArray(Column[]::new);
    Dataset<Row> rows =
        known
            .upTo(model.predict().each(), last)
            .where(asOf.geq(Constant.of(from)).and(asOf.lt(Constant.of(until))))
            .join(predictions.select(keyAndSlice), keys, "inner")
            .where(col(TableDefinition.SLICE).leq(col(SCORED_IN)));
    return predictions.join(newest(rows).select(keyAndMissing), keys, "left");
  }

  /** The newest version of each key, in the order that versions have. */
  private Dataset<Row> newest(Dataset<Row> rows) {
    List<Column> order = new ArrayList<>();
    order.add(col(TableDefinition.SLICE).desc());
    if (known.table(model.predict().each()) instanceof Source source) {
      source.newestBy().ifPresent(name -> order.add(col(name).desc_nulls_last()));
    }
    for (String name :
        List.of(Versions.KNOWN_FROM, Versions.SOURCE_FILE, Versions.SOURCE_POSITION)) {
      order.add(col(name).desc());
    }
    var newestFirst = Window.partitionBy(keyColumns()).orderBy(order.toArray(Column[]::new));
    return rows.withColumn(NEWEST, row_number().over(newestFirst))
        .where(col(NEWEST).equalTo(1))
        .drop(NEWEST);
  }
}
