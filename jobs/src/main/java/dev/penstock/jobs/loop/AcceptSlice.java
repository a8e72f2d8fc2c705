package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.Interval;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Releases a refused slice on somebody's word: the next run for its interval commits it from the
 * same files. Rows that break a row rule stay in quarantine.
 */
public final class AcceptSlice {
  private final RunContext run;

  public AcceptSlice(RunContext run) {
    this.run = run;
  }

  /**
   * Records the acceptance.
   *
   * @param table a source or derived table, as the pipeline file names it
   * @param actor whose word it is
   * @param reason why the slice may be read
   * @return the ledger row that was added
   * @throws Exit.UserException if there is no such table, or its slice is not refused
   */
  public SliceRecord run(String table, Interval interval, String actor, String reason) {
    Set<String> names = new TreeSet<>(run.pipeline().sources().keySet());
    names.addAll(run.pipeline().tables().keySet());
    if (run.loaded().inputs().containsKey(table)) {
      throw new Exit.UserException(
          "%s is a table of the pipeline %s; ./penstock gate accept %2$s %1$s --date %s accepts it there"
              .formatted(table, run.loaded().inputs().get(table), interval));
    }
    if (!names.contains(table)) {
      throw new Exit.UserException(
          "%s has no table %s; its tables: %s"
              .formatted(run.loaded().file(), table, String.join(", ", names)));
    }
    String path = RunContext.sourceTable(table);
    SliceRecord refused =
        run.ledger()
            .find(path, interval.slice())
            .filter(row -> row.verdict() == Verdict.REFUSED)
            .orElseThrow(() -> notRefused(path, table, interval));
    SliceRecord accepted =
        new SliceRecord(
            path,
            refused.slice(),
            refused.pipeline(),
            Verdict.ACCEPTED,
            refused.fingerprint(),
            refused.transaction(),
            refused.attempt() + 1,
            refused.files(),
            refused.counts(),
            refused.quarantined(),
            reason,
            actor,
            run.token(),
            run.codeVersion());
    run.ledger().record(List.of(accepted));
    run.ledger().flush();
    return accepted;
  }

  private Exit.UserException notRefused(String path, String table, Interval interval) {
    String state =
        run.ledger()
            .find(path, interval.slice())
            .map(AcceptSlice::described)
            .orElse("has not been judged yet");
    List<String> refused =
        run.ledger().all(path).stream()
            .filter(row -> row.verdict() == Verdict.REFUSED)
            .map(SliceRecord::slice)
            .toList();
    return new Exit.UserException(
        "Cannot accept slice %s of %s: it %s; %s"
            .formatted(
                interval,
                table,
                state,
                refused.isEmpty()
                    ? "no slice of the table is refused"
                    : "refused are " + String.join(", ", refused)));
  }

  private static String described(SliceRecord row) {
    return switch (row.verdict()) {
      case COMMITTED -> "is in the table";
      case ACCEPTED -> "was accepted by %s (%s)".formatted(row.actor(), row.reason());
      case REFUSED -> "is refused";
    };
  }
}
