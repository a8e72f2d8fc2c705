package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Interval;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The rows that are predicted: those that a run scores, and those that a training takes. */
sealed interface PredictedRows permits TableRows, KeyTableRows {

  /**
   * Those of the run's model.
   *
   * @throws Exit.UserException if the pipeline's predictions can't be told from them
   */
  static PredictedRows of(RunContext run) {
    boolean ofATable = run.pipeline().model().orElseThrow().predict().asOf().isPresent();
    PredictedRows rows = ofATable ? new TableRows(run) : new KeyTableRows(run);
    String table = predictions(run);
    List<String> missing =
        run.lake().exists(table) ? missing(rows.identity(), run.lake().read(table)) : List.of();
    if (!missing.isEmpty()) {
      throw new Exit.UserException(
          "%s holds predictions of other rows, without %s; give the pipeline another name"
              .formatted(table, String.join(", ", missing)));
    }
    return rows;
  }

  /** Where predictions of a pipeline are kept. */
  static String predictions(RunContext run) {
    return "predictions/" + run.pipeline().pipeline();
  }

  RunContext run();

  /** The columns that tell one prediction from another; all of them are in a prediction. */
  List<String> identity();

  /** No row that {@link #toScore} takes is older; empty if storage does not know. */
  Optional<Instant> earliestToScore(Interval interval);

  /**
   * The rows that the run for {@code interval} scores, with their {@code as_of_time}: those of the
   * interval, and those that waited since the last one that was scored; without those that another
   * prediction slice holds.
   */
  Dataset<Row> toScore(Interval interval);

  /**
   * The rows with as-of times in [{@code from}, {@code until}), each in the version that scoring
   * took, or would have.
   */
  Dataset<Row> asScored(Interval last, Instant from, Instant until);

  /**
   * Adds columns of the predicted rows to predictions, each from the version that was scored; those
   * that predictions have are left as they are.
   *
   * @param predictions with as-of times in [{@code from}, {@code until}), of slices up to {@code
   *     last}
   */
  Dataset<Row> withColumns(
      Dataset<Row> predictions, List<String> columns, Interval last, Instant from, Instant until);

  /** What is predicted. */
  default Model.Predict predict() {
    return run().pipeline().model().orElseThrow().predict();
  }

  /** The key of the predicted table. */
  default List<String> key() {
    return new KnownRows(run()).table(predict().each()).key();
  }

  /** The columns of the key, with their types. */
  default StructType keySchema() {
    StructType columns = run().loaded().schemas().get(predict().each());
    return new StructType(key().stream().map(columns::apply).toArray(StructField[]::new));
  }

  /**
   * A condition that the rows of another table fulfil, which have the key of a prediction that
   * fulfils {@code predictions}.
   */
  default Column within(Filter predictions) {
    return run().lake().within(predictions(run()), predictions, keySchema());
  }

  /** The as-of time from which rows of earlier intervals still wait for {@code interval}. */
  default Instant waitingFrom(Interval interval) {
    List<SliceRecord> scored =
        run()
            .ledger()
            .committedUpTo(predictions(run()), run().cadence().previous(interval).slice());
    return scored.isEmpty()
        ? interval.start()
        : run().cadence().named(scored.get(scored.size() - 1).slice()).end();
  }

  /** The columns of these names. */
  static Column[] columns(List<String> names) {
    return names.stream().map(functions::col).toArray(Column[]::new);
  }

  /** Those of {@code columns} that {@code rows} have not. */
  static List<String> missing(List<String> columns, Dataset<Row> rows) {
    List<String> there = Arrays.asList(rows.columns());
    return columns.stream().filter(name -> !there.contains(name)).toList();
  }
}
