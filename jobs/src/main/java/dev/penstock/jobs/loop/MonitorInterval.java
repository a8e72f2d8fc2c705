package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;

import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Fingerprints;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.Durations;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.jobs.pipeline.Monitor;
import dev.penstock.jobs.pipeline.Retrain;
import dev.penstock.lake.Interval;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.Bootstrap;
import dev.penstock.training.Estimate;
import dev.penstock.training.Metric;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Scored;
import dev.penstock.training.TrainingSet;
import dev.penstock.validation.Check;
import dev.penstock.validation.Drift;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Profile;
import dev.penstock.validation.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Judges an interval: drift of what was scored against the training set, performance by labels that
 * have matured, age; and decides whether to train. Every check is stored.
 */
public final class MonitorInterval {
  private static final double CONFIDENCE = 0.95;

  private final RunContext run;
  private final Models models;
  private final Model model;
  private final Monitor monitor;
  private final Map<String, Map<String, List<Profile>>> baselines = new HashMap<>();

  public MonitorInterval(RunContext run, Models models) {
    this.run = run;
    this.models = models;
    this.model = run.pipeline().model().orElseThrow();
    this.monitor = run.pipeline().monitor();
  }

  /** Under this name the ledger keeps the decisions of a pipeline; there is no such table. */
  static String decisions(RunContext run) {
    return "decisions/" + run.pipeline().pipeline();
  }

  /** Judges an interval whose rows were scored; the ledger's row is not stored yet. */
  public Decision run(Interval interval) {
    Optional<ModelVersion> champion = models.championOf(interval.slice());
    Optional<Interval> lastTraining = lastTrainingBefore(interval);
    boolean enough = TrainInterval.enoughHistory(run, interval);
    String fingerprint = fingerprint(interval, champion, lastTraining, enough);
    String table = decisions(run);
    if (run.ledger().isCurrent(table, interval.slice(), fingerprint)) {
      return decisionOf(run.ledger().find(table, interval.slice()).orElseThrow(), true);
    }
    List<Check> checks = new ArrayList<>();
    champion.ifPresent(
        version -> {
          checks.addAll(drift(version, interval));
          checks.addAll(performance(version, interval));
        });
    Decision decision = decide(interval, champion, lastTraining, enough, checks);
    checks.add(
        new Check(
            interval.slice(),
            Severity.MONITOR,
            "retrain",
            "",
            decision.retrain() ? Outcome.FAILED : Outcome.PASSED,
            decision.retrain() ? 1.0 : 0.0,
            "",
            0,
            null,
            null,
            decision.message()));
    int attempt = run.ledger().nextAttempt(table, interval.slice());
    Judged about = run.judged(PredictedRows.predictions(run), attempt);
    run.ledger()
        .append(
            Ingest.CHECKS, Check.SCHEMA, checks.stream().map(c -> about.with(c.toRow())).toList());
    run.ledger()
        .record(
            List.of(
                new SliceRecord(
                    table,
                    interval.slice(),
                    run.pipeline().pipeline(),
                    Verdict.COMMITTED,
                    fingerprint,
                    0,
                    attempt,
                    List.of(),
                    Counts.rows(0),
                    decision.retrain() ? Map.of("retrain", 1L) : Map.of(),
                    decision.message(),
                    "",
                    run.token(),
                    run.codeVersion())));
    return decision;
  }

  private static Decision decisionOf(SliceRecord row, boolean current) {
    return new Decision(row.quarantined().containsKey("retrain"), List.of(), row.reason(), current);
  }

  private Optional<Interval> lastTrainingBefore(Interval interval) {
    return models.versions().stream()
        .map(version -> version.provenance().slice())
        .filter(slice -> slice.compareTo(interval.slice()) < 0)
        .max(String::compareTo)
        .map(slice -> run.cadence().named(slice));
  }

  private String fingerprint(
      Interval interval,
      Optional<ModelVersion> champion,
      Optional<Interval> lastTraining,
      boolean enough) {
    Fingerprints fingerprints = new Fingerprints(run);
    return Fingerprints.hash(
        List.of(
            fingerprints.ofTable(PredictedRows.predictions(run), interval.slice()),
            fingerprints.ofTable(RunContext.sourceTable(model.label().from()), interval.slice()),
            champion.map(version -> version.provenance().fingerprint()).orElse("none"),
            lastTraining.map(Interval::slice).orElse("never"),
            String.valueOf(enough),
            ConfigHash.of(monitor, run.pipeline().retrain(), model.label())));
  }

