package dev.penstock.jobs.ingest;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.Interval;
import java.util.List;
import java.util.Optional;

/** The slices of tables under {@code uses:}, as the runs of their owners left them. */
record UsedSlices(RunContext run) {

  /** What became of each that a run reads; only those that it must wait for, if there are some. */
  List<SliceOutcome> of(Interval interval) {
    List<SliceOutcome> all =
        run.loaded().inputs().entrySet().stream()
            .map(input -> outcome(input.getKey(), input.getValue(), interval.slice()))
            .toList();
    List<SliceOutcome> awaited =
        all.stream().filter(outcome -> outcome.kind() == Kind.AWAITED).toList();
    return awaited.isEmpty() ? all : awaited;
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
