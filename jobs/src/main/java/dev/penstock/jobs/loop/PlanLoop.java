package dev.penstock.jobs.loop;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.PlannedSlice;
import dev.penstock.jobs.ingest.PlannedSlice.Action;
import dev.penstock.jobs.ingest.PlannedWrites;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Interval;
import dev.penstock.training.ModelVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Says what a run would score, decide and train for one interval after another. Rows and judgements
 * can't be known before: it says what decides them.
 */
final class PlanLoop {
  private final RunContext run;
  private final Models models;
  private final PlannedWrites writes;
  private final Model model;
  private final List<PlannedSlice> slices = new ArrayList<>();

  /** The first interval that would, or may, train. */
  private Optional<Interval> training = Optional.empty();

  /**
   * @param writes has what ingest would write, and takes what would be scored
   */
  PlanLoop(RunContext run, Models models, PlannedWrites writes) {
    this.run = run;
    this.models = models;
    this.writes = writes;
    this.model = run.pipeline().model().orElseThrow();
  }

  /** The plan for an interval, after those before it. */
  List<PlannedSlice> plan(Interval interval) {
    slices.clear();
    score(interval);
    train(interval, monitor(interval));
    return List.copyOf(slices);
  }

  /** Where the predicted table's history begins, with what would be written. */
  Optional<Instant> historyFrom() {
    return Stream.concat(
            TrainInterval.historyFrom(run).stream(),
            writes.first(predicted()).map(slice -> run.cadence().named(slice).start()).stream())
        .min(Instant::compareTo);
  }

  private String predicted() {
    return RunContext.sourceTable(model.predict().each());
  }

  private void add(String job, Interval interval, Action action, String why) {
    slices.add(PlannedSlice.of(job, run.pipeline().pipeline(), interval.slice(), action, why));
  }

  private Optional<String> staleness(String path, Interval interval, String fingerprint) {
    return run.ledger().staleness(path, interval.slice(), fingerprint);
  }

  private void score(Interval interval) {
    Optional<ModelVersion> champion = models.championOf(interval.slice());
    String predictions = PredictedRows.predictions(run);
    if (champion.isEmpty()) {
      if (training.isPresent()) {
        add("score", interval, Action.DEPENDS, "no champion yet, " + afterTraining());
        writes.add(predictions, interval.slice());
      } else {
        add("score", interval, Action.NOTHING, "no champion yet");
      }
      return;
    }
    ModelVersion version = champion.get();
    String fingerprint = new ScoreInterval(run, models).fingerprint(interval, version);
    PlannedSlice planned =
        writes.decide(
            "score",
            run.pipeline().pipeline(),
            interval.slice(),
            staleness(predictions, interval, fingerprint),
            Set.of(predicted()));
    boolean isNew = run.ledger().find(predictions, interval.slice()).isEmpty();
    String by =
        "by %s%s"
            .formatted(
                version.version(),
                isNew && training.isPresent() ? ", or another " + afterTraining() : "");
    add("score", interval, planned.action(), and(planned.why(), by));
    if (planned.action().isWork()) {
      writes.add(predictions, interval.slice());
    }
  }

  private String afterTraining() {
    return "after the training of " + training.orElseThrow();
  }

  private static String and(String why, String more) {
    return why.isEmpty() ? more : why + "; " + more;
  }

  /** The decision if it is known before the run. */
  private Optional<Decision> monitor(Interval interval) {
    MonitorInterval monitor = new MonitorInterval(run, models);
    boolean enough = TrainInterval.enoughHistory(model, historyFrom(), interval);
    PlannedSlice planned =
        writes.decide(
            "monitor",
            run.pipeline().pipeline(),
            interval.slice(),
            staleness(run.decisions().table(), interval, monitor.fingerprint(interval, enough)),
            monitor.inputs());
    if (planned.action() == Action.CURRENT && training.isPresent()) {
      add("monitor", interval, Action.DEPENDS, afterTraining());
      return Optional.empty();
    }
    Optional<ModelVersion> champion = models.championOf(interval.slice());
    Optional<Decision> decision = Optional.empty();
    if (planned.action() == Action.CURRENT) {
      decision = Optional.of(monitor.recorded(interval));
    } else if (training.isEmpty()) {
      decision = monitor.beforeJudging(interval, enough);
    }
    String says =
        decision
            .map(Decision::message)
            .or(() -> champion.map(version -> "judges " + version.version()))
            .orElseGet(() -> "no champion yet, or one " + afterTraining());
    add("monitor", interval, planned.action(), and(planned.why(), says));
    return decision;
  }

  private void train(Interval interval, Optional<Decision> decision) {
    TrainInterval train = new TrainInterval(run, models, true);
    if (decision.isPresent() && !decision.get().retrain()) {
      add("train", interval, Action.NOTHING, "not asked for");
      return;
    }
    if (!TrainInterval.enoughHistory(model, historyFrom(), interval)) {
      add("train", interval, Action.NOTHING, train.lacksHistory(interval));
      return;
    }
    Optional<ModelVersion> same = train.findSame(interval);
    boolean isAgain =
        models.versions().stream().anyMatch(v -> v.provenance().slice().equals(interval.slice()));
    Optional<String> before = writes.before(train.inputs(), interval.slice());
    if (decision.isEmpty()) {
      add("train", interval, Action.DEPENDS, "if the monitor asks for it");
    } else if (isAgain && before.isPresent()) {
      add("train", interval, Action.DEPENDS, before.get());
    } else if (same.isEmpty()) {
      add("train", interval, Action.WRITE, "no version was trained for it from these slices");
    } else if (train.owesPromotion(same.get()) || !train.isRecorded(same, interval)) {
      String what = same.get().version() + " was trained by a run that was killed afterwards";
      add("train", interval, Action.WRITE, what);
    } else {
      add("train", interval, Action.CURRENT, same.get().version() + " is this training");
      return;
    }
    training = training.or(() -> Optional.of(interval));
  }
}
