package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.date_trunc;
import static org.apache.spark.sql.functions.lit;

import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Fingerprints;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.AcceptanceCheck;
import dev.penstock.training.CannotTrainException;
import dev.penstock.training.Champion;
import dev.penstock.training.ModelSpec;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Provenance;
import dev.penstock.training.TimeSplit;
import dev.penstock.training.Trained;
import dev.penstock.training.Training;
import dev.penstock.training.TrainingSet;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Profile;
import dev.penstock.validation.Profiles;
import dev.penstock.validation.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * Trains a model for an interval: freezes the training set, trains, judges, registers, and promotes
 * an accepted version. The same inputs are the same training, which is skipped.
 */
public final class TrainInterval {
  private static final String FINGERPRINT = "fingerprint";
  private static final String WINDOW = "_window";

  private final RunContext run;
  private final Models models;
  private final boolean promotes;
  private final Model model;
  private final PredictedRows predicted;

  /**
   * @param promotes whether an accepted version becomes the champion at once
   */
  public TrainInterval(RunContext run, Models models, boolean promotes) {
    this.run = run;
    this.models = models;
    this.promotes = promotes;
    this.model = run.pipeline().model().orElseThrow();
    this.predicted = PredictedRows.of(run);
  }

  /** The table under which profiles of a version's training set are kept. */
  static String profiled(RunContext run, String version) {
    return "models/" + run.pipeline().pipeline() + "@" + version;
  }

  /** How the model's time is split. */
  static TimeSplit split(Model model) {
    return new TimeSplit(model.split().toSplit(), model.maturity());
  }

  /** Where the predicted table's history begins; empty without a slice. */
  static Optional<Instant> historyFrom(RunContext run) {
    String table = RunContext.sourceTable(run.pipeline().model().orElseThrow().predict().each());
    return run.ledger().committedUpTo(table, "~").stream()
        .findFirst()
        .map(row -> run.cadence().named(row.slice()).start());
  }

  /**
   * Whether a training for {@code interval} has enough matured rows behind it.
   *
   * @param historyFrom where the predicted table's history begins; empty without a slice
   */
  static boolean enoughHistory(Model model, Optional<Instant> historyFrom, Interval interval) {
    return historyFrom.filter(from -> split(model).enoughHistory(from, interval.end())).isPresent();
  }

  /**
   * What came of a training.
   *
   * @param version that was made, or was there already; empty if there was nothing to learn from
   * @param current whether it was there already
   * @param message in a sentence
   */
  public record Outcomes(Optional<ModelVersion> version, boolean current, String message) {}

  /** Trains for an interval. */
  public Outcomes run(Interval interval) {
    if (!enoughHistory(model, historyFrom(run), interval)) {
      return new Outcomes(Optional.empty(), true, lacksHistory(interval));
    }
    Definitions definitions = new Definitions(run.loaded());
    String fingerprint = fingerprint(interval, definitions);
    Optional<ModelVersion> same = models.findByFingerprint(fingerprint);
    if (same.isPresent()) {
      if (promotes) {
        promote(same.get(), interval);
      }
      return new Outcomes(same, true, message(same.get()));
    }
    TimeSplit.Parts parts = split(model).at(interval.end());
    Dataset<Row> taken = predicted.asScored(interval, parts.trainFrom(), parts.holdoutUntil());
    Optional<ModelVersion> champion = models.championOf(interval.slice());
    Optional<ChampionBeside> beside = champion.flatMap(c -> beside(c, definitions));
    Dataset<Row> frozen = freeze(taken, definitions, beside, interval, parts, fingerprint);
    ModelSpec spec =
        model.spec(
            predicted.identity(), definitions.columns(), run.loaded().labelKind().orElseThrow());
    Trained trained;
    try {
      trained =
          Training.run(
              frozen,
              spec,
              champion.map(c -> champion(c, beside, definitions, taken, interval, parts)));
    } catch (CannotTrainException e) {
      return new Outcomes(Optional.empty(), false, e.getMessage());
    }
    record(trained, frozen, definitions, interval);
    ModelVersion version =
        models.register(provenance(interval, fingerprint, definitions), trained, model.seed());
    if (promotes) {
      promote(version, interval);
    }
    return new Outcomes(Optional.of(version), false, message(version));
  }

  /** Makes the newest version that was trained for an interval the champion, if it was accepted. */
  public Outcomes promote(Interval interval) {
    Optional<ModelVersion> newest =
        models.versions().stream()
            .filter(version -> version.provenance().slice().equals(interval.slice()))
            .reduce((earlier, later) -> later);
    if (newest.isEmpty()) {
      return new Outcomes(newest, true, "no version was trained for " + interval);
    }
    ModelVersion version = newest.get();
    if (!version.accepted()) {
      return new Outcomes(newest, true, message(version));
    }
    if (!owesPromotion(version)) {
      return new Outcomes(newest, true, version.version() + " was promoted before");
    }
    promote(version, interval);
    return new Outcomes(newest, false, "promoted " + message(version));
  }

