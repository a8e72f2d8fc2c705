package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.SliceFile;
import java.util.List;
import java.util.Locale;

/**
 * What a run would do about one slice of one table.
 *
 * @param job ingest, features, score, monitor or train
 * @param table its name in the pipeline file, the group's or the pipeline's
 * @param slice the interval
 * @param action what would be done
 * @param why in words; blank for a current slice of which there is nothing to say
 * @param files that it would be made from; empty for a table made from tables
 */
public record PlannedSlice(
    String job, String table, String slice, Action action, String why, List<SliceFile> files) {

  /** What a run would do. */
  public enum Action {
    /** Computes the slice and writes it, or refuses it if its gate does. */
    WRITE,
    /** Records that nothing came. */
    RECORD,
    /** Is decided by what the run does before. */
    DEPENDS,
    /** Skips what is there already, from the same inputs. */
    CURRENT,
    /** Refuses the same files or slices again. */
    REFUSED,
    /** Can't: a file is not there yet, or the owner of a used table ran without it. */
    MISSING,
    /** Waits for the run of another pipeline, which owns the table. */
    AWAITED,
    /** There is nothing to do yet. */
    NOTHING,
    /** Ends the interval after ingest. */
    STOPS;

    /** Whether a run would, or may, write something. */
    public boolean isWork() {
      return this == WRITE || this == RECORD || this == DEPENDS;
    }

    /** As people and machines read it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What would come of it, if its gate lets pass what it does not know yet. */
  public SliceOutcome outcome() {
    Kind kind =
        switch (action) {
          case WRITE, DEPENDS -> Kind.WRITTEN;
          case RECORD -> Kind.NOTHING_NEW;
          case REFUSED -> Kind.REFUSED;
          case MISSING -> Kind.MISSING;
          case AWAITED -> Kind.AWAITED;
          case CURRENT, NOTHING, STOPS -> Kind.CURRENT;
        };
    return SliceOutcome.of(table, slice, kind, why);
  }

  /** One that is made from no files. */
  public static PlannedSlice of(String job, String table, String slice, Action action, String why) {
    return new PlannedSlice(job, table, slice, action, why, List.of());
  }
}
