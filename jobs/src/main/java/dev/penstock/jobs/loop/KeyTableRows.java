package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;

import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Micros;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/** The keys of a table as of the ends of intervals, each in the version that is known then. */
record KeyTableRows(RunContext run) implements PredictedRows {
  private static final String MICROS = "_micros";

  @Override
  public List<String> identity() {
    List<String> columns = new ArrayList<>(key());
    columns.add(PointInTime.AS_OF_TIME);
    if (!predict().ahead().isEmpty()) {
      columns.add(Model.Predict.AHEAD);
    }
    return columns;
  }

  @Override
  public Optional<Instant> earliestToScore(Interval interval) {
    return Optional.of(waitingFrom(interval));
  }

  @Override
  public Dataset<Row> toScore(Interval interval) {
    Instant from = waitingFrom(interval);
    Dataset<Row> rows = asScored(interval, from, interval.end());
    String predictions = PredictedRows.predictions(run);
    if (!run.lake().exists(predictions)) {
      return rows;
    }
    Dataset<Row> others =
        run.lake()
            .read(predictions)
            .where(col(TableDefinition.SLICE).notEqual(interval.slice()))
            .where(col(PointInTime.AS_OF_TIME).geq(Constant.of(from)))
            .select(PredictedRows.columns(identity()));
    return rows.join(others, JavaConverters.asScalaBuffer(identity()).toList(), "left_anti");
  }

  @Override
  public Dataset<Row> asScored(Interval last, Instant from, Instant until) {
    Column asOf = col(PointInTime.AS_OF_TIME);
    Column closed = col(Versions.KNOWN_UNTIL);
    Dataset<Row> versions =
        new KnownRows(run)
            .upTo(predict().each(), last)
            .where(closed.isNull().or(closed.gt(Constant.of(from))));
    Dataset<Row> rows =
        predict()
            .where()
            .map(sql -> versions.where(expr(sql)))
            .orElse(versions)
            .join(
                broadcast(ends(from, until)),
                col(Versions.KNOWN_FROM).leq(asOf).and(closed.isNull().or(closed.gt(asOf))));
    return predict().ahead().isEmpty()
        ? rows
        : rows.withColumn(Model.Predict.AHEAD, explode(array(horizons())));
  }

  private Column[] horizons() {
    return predict().ahead().stream().map(ahead -> lit(ahead.toSeconds())).toArray(Column[]::new);
  }

  /** The last instants of the intervals of {@code every} that end in the time given. */
  private Dataset<Row> ends(Instant from, Instant until) {
    Cadence cadence =
        new Cadence(predict().every().orElse(run.cadence().every()), run.cadence().zone());
    List<Row> ends = new ArrayList<>();
    for (Interval interval = cadence.containing(from);
        interval.lastInstant().isBefore(until);
        interval = cadence.next(interval)) {
      ends.add(RowFactory.create(Micros.of(interval.lastInstant())));
    }
    return run.lake()
        .frame(ends, StructType.fromDDL(MICROS + " BIGINT"))
        .select(timestamp_micros(col(MICROS)).as(PointInTime.AS_OF_TIME));
  }

  @Override
  public Dataset<Row> withColumns(
      Dataset<Row> predictions, List<String> columns, Interval last, Instant from, Instant until) {
    List<String> missing = PredictedRows.missing(columns, predictions);
    if (missing.isEmpty()) {
      return predictions;
    }
    List<String> added = Stream.concat(identity().stream(), missing.stream()).toList();
    return predictions.join(
        asScored(last, from, until).select(PredictedRows.columns(added)),
        JavaConverters.asScalaBuffer(identity()).toList(),
        "left");
  }
}