  /** What the newest scored rows look like against the rows that the champion was trained on. */
  private List<Check> drift(ModelVersion version, Interval interval) {
    Map<String, List<Profile>> baseline =
        baselines.computeIfAbsent(
            version.version(), v -> byWindow(profiles(TrainInterval.profiled(run, v), "", "~")));
    Interval first = firstOf(monitor.drift().over(), interval);
    String since = models.promotionOf(interval.slice()).orElseThrow().fromSlice();
    if (since.compareTo(first.slice()) > 0) {
      return List.of(notYet(version, interval, first));
    }
    Map<String, List<Profile>> byColumn = new LinkedHashMap<>();
    for (Profile profile :
        profiles(ScoreInterval.profiled(run, version), first.slice(), interval.slice())) {
      byColumn.computeIfAbsent(profile.column(), column -> new ArrayList<>()).add(profile);
    }
    List<Profile> current =
        byColumn.values().stream().map(parts -> Profile.merge(interval.slice(), parts)).toList();
    return Drift.compare(baseline, current, monitor.drift().psi(), monitor.drift().minRows());
  }

  /** The first of the intervals that a window before the end of {@code interval} covers whole. */
  private Interval firstOf(Duration window, Interval interval) {
    Instant from = interval.end().minus(window);
    Interval first = run.cadence().containing(from);
    return from.isAfter(first.start()) ? run.cadence().next(first) : first;
  }

  /** Part of a window is not compared: a Sunday alone is not a week. */
  private Check notYet(ModelVersion version, Interval interval, Interval first) {
    return new Check(
        interval.slice(),
        Severity.MONITOR,
        "drift",
        "",
        Outcome.PASSED,
        null,
        "",
        0,
        null,
        null,
        "%s has not scored the whole window from %s on".formatted(version.version(), first));
  }

  private static Map<String, List<Profile>> byWindow(List<Profile> profiles) {
    Map<String, List<Profile>> windows = new TreeMap<>();
    profiles.forEach(
        profile ->
            windows.computeIfAbsent(profile.slice(), slice -> new ArrayList<>()).add(profile));
    return windows;
  }

  /** The newest profile of each slice and column; ordered by both. */
  private List<Profile> profiles(String about, String from, String to) {
    Map<String, Row> newest = new TreeMap<>();
    for (Row row :
        run.lake()
            .read(Ingest.PROFILES, Judged.schema(Profile.SCHEMA))
            .where(col("table").equalTo(about))
            .where(col(TableDefinition.SLICE).between(from, to))
            .collectAsList()) {
      newest.merge(
          row.<String>getAs(TableDefinition.SLICE) + "\n" + row.getAs("column_name"),
          row,
          (a, b) -> b.<Integer>getAs("attempt") >= a.<Integer>getAs("attempt") ? b : a);
    }
    return newest.values().stream().map(Profile::fromRow).toList();
  }

  /** How the champion does on the newest window whose labels have all matured. */
  private List<Check> performance(ModelVersion version, Interval interval) {
    if (monitor.performance().isEmpty()) {
      return List.of();
    }
    Monitor.Performance rule = monitor.performance().get();
    Instant until = interval.end().minus(model.label().maturesAfter());
    Instant from = until.minus(rule.over());
    PredictedRows predicted = new PredictedRows(run);
    String table = PredictedRows.predictions(run);
    if (!run.lake().exists(table)) {
      return List.of();
    }
    Column asOf = col(PointInTime.AS_OF_TIME);
    Column[] key = predicted.key().stream().map(name -> col(name)).toArray(Column[]::new);
    Dataset<Row> served =
        run.lake()
            .read(table)
            .where(col(TableDefinition.SLICE).leq(interval.slice()))
            .where(col("model_version").equalTo(version.version()))
            .where(asOf.geq(KnownRows.at(from)).and(asOf.lt(KnownRows.at(until))));
    List<Row> rows =
        new Labels(run, predicted.key())
            .join(served, interval)
            .orderBy(key)
            .select(TrainingSet.LABEL, dev.penstock.training.Model.PREDICTION)
            .collectAsList();
    List<Row> labelled = rows.stream().filter(row -> !row.isNullAt(0)).toList();
    double share = rows.isEmpty() ? 0 : (double) labelled.size() / rows.size();
    List<Check> checks = new ArrayList<>();
    checks.add(
        new Check(
            interval.slice(),
            Severity.MONITOR,
            "labels",
            model.label().from(),
            Outcome.PASSED,
            rows.isEmpty() ? null : share,
            "",
            rows.size(),
            null,
            null,
            String.format(
                Locale.ROOT,
                "labels of %d of %d predictions with as-of times from %s to %s have come",
                labelled.size(),
                rows.size(),
                from,
                until)));
    checks.add(judge(rule, version, interval, labelled));
    return checks;
  }

