package dev.penstock.jobs.ingest;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The slices of tables under {@code uses:}, as the runs of their owners left them. */
final class UsedSlices {
  private final RunContext run;
  private final List<Interval> intervals;
  private final List<SliceOutcome> outcomes = new ArrayList<>();

  UsedSlices(RunContext run, List<Interval> intervals) {
    this.run = run;
    this.intervals = intervals;
    for (Interval interval : intervals) {
      run.loaded()
          .inputs()
          .forEach((table, owner) -> outcomes.add(outcome(table, owner, interval.slice())));
    }
  }

  /** What became of each that a run reads. */
  List<SliceOutcome> outcomes() {
    return outcomes;
  }

  /** The intervals in which a table depends on no slice that another pipeline has yet to make. */
  List<Interval> ready(String table) {
    Set<String> needed = new TreeSet<>();
    addNeeded(table, needed);
    Set<String> awaited =
        outcomes.stream()
            .filter(outcome -> outcome.kind() == Kind.AWAITED)
            .filter(outcome -> needed.contains(outcome.table()))
            .map(SliceOutcome::slice)
            .collect(Collectors.toSet());
    return intervals.stream().filter(interval -> !awaited.contains(interval.slice())).toList();
  }

  private void addNeeded(String table, Set<String> needed) {
    run.pipeline()
        .table(table)
        .ifPresent(
            own ->
                own.dependsOn().stream()
                    .filter(needed::add)
                    .forEach(name -> addNeeded(name, needed)));
  }

  private SliceOutcome outcome(String table, String owner, String slice) {
    String path = RunContext.sourceTable(table);
    Optional<SliceRecord> row = run.ledger().find(path, slice);
    boolean isAccepted = row.filter(r -> r.verdict() == Verdict.ACCEPTED).isPresent();
    boolean isInterrupted = run.ledger().interrupted(path).contains(slice);
    if (row.isEmpty() && !isInterrupted && run.ledger().ingestedBy(owner).contains(slice)) {
      return SliceOutcome.of(
          table, slice, Kind.MISSING, "its owner %s ran %s without it".formatted(owner, slice));
    }
    if (row.isEmpty() || isInterrupted || isAccepted) {
      return SliceOutcome.of(
          table,
          slice,
          Kind.AWAITED,
          "its owner %s has not run %s%s; ./penstock run %s --date %s makes it"
              .formatted(owner, slice, isAccepted ? " since it was accepted" : "", owner, slice));
    }
    return row.get().verdict() == Verdict.REFUSED
        ? SliceOutcome.of(
            table,
            slice,
            Kind.REFUSED,
            "its owner %s refused it: %s".formatted(owner, row.get().reason()))
        : SliceOutcome.of(table, slice, Kind.CURRENT, "");
  }
}
