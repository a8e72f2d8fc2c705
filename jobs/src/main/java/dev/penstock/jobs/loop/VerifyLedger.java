package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/** Compares each table of a pipeline with what the ledger says of it. */
final class VerifyLedger {
  private final RunContext run;
  private final List<Inconsistency> found = new ArrayList<>();

  VerifyLedger(RunContext run) {
    this.run = run;
  }

  List<Inconsistency> run() {
    for (String name : sources()) {
      table(RunContext.sourceTable(name));
      quarantine(name);
    }
    run.pipeline().features().keySet().forEach(group -> table(MaterializeFeatures.table(group)));
    if (run.pipeline().model().isPresent()) {
      table(PredictedRows.predictions(run));
    }
    for (String token : run.lake().folders("_staging")) {
      found.add(
          Inconsistency.of(
              "_staging/" + token,
              "rows that a run was working on were left behind",
              "if no run is under way, delete the folder " + run.lake().path("_staging/" + token)));
    }
    return found;
  }

  private Set<String> sources() {
    Set<String> names = new TreeSet<>(run.pipeline().sources().keySet());
    names.addAll(run.pipeline().tables().keySet());
    return names;
  }

  private void table(String table) {
    Opened opened = run.lake().open(table);
    List<SliceRecord> records = run.ledger().all(table);
    records.forEach(this::addsUp);
    long known = run.ledger().transaction(table);
    if (!opened.exists()) {
      if (known > 0) {
        add(
            table,
            "the table is gone; the ledger has %d slices of it".formatted(records.size()),
            "restore it from a backup: a run takes its slices for current");
      }
      return;
    }
    owner(opened);
    if (known > opened.transaction()) {
      add(
          table,
          "the ledger knows transaction %d, the table only %d: it was set back"
              .formatted(known, opened.transaction()),
          "restore its newest version");
    }
    Set<String> interrupted = run.ledger().interrupted(table);
    for (String slice : interrupted) {
      found.add(
          Inconsistency.of(
              table,
              slice,
              "a run wrote it and was interrupted before it recorded that",
              VerifyTables.again(run, slice)));
    }
    compareRows(table, records, interrupted);
  }

  private void owner(Opened opened) {
    String owner = opened.properties().get(TableDefinition.OWNER);
    if (!run.pipeline().pipeline().equals(owner)) {
      add(
          opened.table(),
          "it belongs to pipeline %s, not to %s"
              .formatted(owner == null ? "(nobody)" : owner, run.pipeline().pipeline()),
          "let one pipeline declare it, or name another warehouse");
    }
  }

  /** Rows and files that were seen must have gone somewhere. */
  private void addsUp(SliceRecord row) {
    Counts counts = row.counts();
    long rows =
        counts.rowsAdded()
            + counts.rowsQuarantined()
            + counts.rowsUnchanged()
            + counts.rowsDuplicate();
    if (counts.rowsSeen() != rows) {
      found.add(
          Inconsistency.of(
              row.table(),
              row.slice(),
              "%d rows seen, but %d added + %d quarantined + %d unchanged + %d duplicate"
                  .formatted(
                      counts.rowsSeen(),
                      counts.rowsAdded(),
                      counts.rowsQuarantined(),
                      counts.rowsUnchanged(),
                      counts.rowsDuplicate()),
              reload(row.slice())));
    }
    long files = counts.filesRead() + counts.filesQuarantined() + counts.filesIgnored();
    if (counts.filesSeen() != files) {
      found.add(
          Inconsistency.of(
              row.table(),
              row.slice(),
              "%d files seen, but %d read + %d quarantined + %d ignored"
                  .formatted(
                      counts.filesSeen(),
                      counts.filesRead(),
                      counts.filesQuarantined(),
                      counts.filesIgnored()),
              reload(row.slice())));
    }
  }

  private String reload(String slice) {
    return "./penstock run %s --reload %s".formatted(run.pipeline().pipeline(), slice);
  }

  private void compareRows(String table, List<SliceRecord> records, Set<String> interrupted) {
    Map<String, Long> held = new TreeMap<>();
    run.lake()
        .read(table)
        .groupBy(TableDefinition.SLICE)
        .count()
        .collectAsList()
        .forEach(row -> held.put(row.getString(0), row.getLong(1)));
    for (SliceRecord row : records) {
      long rows = Optional.ofNullable(held.remove(row.slice())).orElse(0L);
      if (row.verdict() == Verdict.COMMITTED
          && !interrupted.contains(row.slice())
          && rows != row.counts().rowsAdded()) {
        found.add(
            Inconsistency.of(
                table,
                row.slice(),
                "the table holds %d rows, the ledger says %d"
                    .formatted(rows, row.counts().rowsAdded()),
                reload(row.slice())));
      }
    }
    held.keySet().removeAll(interrupted);
    for (var slice : held.entrySet()) {
      found.add(
          Inconsistency.of(
              table,
              slice.getKey(),
              "the table holds %d rows that no run recorded".formatted(slice.getValue()),
              reload(slice.getKey())));
    }
  }

  private void quarantine(String name) {
    String table = "quarantine/" + name;
    String source = RunContext.sourceTable(name);
    Opened opened = run.lake().open(table);
    Map<String, Row> held =
        opened.exists()
            ? run
                .lake()
                .read(table)
                .groupBy(TableDefinition.SLICE)
                .agg(count(col(Versions.SOURCE_POSITION)), count(lit(1)))
                .collectAsList()
                .stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row))
            : new TreeMap<>();
    if (opened.exists()) {
      owner(opened);
    }
    Set<String> interrupted = run.ledger().interrupted(source);
    for (SliceRecord row : run.ledger().all(source)) {
      Row now = held.remove(row.slice());
      long rows = now == null ? 0 : now.getLong(1);
      long files = now == null ? 0 : now.getLong(2) - rows;
      Counts counts = row.counts();
      if (!interrupted.contains(row.slice())
          && (rows != counts.rowsQuarantined() || files != counts.filesQuarantined())) {
        found.add(
            Inconsistency.of(
                table,
                row.slice(),
                "it holds %d rows and %d files, the ledger says %d rows and %d files"
                    .formatted(rows, files, counts.rowsQuarantined(), counts.filesQuarantined()),
                reload(row.slice())));
      }
    }
    held.keySet().removeAll(interrupted);
    for (String slice : new TreeSet<>(held.keySet())) {
      found.add(
          Inconsistency.of(
              table,
              slice,
              "a run put rows there and was interrupted before it wrote the slice",
              VerifyTables.again(run, slice)));
    }
  }

  private void add(String table, String what, String remedy) {
    found.add(Inconsistency.of(table, what, remedy));
  }
}