  /** What there is to say about an interval without enough history. */
  String lacksHistory(Interval interval) {
    return "not enough history: a training for %s needs rows from %s on"
        .formatted(interval, split(model).earliestNeeded(interval.end()));
  }

  /** The version that a training for an interval would make again. */
  Optional<ModelVersion> findSame(Interval interval) {
    return models.findByFingerprint(fingerprint(interval, new Definitions(run.loaded())));
  }

  /** Whether nothing is left to be recorded of a training that was done before. */
  boolean isRecorded(Optional<ModelVersion> version, Interval interval) {
    return version.isEmpty()
        || run.ledger().hasRun(run.pipeline().pipeline(), "train", interval.slice());
  }

  private static String message(ModelVersion version) {
    return "%s %s: %s"
        .formatted(
            version.version(),
            version.accepted() ? "accepted" : "not accepted",
            String.join("; ", version.reasons()));
  }

  /** An accepted version becomes the champion once, however often its training is run. */
  private void promote(ModelVersion version, Interval interval) {
    if (owesPromotion(version)) {
      models.promote(
          version.version(),
          models.nextUnscored(interval.slice()),
          "acceptance",
          String.join("; ", version.reasons()),
          "models/versions: %s %s".formatted(run.pipeline().pipeline(), version.version()));
    }
  }

  /** Whether a version was accepted, and the run killed before it was promoted. */
  boolean owesPromotion(ModelVersion version) {
    return version.accepted()
        && models.promotions().stream()
            .noneMatch(promotion -> promotion.version().equals(version.version()));
  }

  private String fingerprint(Interval interval, Definitions definitions) {
    Fingerprints fingerprints = new Fingerprints(run);
    List<String> parts = new ArrayList<>();
    parts.add(interval.slice());
    parts.add(definitions.hash());
    parts.add(ConfigHash.of(model));
    for (String table : inputs()) {
      parts.add(fingerprints.ofTable(table, interval.slice()));
    }
    return Fingerprints.hash(parts);
  }

  /** The tables that a training reads. */
  Set<String> inputs() {
    Set<String> tables = new TreeSet<>();
    Stream.concat(
            new Definitions(run.loaded()).tables().stream(),
            Stream.of(model.predict().each(), model.label().from()))
        .map(RunContext::sourceTable)
        .forEach(tables::add);
    return tables;
  }

  /** Writes the training set, and reads it back: what is trained on is what is kept. */
  private Dataset<Row> freeze(
      Dataset<Row> taken,
      Definitions definitions,
      Optional<ChampionBeside> champion,
      Interval interval,
      TimeSplit.Parts parts,
      String fingerprint) {
    String name = "training_sets/" + run.pipeline().pipeline();
    Opened opened = run.lake().open(name);
    Instant[] span = {parts.trainFrom(), parts.holdoutUntil()};
    Dataset<Row> featured =
        champion
            .map(c -> c.join(run, definitions, taken, interval, span))
            .orElseGet(() -> definitions.join(run, taken, interval, Optional.of(span)));
    Dataset<Row> labelled =
        new Labels(run, predicted.key())
            .join(featured, interval, parts.trainFrom(), parts.holdoutUntil(), lit(true));
    List<String> columns = new ArrayList<>(predicted.identity());
    Stream.of(
            Stream.of(PointInTime.AS_OF_TIME),
            definitions.columns().stream(),
            model.accept().stream().map(Model.Accept::by).flatMap(Optional::stream))
        .flatMap(names -> names)
        .filter(column -> !columns.contains(column))
        .forEach(columns::add);
    champion.ifPresent(c -> columns.add(ChampionBeside.PREDICTION));
    columns.add(TrainingSet.LABEL);
    columns.add(TrainingSet.PART);
    Dataset<Row> rows =
        parts
            .apply(labelled)
            .select(columns.stream().map(column -> col(column)).toArray(Column[]::new))
            .withColumn(FINGERPRINT, lit(fingerprint));
    StructType schema = rows.schema().asNullable();
    run.lake()
        .replace(
            new TableDefinition(
                name,
                schema,
                Optional.of(FINGERPRINT),
                Map.of(TableDefinition.OWNER, run.pipeline().pipeline())),
            opened,
            Set.of(fingerprint),
            rows,
            run.token());
    return run.lake().read(name).where(col(FINGERPRINT).equalTo(fingerprint));
  }

  /** The champion, if it needs other features and a pass can compute both. */
  private Optional<ChampionBeside> beside(ModelVersion version, Definitions current) {
    Definitions own = Definitions.frozen(run, version);
    return own.hash().equals(current.hash())
        ? Optional.empty()
        : Optional.of(new ChampionBeside(own, models.model(version)))
            .filter(champion -> champion.readsLike(current));
  }

