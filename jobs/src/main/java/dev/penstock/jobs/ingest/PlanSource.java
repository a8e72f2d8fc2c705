package dev.penstock.jobs.ingest;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.FileBook.Files;
import dev.penstock.jobs.ingest.FileBook.PlannedFile;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.SliceFile.Arrival;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.lake.Interval;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/** Decides, without writing, which slices of a source a run makes, from which files. */
final class PlanSource {
  private final RunContext run;
  private final String name;
  private final Source source;
  private final Fingerprints fingerprints;
  private FileBook book;

  PlanSource(RunContext run, String name, Source source) {
    this.run = run;
    this.name = name;
    this.source = source;
    this.fingerprints = new Fingerprints(run);
  }

  TablePlan plan(List<Interval> intervals, boolean reload) throws IOException {
    Configuration hadoop = run.spark().sparkContext().hadoopConfiguration();
    Landing landing = new Landing(source.path(), run.cadence());
    Landing.Listing listing = landing.list(hadoop, newest(intervals.get(intervals.size() - 1)));
    book =
        new FileBook(
            landing.dated(),
            listing.files(),
            run.ledger().all(table()),
            file -> Landing.hash(hadoop, file));
    TablePlan plan = TablePlan.empty();
    for (Interval interval : intervals) {
      Files files = reload ? book.reload(interval) : book.filesOf(interval);
      decide(plan, interval, files, ignored(listing, interval), landing);
      if (reload && !files.missing()) {
        retake(plan, interval, files.files());
      }
    }
    recomputeLater(plan);
    Set<String> asked = new HashSet<>();
    intervals.forEach(interval -> asked.add(interval.slice()));
    plan.waiting().addAll(book.waiting(intervals.get(intervals.size() - 1), asked));
    return plan;
  }

  /** The last interval asked for, or a later one that has a slice: it may be written again. */
  private Interval newest(Interval last) {
    return run.ledger().all(table()).stream()
        .reduce((earlier, later) -> later)
        .map(row -> run.cadence().named(row.slice()))
        .filter(interval -> interval.start().isAfter(last.start()))
        .orElse(last);
  }

  private String table() {
    return RunContext.sourceTable(name);
  }

  private void decide(
      TablePlan plan, Interval interval, Files files, int ignored, Landing landing) {
    String slice = interval.slice();
    if (files.missing()) {
      plan.others()
          .add(
              SliceOutcome.of(
                  name,
                  slice,
                  Kind.MISSING,
                  "%s is not there yet; run again when it is".formatted(landing.pathOf(interval))));
      return;
    }
    Optional<SliceRecord> row = run.ledger().find(table(), slice);
    if (files.keep()) {
      boolean readable = row.orElseThrow().verdict() == Verdict.COMMITTED;
      plan.others()
          .add(
              new SliceOutcome(
                  name,
                  slice,
                  readable ? Kind.CURRENT : Kind.REFUSED,
                  SliceOutcome.of(name, slice, Kind.CURRENT, "").counts(),
                  java.util.Map.of(),
                  readable ? "" : row.get().reason(),
                  files.notes()));
      return;
    }
    SlicePlan slicePlan = slicePlan(interval, files.files(), ignored);
    if (run.ledger().isCurrent(table(), slice, slicePlan.fingerprint())) {
      plan.others().add(SliceOutcome.of(name, slice, Kind.CURRENT, ""));
    } else if (isRefusedStill(row, slicePlan)) {
      plan.others().add(SliceOutcome.of(name, slice, Kind.REFUSED, row.orElseThrow().reason()));
    } else if (files.files().isEmpty() && row.map(r -> r.files().isEmpty()).orElse(true)) {
      plan.nothingNew().add(slicePlan);
    } else {
      plan.write().add(slicePlan);
    }
  }

  private static boolean isRefusedStill(Optional<SliceRecord> row, SlicePlan plan) {
    return row.filter(r -> r.verdict() == Verdict.REFUSED)
        .filter(r -> r.fingerprint().equals(plan.fingerprint()))
        .isPresent();
  }

  private SlicePlan slicePlan(Interval interval, List<PlannedFile> files, int ignored) {
    String fingerprint = fingerprints.ofSource(source, interval.slice(), files);
    Optional<SlicePlan.Acceptance> accepted =
        run.ledger()
            .find(table(), interval.slice())
            .filter(row -> !row.actor().isEmpty() && row.fingerprint().equals(fingerprint))
            .map(row -> new SlicePlan.Acceptance(row.actor(), row.reason()));
    return new SlicePlan(
        interval,
        files,
        ignored,
        fingerprint,
        run.ledger().nextAttempt(table(), interval.slice()),
        accepted);
  }

  /** A reload takes files back from the later slices that had taken their changes. */
  private void retake(TablePlan plan, Interval interval, List<PlannedFile> files)
      throws IOException {
    Set<String> names = new TreeSet<>();
    files.forEach(file -> names.add(file.file().name()));
    for (String slice : book.tookChangesOf(interval, files)) {
      addLater(plan, slice, names);
    }
  }

  /** Slices after a written one whose versions were decided against what was there before. */
  private void recomputeLater(TablePlan plan) throws IOException {
    if (plan.write().isEmpty()) {
      return;
    }
    String first = plan.write().get(0).slice();
    Set<String> planned = new HashSet<>();
    plan.write().forEach(p -> planned.add(p.slice()));
    for (SliceRecord row : run.ledger().all(table())) {
      boolean dependsOnEarlier =
          row.counts().rowsUnchanged() > 0
              || row.files().stream().anyMatch(file -> file.arrival() == Arrival.CHANGED)
              || (source.snapshot() && !row.files().isEmpty());
      if (row.slice().compareTo(first) > 0
          && row.verdict() == Verdict.COMMITTED
          && dependsOnEarlier
          && !planned.contains(row.slice())) {
        addLater(plan, row.slice(), Set.of());
      }
    }
    plan.write().sort(java.util.Comparator.comparing(SlicePlan::slice));
  }

  /** Adds slices that are to be written again, from the files that they were made from. */
  void addLater(TablePlan plan, Set<String> slices) throws IOException {
    for (String slice : slices) {
      addLater(plan, slice, Set.of());
    }
    plan.write().sort(java.util.Comparator.comparing(SlicePlan::slice));
  }

  private void addLater(TablePlan plan, String slice, Set<String> without) throws IOException {
    Interval interval = run.cadence().named(slice);
    Optional<List<PlannedFile>> files = book.unchangedFilesOf(slice, without);
    if (files.isPresent()) {
      plan.write().removeIf(p -> p.slice().equals(slice));
      plan.write().add(slicePlan(interval, files.get(), 0));
    } else {
      plan.others()
          .add(
              new SliceOutcome(
                  name,
                  slice,
                  Kind.CURRENT,
                  SliceOutcome.of(name, slice, Kind.CURRENT, "").counts(),
                  java.util.Map.of(),
                  "",
                  List.of(
                      "slice %s of %s stays as it is: its files changed since it took them"
                          .formatted(slice, name))));
    }
  }

  private static int ignored(Landing.Listing listing, Interval interval) {
    return (int)
        listing.temporary().stream()
            .filter(file -> file.interval().map(interval::equals).orElse(true))
            .count();
  }
}
