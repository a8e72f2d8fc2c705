package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ledger.SliceRecord.Counts;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run did about one slice of one table.
 *
 * @param table its name in the pipeline file
 * @param slice the interval
 * @param kind what came of it
 * @param counts rows and files; zeros unless it was written or refused now
 * @param quarantined rows per broken rule; a row may break several
 * @param message why it was refused or is missing; what a person should know; may be blank
 * @param warnings of its gate and its files
 */
public record SliceOutcome(
    String table,
    String slice,
    Kind kind,
    Counts counts,
    Map<String, Long> quarantined,
    String message,
    List<String> warnings) {

  /** What came of a slice. */
  public enum Kind {
    /** Written by this run. */
    WRITTEN,
    /** Nothing new came; recorded, not written. */
    NOTHING_NEW,
    /** Was there already, from the same inputs. */
    CURRENT,
    /** Its gate refused it, now or before. */
    REFUSED,
    /** Its input is not there. */
    MISSING,
    /** It is for another pipeline to make, which has not run its interval. */
    AWAITED
  }

  private static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0);

  static SliceOutcome of(String table, String slice, Kind kind, String message) {
    return new SliceOutcome(table, slice, kind, NONE, Map.of(), message, List.of());
  }

  /**
   * Whether a run can't go on past this: the predicted table can't be read, or another pipeline has
   * yet to make the slice.
   *
   * @param predicted empty: every table counts
   */
  public boolean stops(Optional<String> predicted) {
    return !isReadable()
        && (kind == Kind.AWAITED || predicted.isEmpty() || predicted.get().equals(table));
  }

  /** Whether downstream can read the slice. */
  public boolean isReadable() {
    return kind != Kind.REFUSED && kind != Kind.MISSING && kind != Kind.AWAITED;
  }
}