  private Check judge(
      Monitor.Performance rule, ModelVersion version, Interval interval, List<Row> labelled) {
    Metric metric = rule.metric();
    Double accepted = version.metrics().get(metric.text());
    Estimate estimate =
        new Bootstrap(model.seed())
            .interval(
                metric,
                new Scored(
                    labelled.stream().mapToDouble(row -> row.getDouble(0)).toArray(),
                    labelled.stream().mapToDouble(row -> row.getDouble(1)).toArray()),
                CONFIDENCE);
    if (accepted == null || estimate.value().isEmpty() || estimate.high().isEmpty()) {
      return check(
          interval,
          metric,
          Outcome.PASSED,
          estimate,
          "",
          "%s: nothing to judge %s by, %d labelled rows that %s scored"
              .formatted(metric.text(), version.version(), labelled.size(), version.version()));
    }
    double best =
        metric.higherIsBetter()
            ? estimate.high().getAsDouble()
            : estimate.low().orElse(estimate.value().getAsDouble());
    boolean decayed = metric.gain(best, accepted) < -rule.mayLose();
    String bound = String.format(Locale.ROOT, "within %s of %.4f", rule.mayLose(), accepted);
    return check(
        interval,
        metric,
        decayed ? Outcome.FAILED : Outcome.PASSED,
        estimate,
        bound,
        String.format(
            Locale.ROOT,
            "%s of %s is %.4f (%.4f to %.4f, %d rows), %.4f when it was accepted; it may lose %s",
            metric.text(),
            version.version(),
            estimate.value().getAsDouble(),
            estimate.low().orElse(Double.NaN),
            estimate.high().getAsDouble(),
            labelled.size(),
            accepted,
            rule.mayLose()));
  }

  private static Check check(
      Interval interval,
      Metric metric,
      Outcome outcome,
      Estimate estimate,
      String bound,
      String reason) {
    return new Check(
        interval.slice(),
        Severity.MONITOR,
        "performance",
        metric.text(),
        outcome,
        estimate.value().isPresent() ? estimate.value().getAsDouble() : null,
        bound,
        estimate.n(),
        estimate.low().isPresent() ? estimate.low().getAsDouble() : null,
        estimate.high().isPresent() ? estimate.high().getAsDouble() : null,
        reason);
  }

  private Decision decide(
      Interval interval,
      Optional<ModelVersion> champion,
      Optional<Interval> lastTraining,
      boolean enough,
      List<Check> checks) {
    Optional<Duration> age =
        lastTraining.map(training -> Duration.between(training.end(), interval.end()));
    List<String> reasons = reasons(champion, age, enough, checks);
    Duration cooldown = run.pipeline().retrain().map(Retrain::cooldown).orElse(Duration.ZERO);
    if (reasons.isEmpty()) {
      return new Decision(
          false,
          reasons,
          champion.isEmpty() ? "no champion yet, and not enough history" : "no reason to retrain",
          false);
    }
    if (age.isPresent() && age.get().compareTo(cooldown) < 0) {
      return new Decision(
          false,
          reasons,
          "held back, the last training is %s old and cooldown is %s: %s"
              .formatted(
                  Durations.text(age.get()), Durations.text(cooldown), String.join("; ", reasons)),
          false);
    }
    return new Decision(true, reasons, "retrain: " + String.join("; ", reasons), false);
  }

  private List<String> reasons(
      Optional<ModelVersion> champion, Optional<Duration> age, boolean enough, List<Check> checks) {
    List<String> reasons = new ArrayList<>();
    if (champion.isEmpty()) {
      if (enough) {
        reasons.add("no champion, and enough history");
      }
      return reasons;
    }
    for (Retrain.Reason reason : run.pipeline().retrain().map(Retrain::any).orElse(List.of())) {
      switch (reason.kind()) {
        case DRIFT -> drifted(checks).ifPresent(reasons::add);
        case PERFORMANCE ->
            checks.stream()
                .filter(check -> check.rule().equals("performance"))
                .filter(check -> check.outcome() == Outcome.FAILED)
                .forEach(check -> reasons.add("performance: " + check.reason()));
        case AGE -> {
          Duration above = reason.above().orElseThrow();
          age.filter(old -> old.compareTo(above) > 0)
              .ifPresent(
                  old ->
                      reasons.add(
                          "age: the last training is %s old, more than %s"
                              .formatted(Durations.text(old), Durations.text(above))));
        }
      }
    }
    return reasons;
  }

  private static Optional<String> drifted(List<Check> checks) {
    List<String> columns =
        checks.stream()
            .filter(check -> check.rule().equals("drift"))
            .filter(check -> check.outcome() == Outcome.FAILED)
            .sorted((a, b) -> Double.compare(b.value(), a.value()))
            .map(check -> String.format(Locale.ROOT, "%s %.2f", check.subject(), check.value()))
            .toList();
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    String shown = String.join(", ", columns.subList(0, Math.min(5, columns.size())));
    return Optional.of(
        "drift of %d column%s, the largest: %s"
            .formatted(columns.size(), columns.size() > 1 ? "s" : "", shown));
  }
}
