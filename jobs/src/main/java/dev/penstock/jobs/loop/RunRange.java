package dev.penstock.jobs.loop;

import dev.penstock.jobs.CoreSeconds;
import dev.penstock.jobs.Exit;
import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ingest.SliceOutcome;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.RunRecord;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.lake.Interval;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * All jobs of a pipeline for a range of intervals, in one Spark application. History before the
 * first possible training is loaded in blocks. An interval whose predicted rows were refused or are
 * missing is not scored, and the range goes on.
 */
public final class RunRange {
  /** A stage of a run. */
  public enum Stage {
    INGEST,
    FEATURES,
    SCORE,
    MONITOR,
    TRAIN,
    PROMOTE
  }

  private final RunContext run;
  private final Set<Stage> stages;
  private final boolean reload;
  private final boolean strict;
  private final Set<String> tables;
  private final Blocks blocks;
  private final CoreSeconds cores = new CoreSeconds();
  private final Models models;
  private final MonitorInterval monitor;
  private final List<Interval> withoutFeatures = new ArrayList<>();

  /**
   * @param stages what to do; training follows a decision of the monitor, or stands alone, and so
   *     does promotion of what was trained
   * @param reload takes the files of a single interval as they are now
   * @param strict whether every refused or missing slice counts, not only the predicted table's
   * @param tables the sources and derived tables to bring in; empty: all
   */
  public RunRange(
      RunContext run, Set<Stage> stages, boolean reload, boolean strict, Set<String> tables) {
    this.run = run;
    this.stages = EnumSet.copyOf(stages);
    this.reload = reload;
    this.strict = strict;
    this.tables = Set.copyOf(tables);
    run.spark().sparkContext().addSparkListener(cores);
    boolean hasModel = run.pipeline().model().isPresent();
    this.models = hasModel ? new Models(run) : null;
    this.monitor = hasModel ? new MonitorInterval(run, models) : null;
    this.blocks = new Blocks(run, Optional.ofNullable(models), this.stages, reload);
  }

  /**
   * Runs the intervals in order. Nothing in a run reads the feature tables, so those of a range are
   * written in blocks too.
   */
  public Summary run(List<Interval> intervals) {
    Summary summary = new Summary(run.loaded(), intervals, strict);
    int next = 0;
    while (next < intervals.size()) {
      Optional<Instant> historyFrom =
          models == null ? Optional.empty() : TrainInterval.historyFrom(run);
      List<Interval> now = blocks.from(intervals, next, historyFrom);
      if (now.size() > 1) {
        history(now, summary);
      } else {
        interval(now.get(0), summary, intervals.size() == 1);
      }
      next += now.size();
      if (Blocks.isFull(withoutFeatures) || next == intervals.size()) {
        features();
      }
      run.ledger().flush();
    }
    summary.finish(cores.seconds());
    return summary;
  }

  private void history(List<Interval> block, Summary summary) {
    Step ingest = new Step("ingest");
    List<SliceOutcome> outcomes = new Ingest(run, tables).run(block, false);
    summary.add(outcomes);
    String slices = span(block);
    long added = outcomes.stream().mapToLong(o -> o.counts().rowsAdded()).sum();
    ingest.print(slices, "%d intervals of history".formatted(block.size()), added);
    if (stages.contains(Stage.FEATURES)) {
      withoutFeatures.addAll(readable(block, outcomes));
    }
    boolean isNew = run.ledger().hasUnstored();
    for (Interval interval : block) {
      List<SliceOutcome> own =
          outcomes.stream().filter(o -> o.slice().equals(interval.slice())).toList();
      int exit = summary.exitOf(own);
      if (isNew) {
        ingest.record(interval, exit, describe(own), List.of(), warnings(own), rows(own));
      }
      explain(own);
    }
  }

