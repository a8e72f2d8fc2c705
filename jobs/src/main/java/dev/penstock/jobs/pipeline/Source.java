package dev.penstock.jobs.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;

/** Where raw rows come from; they land in the table of the same name. */
@Doc("Where raw rows come from; they land in the table sources/<name>.")
@NotYet({"avro", "orc", "delta", "jdbc", "kafka", "retain", "personal-data", "on-schema-change"})
public record Source(
    @Doc("Path of CSV files with a header. {date} is the slice's name, {date:yyyyMMdd} formats it.")
        @NotHashed(butPresence = true)
        Optional<String> csv,
    @Doc("Path of files with one JSON object a line. {date} is the slice's name.")
        @NotHashed(butPresence = true)
        Optional<String> json,
    @Doc("Path of Parquet files. {date} is the slice's name.") @NotHashed(butPresence = true)
        Optional<String> parquet,
    @Doc("The columns to read: name TYPE, name TYPE COMMENT 'text', ...") List<ColumnDef> columns,
    @Doc("Columns that name a thing; never null. A row that comes later is a new version of it.")
        @Default("[]")
        List<String> key,
    @Doc("The TIMESTAMP column that says when it happened; never null.") Optional<String> eventTime,
    @Doc("A row is known this long after its event. Without it: when its interval has ended.")
        Optional<Duration> knownAfter,
    @Doc("The TIMESTAMP column that says since when a row is known.") Optional<String> knownTime,
    @Doc("Among versions of a key in one slice the greatest value here is the newest.")
        Optional<String> newestBy,
    @Doc("Rows that come later than this go to quarantine.") Optional<Duration> lateBy,
    @Doc("Whether each file is the whole table.") @Default("false") boolean snapshot,
    @Doc("The rules that a slice must pass before anything reads it.") @Default("{}")
        GateSection gate)
    implements Table {

  /** How the files of a source are written. */
  public enum Format {
    CSV,
    JSON,
    PARQUET
  }

  /** The files' format. */
  public Format format() {
    return csv.isPresent() ? Format.CSV : json.isPresent() ? Format.JSON : Format.PARQUET;
  }

  /** The path as the file gives it: with {@code {date}} and {@code ${secret:NAME}} in place. */
  public String path() {
    return Stream.of(csv, json, parquet).flatMap(Optional::stream).findFirst().orElseThrow();
  }

  /** The declared columns as Spark's type, all nullable, in the declared order. */
  public StructType schema() {
    return ColumnDef.struct(columns);
  }
}
