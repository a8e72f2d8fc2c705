package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.PlanIngest;
import dev.penstock.jobs.ingest.PlannedSlice;
import dev.penstock.jobs.ingest.PlannedSlice.Action;
import dev.penstock.jobs.ingest.PlannedWrites;
import dev.penstock.jobs.ingest.SliceOutcome;
import dev.penstock.jobs.loop.RunRange.Stage;
import dev.penstock.lake.Interval;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Says what {@link RunRange} would do about a range of intervals and why, by what decides it there.
 * Writes nothing. Gates are taken to pass what they have not judged yet; what an earlier part of
 * the run decides is named, not guessed.
 */
public final class PlanRange {
  private final RunContext run;
  private final boolean reload;
  private final boolean strict;
  private final Optional<Models> models;
  private final Optional<PlanLoop> loop;
  private final PlannedWrites writes = new PlannedWrites();
  private final List<PlannedSlice> slices = new ArrayList<>();
  private final List<Interval> withoutFeatures = new ArrayList<>();

  /**
   * @param reload takes the files of a single interval as they are now
   * @param strict whether every refused or missing slice counts, not only the predicted table's
   */
  public PlanRange(RunContext run, boolean reload, boolean strict) {
    this.run = run;
    this.reload = reload;
    this.strict = strict;
    this.models = run.pipeline().model().map(model -> new Models(run));
    this.loop = models.map(known -> new PlanLoop(run, known, writes));
  }

  /** The plan for intervals in order. */
  public RangePlan plan(List<Interval> intervals) {
    Summary summary = new Summary(run.loaded(), intervals, strict);
    PlanIngest ingest = new PlanIngest(run, writes);
    List<PlannedSlice> ingested = ingest.plan(intervals, reload);
    Blocks blocks = new Blocks(run, models, EnumSet.allOf(Stage.class), reload);
    List<RangePlan.Block> planned = new ArrayList<>();
    int next = 0;
    while (next < intervals.size()) {
      List<Interval> block = blocks.from(intervals, next, loop.flatMap(PlanLoop::historyFrom));
      next += block.size();
      boolean isLast = next == intervals.size();
      List<PlannedSlice> own = ofBlock(ingested, block, isLast);
      slices.addAll(own);
      if (block.size() > 1) {
        List<SliceOutcome> outcomes = new ArrayList<>(ingest.used());
        own.forEach(slice -> outcomes.add(slice.outcome()));
        block.forEach(interval -> summary.exitOf(of(interval, outcomes)));
        withoutFeatures.addAll(RunRange.readable(block, outcomes));
      } else {
        afterIngest(block.get(0), own, summary);
      }
      if (Blocks.isFull(withoutFeatures) || isLast) {
        run.pipeline().features().keySet().forEach(this::features);
        withoutFeatures.clear();
      }
      planned.add(new RangePlan.Block(block, slices));
      slices.clear();
    }
    return new RangePlan(
        run.pipeline().pipeline(), intervals, planned, ingest.waiting(), summary.exitCode());
  }

  /** Slices beyond the range, which are computed again with an earlier one, come with its last. */
  private static List<PlannedSlice> ofBlock(
      List<PlannedSlice> ingested, List<Interval> block, boolean isLast) {
    String first = block.get(0).slice();
    String last = block.get(block.size() - 1).slice();
    return ingested.stream()
        .filter(slice -> slice.slice().compareTo(first) >= 0)
        .filter(slice -> isLast || slice.slice().compareTo(last) <= 0)
        .toList();
  }

  private static List<SliceOutcome> of(Interval interval, List<SliceOutcome> outcomes) {
    return outcomes.stream().filter(o -> o.slice().equals(interval.slice())).toList();
  }

  private void afterIngest(Interval interval, List<PlannedSlice> ingested, Summary summary) {
    int exit = summary.exitOf(of(interval, ingested.stream().map(PlannedSlice::outcome).toList()));
    if (exit != Exit.DONE) {
      slices.add(
          PlannedSlice.of(
              "run",
              run.pipeline().pipeline(),
              interval.slice(),
              Action.STOPS,
              "after ingest, with exit code " + exit));
      return;
    }
    withoutFeatures.add(interval);
    loop.ifPresent(planned -> slices.addAll(planned.plan(interval)));
  }

  private void features(String group) {
    String source = RunContext.sourceTable(run.pipeline().features().get(group).from());
    boolean hasSource = run.lake().exists(source) || writes.first(source).isPresent();
    MaterializeFeatures materialize = new MaterializeFeatures(run);
    for (Interval interval : withoutFeatures) {
      String slice = interval.slice();
      Optional<String> staleness =
          run.ledger()
              .staleness(
                  MaterializeFeatures.table(group),
                  slice,
                  materialize.fingerprint(group, interval));
      slices.add(
          hasSource
              ? writes.decide("features", group, slice, staleness, Set.of(source))
              : PlannedSlice.of(
                  "features", group, slice, Action.NOTHING, source + " was never written"));
    }
  }
}