  /** The intervals of a block that have a slice to read and wait for no other pipeline. */
  static List<Interval> readable(List<Interval> block, List<SliceOutcome> outcomes) {
    Set<String> readable = new HashSet<>();
    outcomes.stream().filter(SliceOutcome::isReadable).forEach(o -> readable.add(o.slice()));
    outcomes.stream()
        .filter(outcome -> outcome.kind() == Kind.AWAITED)
        .forEach(outcome -> readable.remove(outcome.slice()));
    return block.stream().filter(interval -> readable.contains(interval.slice())).toList();
  }

  /**
   * A single interval leaves cores idle: the champion is loaded while files are read, the feature
   * tables are written beside the loop.
   */
  private void interval(Interval interval, Summary summary, boolean alone) {
    int exit = Exit.DONE;
    if (stages.contains(Stage.INGEST)) {
      List<Callable<Integer>> first = new ArrayList<>();
      first.add(() -> ingest(interval, summary));
      if (alone && models != null && stages.contains(Stage.SCORE)) {
        first.add(Executors.callable(() -> models.load(interval.slice()), Exit.DONE));
      }
      exit = Parallel.all(first).get(0);
    }
    if (exit == Exit.DONE) {
      if (stages.contains(Stage.FEATURES)) {
        withoutFeatures.add(interval);
      }
      List<Runnable> rest = new ArrayList<>();
      if (models != null) {
        rest.add(() -> loop(interval, summary));
      }
      if (alone) {
        rest.add(this::features);
      }
      Parallel.run(rest);
    }
  }

  private int ingest(Interval interval, Summary summary) {
    Step step = new Step("ingest");
    List<SliceOutcome> outcomes = new Ingest(run, tables).run(List.of(interval), reload);
    summary.add(outcomes);
    int exit = summary.exitOf(outcomes);
    step.print(interval.slice(), describe(outcomes), rows(outcomes));
    explain(outcomes);
    if (run.ledger().hasUnstored()) {
      step.record(
          interval, exit, describe(outcomes), List.of(), warnings(outcomes), rows(outcomes));
    }
    return exit;
  }

  private void features() {
    if (withoutFeatures.isEmpty()) {
      return;
    }
    Step step = new Step("features");
    List<SliceRecord> written = new MaterializeFeatures(run).run(withoutFeatures);
    long rows = written.stream().mapToLong(row -> row.counts().rowsAdded()).sum();
    if (rows > 0) {
      Interval last = withoutFeatures.get(withoutFeatures.size() - 1);
      String slices = span(withoutFeatures);
      step.print(slices, "%d groups".formatted(run.pipeline().features().size()), rows);
      step.record(
          last, Exit.DONE, withoutFeatures.size() == 1 ? "" : slices, List.of(), List.of(), rows);
    }
    run.ledger().record(written); // after the run's row: a loop beside this may store what there is
    withoutFeatures.clear();
  }

  private static String span(List<Interval> intervals) {
    Interval last = intervals.get(intervals.size() - 1);
    return intervals.size() == 1 ? last.slice() : intervals.get(0) + ".." + last;
  }

  private void loop(Interval interval, Summary summary) {
    if (stages.contains(Stage.SCORE)) {
      score(interval, summary);
    }
    boolean isDue = !stages.contains(Stage.MONITOR);
    if (stages.contains(Stage.MONITOR)) {
      Step step = new Step("monitor");
      Decision decision = monitor.run(interval);
      if (!decision.current()) {
        step.print(interval.slice(), decision.message(), 0);
        step.record(interval, Exit.DONE, decision.message(), decision.reasons(), List.of(), 0);
      }
      summary.add(interval, decision);
      isDue = decision.retrain();
    }
    if (isDue && stages.contains(Stage.TRAIN)) {
      run.ledger().flush();
      Step step = new Step("train");
      TrainInterval train = trainInterval();
      TrainInterval.Outcomes trained = train.run(interval);
      boolean stored = trained.current() && train.isRecorded(trained.version(), interval);
      if (!stored) {
        long rows = trained.version().map(v -> v.trainRows() + v.holdoutRows()).orElse(0L);
        step.print(interval.slice(), trained.message(), rows);
        step.record(interval, Exit.DONE, trained.message(), List.of(), List.of(), rows);
        summary.add(interval, trained);
      } else if (trained.version().isEmpty()) {
        step.print(interval.slice(), trained.message(), 0);
      }
    } else if (isDue && stages.contains(Stage.PROMOTE)) {
      promote(interval, summary);
    }
  }