  /** The champion as a comparison wants it; with its own features where they are not the same. */
  private Champion champion(
      ModelVersion version,
      Optional<ChampionBeside> beside,
      Definitions current,
      Dataset<Row> taken,
      Interval interval,
      TimeSplit.Parts parts) {
    if (beside.isPresent()) {
      return new Champion(
          version.version(),
          rows ->
              rows.withColumnRenamed(
                  ChampionBeside.PREDICTION, dev.penstock.training.Model.PREDICTION));
    }
    dev.penstock.training.Model fitted = models.model(version);
    Definitions frozen = Definitions.frozen(run, version);
    if (frozen.hash().equals(current.hash())) {
      return new Champion(version.version(), fitted::predict);
    }
    return new Champion(
        version.version(),
        rows -> {
          List<Column> columns = new ArrayList<>();
          predicted.identity().forEach(name -> columns.add(col(name)));
          columns.add(col(dev.penstock.training.Model.PREDICTION));
          Optional<Instant[]> span =
              Optional.of(new Instant[] {parts.holdoutFrom(), parts.holdoutUntil()});
          Dataset<Row> holdout =
              taken.where(col(PointInTime.AS_OF_TIME).geq(Constant.of(parts.holdoutFrom())));
          Dataset<Row> scored =
              fitted
                  .predict(frozen.join(run, holdout, interval, span))
                  .select(columns.toArray(Column[]::new));
          return rows.join(
              scored, JavaConverters.asScalaBuffer(predicted.identity()).toList(), "left");
        });
  }

  private Provenance provenance(Interval interval, String fingerprint, Definitions definitions) {
    String inputs =
        inputs().stream()
            .map(
                table ->
                    "\"%s\": {\"slices\": \"%s\", \"fingerprint\": \"%s\", \"version\": %d}"
                        .formatted(
                            table,
                            slices(table, interval),
                            new Fingerprints(run).ofTable(table, interval.slice()),
                            run.lake().open(table).version()))
            .collect(Collectors.joining(", ", "{", "}"));
    return new Provenance(
        run.pipeline().pipeline(),
        interval.slice(),
        fingerprint,
        ConfigHash.of(run.loaded().whole()),
        definitions.text(),
        inputs,
        run.codeVersion(),
        "{\"profiles\": \"by week of the training set\"}",
        run.token(),
        Instant.now());
  }

  private String slices(String table, Interval interval) {
    List<SliceRecord> rows = run.ledger().committedUpTo(table, interval.slice());
    return rows.isEmpty() ? "" : rows.get(0).slice() + ".." + rows.get(rows.size() - 1).slice();
  }

  /**
   * Stores the acceptance checks, and the profiles that drift will compare with: before the version
   * is registered, because a registered one is not trained again.
   */
  private void record(
      Trained trained, Dataset<Row> frozen, Definitions definitions, Interval interval) {
    Dataset<Row> scored =
        trained
            .model()
            .predict(frozen)
            .withColumn(
                WINDOW,
                date_trunc("week", col(PointInTime.AS_OF_TIME)).cast("date").cast("string"));
    StructType schema = scored.schema();
    List<String> columns =
        Stream.concat(
                definitions.columns().stream(), Stream.of(dev.penstock.training.Model.PREDICTION))
            .filter(name -> Profiles.canProfile(schema.apply(name).dataType()))
            .toList();
    List<Row> profiles = new ArrayList<>();
    String about = profiled(run, models.nextVersion());
    for (Profile profile : Profiles.of(scored, columns, WINDOW)) {
      profiles.add(run.judged(about, 1).with(profile.toRow()));
    }
    run.ledger().append(Ingest.PROFILES, Profile.SCHEMA, profiles);
    List<Row> checks = new ArrayList<>();
    for (AcceptanceCheck check : trained.checks()) {
      checks.add(run.judged(about, 1).with(check(check, interval).toRow()));
    }
    run.ledger().append(Ingest.CHECKS, Check.SCHEMA, checks);
  }

  private static Check check(AcceptanceCheck check, Interval interval) {
    Map<String, Double> bounds = new TreeMap<>();
    check.low().ifPresent(low -> bounds.put("low", low));
    check.high().ifPresent(high -> bounds.put("high", high));
    return new Check(
        interval.slice(),
        Severity.ACCEPT,
        check.rule(),
        check.subject(),
        check.passed() ? Outcome.PASSED : Outcome.FAILED,
        check.value().isPresent() ? check.value().getAsDouble() : null,
        check.bound(),
        check.n(),
        bounds.get("low"),
        bounds.get("high"),
        check.reason());
  }
}
