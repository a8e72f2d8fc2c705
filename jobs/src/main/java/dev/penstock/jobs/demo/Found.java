package dev.penstock.jobs.demo;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lag;
import static org.apache.spark.sql.functions.lead;
import static org.apache.spark.sql.functions.to_date;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceFile;
import dev.penstock.jobs.ledger.SliceFile.Arrival;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.LocalDate;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/** Counts in the ledger and the tables what was planted into the files. */
final class Found {
  private static final String BEFORE = "_before";
  private static final String AFTER = "_after";
  private static final String PAID_ON = "_paid_on";

  private final RunContext run;
  private final CardPayments payments;
  private final Demo.Folder folder;

  Found(RunContext run, CardPayments payments, Demo.Folder folder) {
    this.run = run;
    this.payments = payments;
    this.folder = folder;
  }

  /**
   * Something that was planted.
   *
   * @param found how much of it the ledger and the tables show
   */
  record Line(Planted planted, long found) {
    boolean agrees() {
      return planted.count() == found;
    }
  }

  /** Everything that was planted for the runs of these dates, both included. */
  List<Line> compare(LocalDate from, LocalDate to) {
    Dataset<Row> versions = versions().persist();
    try {
      return payments.planted(from, to).stream()
          .map(planted -> new Line(planted, found(planted, versions)))
          .toList();
    } finally {
      versions.unpersist();
    }
  }

  private long found(Planted planted, Dataset<Row> versions) {
    Column own = col(Versions.SOURCE_FILE).endsWith(planted.date() + ".csv");
    Column again = col(Versions.SOURCE_FILE).endsWith(planted.about() + ".csv");
    Column about = col(PAID_ON).equalTo(planted.about().toString());
    Column first = col(BEFORE).isNull();
    return switch (planted.reason()) {
      case LATE -> rows(planted, versions, own.and(about).and(first));
      case CORRECTION -> rows(planted, versions, own.and(about).and(first.equalTo(false)));
      case CHANGED_ROW -> rows(planted, versions, again.and(first.equalTo(false)));
      case ADDED_ROW -> rows(planted, versions, again.and(first));
      case REMOVED_ROW ->
          versions
              .where(again)
              .where(to_date(col(Versions.KNOWN_UNTIL)).equalTo(planted.date().toString()))
              .where(col(AFTER).isNull())
              .count();
      case TOO_LATE -> quarantined(planted, "late-by");
      case UNPARSEABLE_AMOUNT -> quarantined(planted, "type(amount)");
      case NEGATIVE_AMOUNT -> quarantined(planted, "positive_amount");
      case NO_EVENT_TIME -> quarantined(planted, "not-null(paid_at)");
      case UNKNOWN_TRANSACTION -> quarantined(planted, "references(transaction_id)");
      case DUPLICATE -> sum(planted, row -> row.counts().rowsDuplicate());
      case WRONG_HEADER, GARBAGE -> sum(planted, row -> row.counts().filesQuarantined());
      case TEMPORARY_NAME -> sum(planted, row -> row.counts().filesIgnored());
      case CUT_OFF -> refusedRows(planted);
      case CHANGED_FILE -> files(planted, Arrival.CHANGED);
      case REPAIRED_FILE -> files(planted, Arrival.LATE) + repairedSlices(planted);
      case IDENTICAL_FILE -> identicalFiles(planted);
      case CHANGED_SNAPSHOT_ROW -> sum(planted, row -> row.counts().rowsAdded());
      case ADDED_COLUMN -> addedColumns(planted);
    };
  }

  /** The payments, each version with the slices of those before and after it. */
  private Dataset<Row> versions() {
    var byKey = Window.partitionBy("transaction_id").orderBy(Versions.KNOWN_FROM);
    return run.lake()
        .read(RunContext.sourceTable(Bank.TRANSACTIONS))
        .withColumn(PAID_ON, to_date(col("paid_at")).cast("string"))
        .withColumn(BEFORE, lag(TableDefinition.SLICE, 1).over(byKey))
        .withColumn(AFTER, lead(TableDefinition.SLICE, 1).over(byKey));
  }

  private static long rows(Planted planted, Dataset<Row> versions, Column which) {
    return versions
        .where(col(TableDefinition.SLICE).equalTo(planted.date().toString()).and(which))
        .count();
  }

  private Stream<SliceRecord> slice(Planted planted) {
    return run
        .ledger()
        .find(RunContext.sourceTable(planted.source()), planted.date().toString())
        .stream();
  }

  private long sum(Planted planted, ToLongFunction<SliceRecord> count) {
    return slice(planted).mapToLong(count).sum();
  }

  private long quarantined(Planted planted, String rule) {
    return sum(planted, row -> row.quarantined().getOrDefault(rule, 0L));
  }

  private long files(Planted planted, Arrival arrival) {
    return sum(
        planted,
        row ->
            row.files().stream()
                .filter(file -> file.name().endsWith(planted.about() + ".csv"))
                .filter(file -> file.arrival() == arrival)
                .count());
  }

  /** Rows of the slice's attempts that were refused; the newest attempt may have passed. */
  private long refusedRows(Planted planted) {
    return attempts(planted.source(), planted.date(), Verdict.REFUSED)
        .mapToLong(row -> row.<Long>getAs("rows_quarantined"))
        .sum();
  }

  /** A refused slice that was committed after its file had been sent again. */
  private long repairedSlices(Planted planted) {
    boolean refused =
        attempts(planted.source(), planted.about(), Verdict.REFUSED).findAny().isPresent();
    return refused
        ? attempts(planted.source(), planted.about(), Verdict.COMMITTED).limit(1).count()
        : 0;
  }

  private Stream<Row> attempts(String source, LocalDate date, Verdict verdict) {
    return run
        .lake()
        .read(SliceRecord.TABLE, SliceRecord.SCHEMA)
        .where(col("table").equalTo(RunContext.sourceTable(source)))
        .where(col("slice").equalTo(date.toString()).and(col("verdict").equalTo(verdict.name())))
        .collectAsList()
        .stream();
  }

  /** The file was written again, and its content is still what its own slice took. */
  private long identicalFiles(Planted planted) {
    String name = planted.about() + ".csv";
    boolean taken =
        slice(planted)
            .flatMap(row -> row.files().stream())
            .anyMatch(file -> file.name().endsWith(name));
    if (taken) {
      return 0;
    }
    return run
        .ledger()
        .find(RunContext.sourceTable(planted.source()), planted.about().toString())
        .stream()
        .flatMap(row -> row.files().stream())
        .map(SliceFile::name)
        .filter(file -> file.endsWith(name))
        .count();
  }

  /** The ledger does not keep them; the jobs name them once while they run. */
  private long addedColumns(Planted planted) {
    String note = planted.source() + ": columns that are not declared were left out: ";
    try (Stream<String> lines = Files.lines(folder.progress())) {
      return lines
          .filter(line -> line.contains(note))
          .limit(1)
          .mapToLong(line -> line.substring(line.indexOf(note) + note.length()).split(", ").length)
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
