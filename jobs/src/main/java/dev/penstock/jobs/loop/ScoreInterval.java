package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Fingerprints;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ledger.Fingerprint;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Kept;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Written;
import dev.penstock.training.ModelVersion;
import dev.penstock.validation.Profile;
import dev.penstock.validation.Profiles;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Predicts the rows of an interval with its champion, with the feature definitions that the
 * champion was trained with. Rows that come late to other sources change nothing: the fingerprint
 * covers the predicted rows, the champion and its definitions.
 */
public final class ScoreInterval {
  private final RunContext run;
  private final Models models;

  public ScoreInterval(RunContext run, Models models) {
    this.run = run;
    this.models = models;
  }

  /** The table under which profiles of what a version scored are kept. */
  static String profiled(RunContext run, ModelVersion version) {
    return PredictedRows.predictions(run) + "@" + version.version();
  }

  /**
   * What came of scoring.
   *
   * @param champion empty if there is none yet
   * @param rows predictions written; 0 if they were there already
   * @param current whether they were there already
   */
  public record Scored(Optional<ModelVersion> champion, long rows, boolean current) {}

  /** Scores an interval; the ledger's row is not stored yet. */
  public Scored run(Interval interval) {
    Optional<ModelVersion> champion = models.championOf(interval.slice());
    if (champion.isEmpty()) {
      return new Scored(champion, 0, true);
    }
    ModelVersion version = champion.get();
    Model model = run.pipeline().model().orElseThrow();
    String table = PredictedRows.predictions(run);
    String fingerprint = fingerprint(interval, version);
    if (run.ledger().isCurrent(table, interval.slice(), fingerprint)) {
      return new Scored(champion, 0, true);
    }
    PredictedRows predicted = PredictedRows.of(run);
    Definitions definitions = Definitions.frozen(run, version);
    Opened opened = run.lake().open(table);
    try (Kept kept = Kept.of(scored(predicted, version, definitions, interval))) {
      Dataset<Row> scored = kept.rows();
      int attempt = run.ledger().nextAttempt(table, interval.slice());
      List<Profile> profiles = profile(scored, definitions, interval);
      List<Row> rows = new ArrayList<>();
      profiles.forEach(
          profile -> rows.add(run.judged(profiled(run, version), attempt).with(profile.toRow())));
      run.ledger().append(Ingest.PROFILES, Profile.SCHEMA, rows);
      TableDefinition definition =
          TableDefinition.sliced(table, schema(predicted, model), run.pipeline().pipeline());
      Written written =
          run.lake()
              .replace(
                  definition,
                  opened,
                  Set.of(interval.slice()),
                  predictions(scored, predicted, version, interval, definition.schema()),
                  run.token());
      long count = written.rows(interval.slice());
      run.ledger()
          .record(
              List.of(
                  run.made(
                      table,
                      interval.slice(),
                      fingerprint,
                      written.transaction(),
                      Counts.rows(count))));
      return new Scored(champion, count, false);
    }
  }

  /** The fingerprint of an interval's predictions by a version. */
  String fingerprint(Interval interval, ModelVersion version) {
    String predicted =
        RunContext.sourceTable(run.pipeline().model().orElseThrow().predict().each());
    return new Fingerprint(
            Map.of(
                "champion",
                Fingerprints.hash(List.of(version.version(), version.provenance().fingerprint())),
                predicted,
                new Fingerprints(run).ofTable(predicted, interval.slice())))
        .text();
  }

  private Dataset<Row> scored(
      PredictedRows predicted, ModelVersion version, Definitions definitions, Interval interval) {
    Optional<Instant[]> span =
        predicted
            .earliestToScore(interval)
            .map(earliest -> new Instant[] {earliest, interval.lastInstant()});
    return models
        .model(version)
        .predict(definitions.join(run, predicted.toScore(interval), interval, span));
  }

  private static List<Profile> profile(
      Dataset<Row> scored, Definitions definitions, Interval interval) {
    StructType schema = scored.schema();
    List<String> columns =
        Stream.concat(
                definitions.columns().stream(), Stream.of(dev.penstock.training.Model.PREDICTION))
            .filter(name -> Profiles.canProfile(schema.apply(name).dataType()))
            .toList();
    return Profiles.of(
        scored.withColumn(TableDefinition.SLICE, lit(interval.slice())),
        columns,
        TableDefinition.SLICE);
  }

  private StructType schema(PredictedRows predicted, Model model) {
    StructType source = run.loaded().schemas().get(model.predict().each());
    StructType schema = new StructType();
    for (String key : predicted.key()) {
      schema = schema.add(source.apply(key));
    }
    schema =
        schema.add(PointInTime.AS_OF_TIME, "timestamp", true, "The instant that it was made for.");
    if (!model.predict().ahead().isEmpty()) {
      schema =
          schema.add(Model.Predict.AHEAD, "bigint", true, "How far ahead it looks, in seconds.");
    }
    return schema
        .add(
            dev.penstock.training.Model.PREDICTION,
            "double",
            true,
            "The probability that the label is true, or the predicted number.")
        .add("model_version", "string", true, "The champion that made it.")
        .add("run", "string", true, "Token of the run that made it.")
        .add(TableDefinition.SLICE, "string", true, "The interval whose run made it.");
  }

  private Dataset<Row> predictions(
      Dataset<Row> scored,
      PredictedRows predicted,
      ModelVersion version,
      Interval interval,
      StructType schema) {
    Column[] columns = Stream.of(schema.fieldNames()).map(name -> col(name)).toArray(Column[]::new);
    return scored
        .withColumn("model_version", lit(version.version()))
        .withColumn("run", lit(run.token()))
        .withColumn(TableDefinition.SLICE, lit(interval.slice()))
        .select(columns);
  }
}
