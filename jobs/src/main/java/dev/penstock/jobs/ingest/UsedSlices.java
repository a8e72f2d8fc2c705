package dev.penstock.jobs.ingest;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.Ledger;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The slices of tables under {@code uses:}, as the runs of their owners left them. */
public final class UsedSlices {
  private final Pipelines.Loaded loaded;
  private final Ledger ledger;
  private final List<Interval> intervals;
  private final List<SliceOutcome> outcomes = new ArrayList<>();

  /**
   * @param loaded the pipeline that uses them
   * @param ledger its own, with the tables that it uses
   */
  public UsedSlices(Pipelines.Loaded loaded, Ledger ledger, List<Interval> intervals) {
    this.loaded = loaded;
    this.ledger = ledger;
    this.intervals = intervals;
    for (Interval interval : intervals) {
      loaded
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
    loaded
        .pipeline()
        .table(table)
        .ifPresent(
            own ->
                own.dependsOn().stream()
                    .filter(needed::add)
                    .forEach(name -> addNeeded(name, needed)));
  }

  /** The command by which an owner makes what a run can't go on without; empty if it can. */
  public Optional<String> owed() {
    Optional<String> predicted = loaded.pipeline().model().map(model -> model.predict().each());
    return outcomes.stream()
        .filter(outcome -> outcome.stops(predicted))
        .findFirst()
        .map(
            outcome ->
                outcome.kind() == Kind.REFUSED
                    ? accept(outcome.table(), outcome.slice()) + " --reason WHY"
                    : run(loaded.inputs().get(outcome.table()), outcome.slice()));
  }

  private static String run(String owner, String slice) {
    return "./penstock run %s --date %s".formatted(owner, slice);
  }

  private String accept(String table, String slice) {
    return "./penstock gate accept %s %s --date %s"
        .formatted(loaded.inputs().get(table), table, slice);
  }

  private SliceOutcome outcome(String table, String owner, String slice) {
    String path = RunContext.sourceTable(table);
    Optional<SliceRecord> row = ledger.find(path, slice);
    boolean isAccepted = row.filter(r -> r.verdict() == Verdict.ACCEPTED).isPresent();
    boolean isInterrupted = ledger.interrupted(path).contains(slice);
    Optional<Boolean> complete =
        row.isEmpty() && !isInterrupted
            ? Optional.ofNullable(ledger.ingestedBy(owner).get(slice))
            : Optional.empty();
    if (complete.orElse(false)) {
      return SliceOutcome.of(
          table, slice, Kind.MISSING, "its owner %s ran %s without it".formatted(owner, slice));
    }
    if (row.isEmpty() || isInterrupted || isAccepted) {
      String says =
          complete.isPresent()
              ? "ran %s without an input that it needs".formatted(slice)
              : "has not run %s%s".formatted(slice, isAccepted ? " since it was accepted" : "");
      return SliceOutcome.of(
          table,
          slice,
          Kind.AWAITED,
          "its owner %s %s; %s makes it".formatted(owner, says, run(owner, slice)));
    }
    return row.get().verdict() == Verdict.REFUSED
        ? SliceOutcome.of(
            table,
            slice,
            Kind.REFUSED,
            "its owner %s refused it: %s; mend its file, or %s accepts it there"
                .formatted(owner, row.get().reason(), accept(table, slice)))
        : SliceOutcome.of(table, slice, Kind.CURRENT, "");
  }
}
