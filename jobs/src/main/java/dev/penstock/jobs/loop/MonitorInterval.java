package dev.penstock.jobs.loop;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Fingerprints;
import dev.penstock.jobs.ingest.Ingest;
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
          checks.addAll(drift.judge(version, interval));
          checks.addAll(performance.judge(version, interval));
        });
    Decision decision =
        new Decide(run.pipeline().retrain())
            .decide(interval, champion, lastTraining, enough, checks);
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
            ConfigHash.of(run.pipeline().monitor(), run.pipeline().retrain(), model.label())));
  }
}