  private TrainInterval trainInterval() {
    return new TrainInterval(run, models, stages.contains(Stage.PROMOTE));
  }

  private void promote(Interval interval, Summary summary) {
    Step step = new Step("promote");
    TrainInterval.Outcomes promoted = trainInterval().promote(interval);
    step.print(interval.slice(), promoted.message(), 0);
    if (!promoted.current()) {
      step.record(interval, Exit.DONE, promoted.message(), List.of(), List.of(), 0);
      summary.add(interval, promoted);
    }
  }

  private void score(Interval interval, Summary summary) {
    Step step = new Step("score");
    ScoreInterval.Scored scored = new ScoreInterval(run, models).run(interval);
    if (scored.champion().isEmpty()) {
      step.print(interval.slice(), "no champion yet", 0);
      return;
    }
    summary.scored(scored.rows());
    if (!scored.current()) {
      String by = "by " + scored.champion().get().version();
      step.print(interval.slice(), by, scored.rows());
      step.record(interval, Exit.DONE, by, List.of(), List.of(), scored.rows());
    }
  }

  private static long rows(List<SliceOutcome> outcomes) {
    return outcomes.stream().mapToLong(outcome -> outcome.counts().rowsAdded()).sum();
  }

  private static String describe(List<SliceOutcome> outcomes) {
    List<String> parts = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      List<String> tables =
          outcomes.stream().filter(o -> o.kind() == kind).map(SliceOutcome::table).toList();
      if (!tables.isEmpty() && kind != Kind.NOTHING_NEW) {
        parts.add(kind.name().toLowerCase(Locale.ROOT) + " " + String.join(" ", tables));
      }
    }
    return String.join(", ", parts);
  }

  private static List<String> warnings(List<SliceOutcome> outcomes) {
    List<String> warnings = new ArrayList<>();
    for (SliceOutcome outcome : outcomes) {
      if (!outcome.isReadable()) {
        warnings.add(
            "%s %s: %s"
                .formatted(
                    outcome.table(),
                    outcome.kind().name().toLowerCase(Locale.ROOT),
                    outcome.message()));
      }
      outcome.warnings().forEach(warning -> warnings.add(outcome.table() + ": " + warning));
    }
    return warnings;
  }

  private void explain(List<SliceOutcome> outcomes) {
    for (String warning : warnings(outcomes)) {
      run.progress().line("  %s: %s".formatted(outcomes.get(0).slice(), warning));
    }
  }

  /** One step, from now on: a line for the person who waits and a row of the ledger. */
  private final class Step {
    private final String job;
    private final long startNanos = System.nanoTime();
    private final Instant startedAt = Instant.now();
    private final String name;

    Step(String job) {
      this.job = job;
      this.name = job + "@" + startNanos;
      CoreSeconds.begin(run.spark().sparkContext(), name);
    }

    void print(String slice, String what, long rows) {
      run.progress().done(slice, job, what, rows, startNanos);
    }

    void record(
        Interval interval,
        int exit,
        String result,
        List<String> reasons,
        List<String> warnings,
        long rows) {
      run.ledger()
          .record(
              new RunRecord(
                  run.token(),
                  run.pipeline().pipeline(),
                  job,
                  interval.slice(),
                  exit,
                  result,
                  reasons,
                  warnings,
                  rows,
                  startedAt,
                  (System.nanoTime() - startNanos) / 1e9,
                  cores.seconds(name),
                  run.codeVersion()));
    }
  }
}
