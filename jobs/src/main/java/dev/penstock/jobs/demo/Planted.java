package dev.penstock.jobs.demo;

import java.time.LocalDate;

/**
 * Something out of the ordinary that the generator puts into the files that the run for {@code
 * date} reads, and how much of it. It is the plan that the files are written from, not a count of
 * what was written.
 *
 * @param date the interval whose run meets it
 * @param source the source's name in the pipeline file
 * @param count rows or files, as the reason says
 * @param about the date in the name of the file, or of the payments, that it is about; mostly the
 *     same as {@code date}
 */
public record Planted(LocalDate date, String source, Reason reason, int count, LocalDate about) {

  /** What is out of the ordinary, and what should become of it. */
  public enum Reason {
    /** Rows of earlier days, within {@code late-by}: they become rows of this slice. */
    LATE,
    /** Rows that came later than {@code late-by}: quarantine. */
    TOO_LATE,
    /** Rows of an earlier day, sent again in a later file with another amount: a new version. */
    CORRECTION,
    /** Rows that are twice in one file: counted, one row remains. */
    DUPLICATE,
    /** Rows whose amount is no number: quarantine. */
    UNPARSEABLE_AMOUNT,
    /** Rows that break the row rule {@code positive_amount}: quarantine. */
    NEGATIVE_AMOUNT,
    /** Rows without event time: quarantine. */
    NO_EVENT_TIME,
    /** Chargebacks of payments that nobody made: quarantine by {@code references}. */
    UNKNOWN_TRANSACTION,
    /** Files whose header lacks a declared column: the whole file to quarantine. */
    WRONG_HEADER,
    /** Files that are no CSV at all: the whole file to quarantine. */
    GARBAGE,
    /** Files under temporary names: ignored. They are gone the next day. */
    TEMPORARY_NAME,
    /** Rows of a file cut off after its first rows: the gate refuses the slice. */
    CUT_OFF,
    /** Files that were broken, sent again as they should have been: their rows join this slice. */
    REPAIRED_FILE,
    /** Files of an earlier day that were rewritten without a change: ignored. */
    IDENTICAL_FILE,
    /** Files of an earlier day, sent again with changes: the next three say which. */
    CHANGED_FILE,
    /** Rows of a changed file with another amount: a new version. */
    CHANGED_ROW,
    /** Rows that a changed file no longer has: closed at the end of the slice. */
    REMOVED_ROW,
    /** Rows that a changed file has in addition: new rows of this slice, however old. */
    ADDED_ROW,
    /** Rows of a newer snapshot that differ: a new version. */
    CHANGED_SNAPSHOT_ROW,
    /** Columns that nobody declared, in this file and those after it: ignored, listed once. */
    ADDED_COLUMN
  }
}
