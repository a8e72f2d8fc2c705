package dev.penstock.jobs.loop;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Fingerprints;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ledger.Decisions;
import dev.penstock.jobs.ledger.Fingerprint;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Interval;
import dev.penstock.training.ModelVersion;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges an interval: drift of what was scored against the training set, performance by labels that
 * have matured, age; and decides whether to train. Every check is stored.
 */
public final class MonitorInterval {
  private final RunContext run;
  private final Models models;
  private final Model model;
  private final JudgeDrift drift;
  private final JudgePerformance performance;

  public MonitorInterval(RunContext run, Models models) {
    this.run = run;
    this.models = models;
    this.model = run.pipeline().model().orElseThrow();
    this.drift = new JudgeDrift(run, models);
    this.performance = new JudgePerformance(run);
  }

  /** Judges an interval whose rows were scored; the ledger's row is not stored yet. */
  public Decision run(Interval interval) {
    Optional<ModelVersion> champion = models.championOf(interval.slice());
    boolean enough = TrainInterval.enoughHistory(model, TrainInterval.historyFrom(run), interval);
    String fingerprint = fingerprint(interval, enough);
    String table = run.decisions().table();
    if (run.ledger().isCurrent(table, interval.slice(), fingerprint)) {
      return recorded(interval);
    }
    List<Check> checks = new ArrayList<>();
    champion.ifPresent(
        version -> {
          checks.addAll(drift.judge(version, interval));
          checks.addAll(performance.judge(version, interval));
        });
    Decision decision = decide(interval, champion, enough, checks);
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
                    decision.retrain() ? Map.of(Decisions.RETRAIN, 1L) : Map.of(),
                    decision.message(),
                    "",
                    run.token(),
                    run.codeVersion())));
    return decision;
  }

  /** The decision that the ledger has about an interval. */
  Decision recorded(Interval interval) {
    SliceRecord row = run.ledger().find(run.decisions().table(), interval.slice()).orElseThrow();
    return new Decision(Decisions.isPositive(row), List.of(), row.reason(), true);
  }

  /**
   * The decision about an interval, as far as no judgement can change it: there is no champion to
   * be judged, or its age alone asks for a training.
   */
  Optional<Decision> beforeJudging(Interval interval, boolean enough) {
    Optional<ModelVersion> champion = models.championOf(interval.slice());
    Decision decision = decide(interval, champion, enough, List.of());
    return champion.isEmpty() || decision.retrain() ? Optional.of(decision) : Optional.empty();
  }

  private Decision decide(
      Interval interval, Optional<ModelVersion> champion, boolean enough, List<Check> checks) {
    return new Decide(run.pipeline().retrain())
        .decide(interval, champion, lastTrainingBefore(interval), enough, checks);
  }

  private Optional<Interval> lastTrainingBefore(Interval interval) {
    return models.versions().stream()
        .map(version -> version.provenance().slice())
        .filter(slice -> slice.compareTo(interval.slice()) < 0)
        .max(String::compareTo)
        .map(slice -> run.cadence().named(slice));
  }

  /** The tables that a decision is made from. */
  List<String> inputs() {
    return List.of(PredictedRows.predictions(run), RunContext.sourceTable(model.label().from()));
  }

  /**
   * The fingerprint of the decision about an interval.
   *
   * @param enough whether a training for it has enough history
   */
  String fingerprint(Interval interval, boolean enough) {
    Fingerprints fingerprints = new Fingerprints(run);
    Map<String, String> parts = new HashMap<>();
    for (String table : inputs()) {
      parts.put(table, fingerprints.ofTable(table, interval.slice()));
    }
    parts.put(
        "champion",
        models
            .championOf(interval.slice())
            .map(version -> version.provenance().fingerprint())
            .orElse("none"));
    parts.put("last-training", lastTrainingBefore(interval).map(Interval::slice).orElse("never"));
    parts.put("enough-history", String.valueOf(enough));
    parts.put(
        Fingerprint.CONFIGURATION,
        ConfigHash.of(run.pipeline().monitor(), run.pipeline().retrain(), model.label()));
    return new Fingerprint(parts).text();
  }
}
