package dev.penstock.jobs.ledger;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * What became of one slice of one table: a row of the ledger table {@code slices}. The newest row
 * of a slice is the one with the highest transaction, then the highest attempt.
 *
 * @param table name under the warehouse, as {@code sources/departures}
 * @param slice the interval
 * @param pipeline the table's owner
 * @param verdict what became of it
 * @param fingerprint of all that can change its rows
 * @param transaction the table's transaction that wrote it; for a refused slice the table's newest
 * @param attempt counts the rows of this slice, from 1
 * @param files what it was made from; empty for a table made from tables
 * @param counts rows and files
 * @param quarantined rows per broken rule; a row may break several
 * @param reason why it was refused or accepted; blank if neither
 * @param actor who accepted it; blank if nobody
 * @param run token of the run
 * @param codeVersion the program's version
 */
public record SliceRecord(
    String table,
    String slice,
    String pipeline,
    Verdict verdict,
    String fingerprint,
    long transaction,
    int attempt,
    List<SliceFile> files,
    Counts counts,
    Map<String, Long> quarantined,
    String reason,
    String actor,
    String run,
    String codeVersion) {

  /** What became of a slice. */
  public enum Verdict {
    /** It is in its table. */
    COMMITTED,
    /** A gate refused it; it is whole in quarantine. */
    REFUSED,
    /** Somebody released it; the next run for its interval commits it. */
    ACCEPTED
  }

  /**
   * Rows and files of a slice. Rows seen = added + quarantined + unchanged + duplicates; files seen
   * = read + in quarantine + ignored.
   *
   * @param rowsSeen rows of all files that were read
   * @param rowsAdded new versions
   * @param rowsQuarantined rows that broke a rule
   * @param rowsUnchanged rows equal to the version before them
   * @param rowsDuplicate rows equal to one before them in the same file
   * @param filesSeen files that concern this slice
   * @param filesRead files that were read
   * @param filesQuarantined files that could not be read as declared
   * @param filesIgnored files with a temporary name
   */
  public record Counts(
      long rowsSeen,
      long rowsAdded,
      long rowsQuarantined,
      long rowsUnchanged,
      long rowsDuplicate,
      long filesSeen,
      long filesRead,
      long filesQuarantined,
      long filesIgnored) {

    /** Counts of a slice of a table that is made from tables. */
    public static Counts rows(long added) {
      return new Counts(added, added, 0, 0, 0, 0, 0, 0, 0);
    }
  }

  /** The ledger table. */
  public static final String TABLE = "slices";

  /** Its columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add("table", "string", true, "The table that the slice belongs to.")
          .add("slice", "string", true, "The interval that it is about.")
          .add("pipeline", "string", true, "The pipeline that owns the table.")
          .add("verdict", "string", true, "COMMITTED, REFUSED or ACCEPTED.")
          .add("fingerprint", "string", true, "Hashes of all that can change the slice's rows.")
          .add("transaction", "bigint", true, "The table's transaction that wrote it.")
          .add("attempt", "int", true, "Counts the rows of this slice, from 1.")
          .add("files", DataTypes.createArrayType(SliceFile.SCHEMA), true, "Its source files.")
          .add("rows_seen", "bigint", true, "Rows of the files that were read.")
          .add("rows_added", "bigint", true, "New versions.")
          .add("rows_quarantined", "bigint", true, "Rows that broke a rule.")
          .add("rows_unchanged", "bigint", true, "Rows equal to the version before them.")
          .add("rows_duplicate", "bigint", true, "Rows repeated in their file.")
          .add("files_seen", "bigint", true, "Files that concern the slice.")
          .add("files_read", "bigint", true, "Files that were read.")
          .add("files_quarantined", "bigint", true, "Files that could not be read as declared.")
          .add("files_ignored", "bigint", true, "Files with a temporary name.")
          .add(
              "quarantined",
              DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType),
              true,
              "Quarantined rows per broken rule; a row may break several.")
          .add("reason", "string", true, "Why it was refused or accepted.")
          .add("actor", "string", true, "Who accepted it.")
          .add("run", "string", true, "Token of the run.")
          .add("code_version", "string", true, "Version of the program.");

  /** The same row with a reason. */
  public SliceRecord because(String why) {
    return new SliceRecord(
        table,
        slice,
        pipeline,
        verdict,
        fingerprint,
        transaction,
        attempt,
        files,
        counts,
        quarantined,
        why,
        actor,
        run,
        codeVersion);
  }

  /** Whether this row is newer than {@code other}. */
  boolean isNewerThan(SliceRecord other) {
    return transaction != other.transaction
        ? transaction > other.transaction
        : attempt > other.attempt;
  }

  Row toRow() {
    return RowFactory.create(
        table,
        slice,
        pipeline,
        verdict.name(),
        fingerprint,
        transaction,
        attempt,
        JavaConverters.asScalaBuffer(files.stream().map(SliceFile::toRow).toList()).toList(),
        counts.rowsSeen,
        counts.rowsAdded,
        counts.rowsQuarantined,
        counts.rowsUnchanged,
        counts.rowsDuplicate,
        counts.filesSeen,
        counts.filesRead,
        counts.filesQuarantined,
        counts.filesIgnored,
        JavaConverters.mapAsScalaMap(quarantined),
        reason,
        actor,
        run,
        codeVersion);
  }

  static SliceRecord fromRow(Row row) {
    return new SliceRecord(
        row.getAs("table"),
        row.getAs("slice"),
        row.getAs("pipeline"),
        Verdict.valueOf(row.getAs("verdict")),
        row.getAs("fingerprint"),
        row.getAs("transaction"),
        row.getAs("attempt"),
        row.<Row>getList(row.fieldIndex("files")).stream().map(SliceFile::fromRow).toList(),
        new Counts(
            row.getAs("rows_seen"),
            row.getAs("rows_added"),
            row.getAs("rows_quarantined"),
            row.getAs("rows_unchanged"),
            row.getAs("rows_duplicate"),
            row.getAs("files_seen"),
            row.getAs("files_read"),
            row.getAs("files_quarantined"),
            row.getAs("files_ignored")),
        row.getJavaMap(row.fieldIndex("quarantined")),
        row.getAs("reason"),
        row.getAs("actor"),
        row.getAs("run"),
        row.getAs("code_version"));
  }
}
