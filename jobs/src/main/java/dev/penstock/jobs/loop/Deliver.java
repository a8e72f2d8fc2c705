package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.airflow.Airflow;
import dev.penstock.jobs.airflow.AirflowException;
import dev.penstock.jobs.airflow.TrainingRun;
import dev.penstock.jobs.airflow.Triggered;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.loop.Delivery.Outcome;
import dev.penstock.lake.Interval;
import dev.penstock.training.ModelVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Brings a decision to retrain to Airflow, once. The run's id follows from the decision, so a run
 * whose creation was not recorded, because we were killed or the response was lost, is found again.
 * A newer decision supersedes the older ones: a training for its interval sees all that they saw.
 */
public final class Deliver {
  private final RunContext run;
  private final Airflow airflow;

  public Deliver(RunContext run, Airflow airflow) {
    this.run = run;
    this.airflow = airflow;
  }

  /** Under this name the ledger keeps what was delivered; there is no such table. */
  private String triggers() {
    return "triggers/" + run.pipeline().pipeline();
  }

  /** Delivers the newest positive decision, if it waits. */
  public Delivery newest() {
    return newestOf(run.ledger().all(MonitorInterval.decisions(run)))
        .map(this::ifItWaits)
        .orElseGet(() -> nothing("no decision to retrain"));
  }

  /**
   * Delivers the newest positive decision about some intervals, if it waits; of one that was
   * delivered it says with which run.
   */
  public Delivery about(List<Interval> intervals) {
    Set<String> slices = intervals.stream().map(Interval::slice).collect(Collectors.toSet());
    Optional<SliceRecord> newest =
        newestOf(
            run.ledger().all(MonitorInterval.decisions(run)).stream()
                .filter(row -> slices.contains(row.slice()))
                .toList());
    if (newest.filter(this::isDelivered).isPresent()) {
      TrainingRun made = wanted(newest.get());
      return new Delivery(
          Outcome.ATTACHED,
          newest.get().slice(),
          made.dag(),
          made.id(),
          false,
          "run %s of %s was made before".formatted(made.id(), made.dag()),
          Exit.DONE);
    }
    return newest.map(this::ifItWaits).orElseGet(() -> nothing("no decision to retrain"));
  }

  private static Optional<SliceRecord> newestOf(List<SliceRecord> decisions) {
    return decisions.stream().filter(MonitorInterval::isPositive).reduce((earlier, later) -> later);
  }

  private Delivery ifItWaits(SliceRecord decision) {
    return superseded(decision).map(Deliver::nothing).orElseGet(() -> trigger(decision));
  }

  private boolean isDelivered(SliceRecord decision) {
    return run.ledger()
        .find(triggers(), decision.slice())
        .filter(row -> row.fingerprint().equals(decision.fingerprint()))
        .isPresent();
  }

  private static Delivery nothing(String why) {
    return new Delivery(
        Outcome.NOTHING, "", "", "", false, "nothing to deliver: " + why, Exit.DONE);
  }

  /** Why a decision needs no run any more; empty if it does. */
  private Optional<String> superseded(SliceRecord decision) {
    List<SliceRecord> delivered =
        run.ledger().all(triggers()).stream()
            .filter(row -> row.slice().compareTo(decision.slice()) > 0)
            .collect(Collectors.toCollection(ArrayList::new));
    if (isDelivered(decision)) {
      delivered.add(0, run.ledger().find(triggers(), decision.slice()).orElseThrow());
    }
    if (!delivered.isEmpty()) {
      SliceRecord row = delivered.get(0);
      return Optional.of(
          "the decision about %s was delivered (%s)".formatted(row.slice(), row.reason()));
    }
    return new Models(run)
        .versions().stream()
            .filter(version -> version.provenance().slice().compareTo(decision.slice()) >= 0)
            .findFirst()
            .map(
                (ModelVersion version) ->
                    "%s was trained for %s"
                        .formatted(version.version(), version.provenance().slice()));
  }

  private TrainingRun wanted(SliceRecord decision) {
    return TrainingRun.of(
        run.pipeline().pipeline(), decision.slice(), decision.reason(), decision.fingerprint());
  }

  private Delivery trigger(SliceRecord decision) {
    TrainingRun wanted = wanted(decision);
    try {
      Triggered came = airflow.trigger(wanted.dag(), wanted.id(), wanted.conf());
      if (came instanceof Triggered.Created) {
        return recorded(Outcome.CREATED, decision, wanted, came.message());
      }
      if (came instanceof Triggered.Attached) {
        return recorded(Outcome.ATTACHED, decision, wanted, came.message());
      }
      return kept(decision, wanted, came.message(), Exit.UNEXPECTED);
    } catch (AirflowException e) {
      return kept(decision, wanted, e.getMessage(), e.mayPass() ? Exit.UNEXPECTED : Exit.WRONG);
    }
  }

  private Delivery recorded(
      Outcome outcome, SliceRecord decision, TrainingRun wanted, String message) {
    run.ledger()
        .record(
            List.of(
                run.made(triggers(), decision.slice(), decision.fingerprint(), 0, Counts.rows(0))
                    .because("run " + wanted.id())));
    run.ledger().flush();
    return new Delivery(
        outcome, decision.slice(), wanted.dag(), wanted.id(), true, message, Exit.DONE);
  }

  private Delivery kept(SliceRecord decision, TrainingRun wanted, String problem, int exit) {
    return new Delivery(
        Outcome.KEPT,
        decision.slice(),
        wanted.dag(),
        wanted.id(),
        false,
        "%s. The decision is kept; deliver it with ./penstock trigger %s"
            .formatted(problem, run.pipeline().pipeline()),
        exit);
  }
}
