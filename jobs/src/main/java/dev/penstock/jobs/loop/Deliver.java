package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.airflow.Airflow;
import dev.penstock.jobs.airflow.AirflowException;
import dev.penstock.jobs.airflow.TrainingRun;
import dev.penstock.jobs.airflow.Triggered;
import dev.penstock.jobs.ledger.Decisions;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.loop.Delivery.Outcome;
import dev.penstock.lake.Interval;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Brings a decision to retrain to Airflow, once. The run's id follows from the decision, so a run
 * whose creation was not recorded, because we were killed or the response was lost, is found again.
 */
public final class Deliver {
  private final RunContext run;
  private final Airflow airflow;
  private final Decisions decisions;

  public Deliver(RunContext run, Airflow airflow) {
    this.run = run;
    this.airflow = airflow;
    this.decisions = run.decisions();
  }

  /** Delivers the newest positive decision, if it waits. */
  public Delivery newest() {
    return Decisions.newestPositive(run.ledger().all(decisions.table()))
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
        Decisions.newestPositive(
            run.ledger().all(decisions.table()).stream()
                .filter(row -> slices.contains(row.slice()))
                .toList());
    if (newest.filter(decisions::isDelivered).isPresent()) {
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

  private Delivery ifItWaits(SliceRecord decision) {
    return decisions
        .superseded(decision, () -> new Models(run).versions())
        .map(Deliver::nothing)
        .orElseGet(() -> trigger(decision));
  }

  private static Delivery nothing(String why) {
    return new Delivery(
        Outcome.NOTHING, "", "", "", false, "nothing to deliver: " + why, Exit.DONE);
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
                run.made(
                        decisions.deliveries(),
                        decision.slice(),
                        decision.fingerprint(),
                        0,
                        Counts.rows(0))
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
