package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.jobs.pipeline.Table;
import dev.penstock.lake.Versions;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Profile;
import dev.penstock.validation.RowScan;
import dev.penstock.validation.Severity;
import dev.penstock.validation.SliceFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Stages what was delivered and judges it by the table's gate. */
record JudgeDelivery(RunContext run) {

  /** What a gate said. */
  record Judgement(JudgedDelivery delivery, List<Profile> profiles) {}

  /** The tables that a gate looks values up in, by name; empty if they are not there yet. */
  static Map<String, Dataset<Row>> referenced(RunContext run, Table table) {
    Map<String, Dataset<Row>> referenced = new HashMap<>();
    for (String name : Fingerprints.referencedTables(table)) {
      referenced.put(
          name,
          run.lake()
              .read(
                  RunContext.sourceTable(name), Versions.schema(run.loaded().schemas().get(name))));
    }
    return referenced;
  }

  /** Stages the rows, once, and judges every slice. */
  Judgement judge(Table table, Delivery delivery) {
    Map<String, Dataset<Row>> referenced = referenced(run, table);
    Dataset<Row> marked =
        delivery
            .gate()
            .mark(delivery.rows(), referenced)
            .withColumn(
                ReadFiles.RAW, when(size(col(ReadFiles.BROKEN_RULES)).gt(0), col(ReadFiles.RAW)));
    Dataset<Row> staged = run.lake().stage(run.token(), delivery.name(), marked);
    Dataset<Row> news = delivery.news(staged);
    RowScan scan =
        RowScan.of(
            news, delivery.versions().key(), Arrays.asList(delivery.declared().fieldNames()));
    Optional<String> eventTime = delivery.versions().eventTime();
    List<Check> checks =
        new ArrayList<>(
            delivery
                .gate()
                .judge(news, scan.counts(), eventTime, facts(table, delivery), referenced));
    JudgedDelivery judged = new JudgedDelivery(delivery, staged, news, checks, scan.counts());
    if (table instanceof Source source && source.snapshot()) {
      checks.addAll(emptySnapshots(judged));
    }
    return new Judgement(judged, scan.profiles());
  }

  private static List<Check> emptySnapshots(JudgedDelivery judged) {
    return judged.delivery().plans().stream()
        .filter(plan -> !plan.files().isEmpty() && judged.rows().left(plan.slice()) == 0)
        .map(
            plan ->
                new Check(
                    plan.slice(),
                    Severity.REFUSE,
                    "empty-snapshot",
                    "",
                    Outcome.FAILED,
                    0.0,
                    "at least 1",
                    0,
                    null,
                    null,
                    "the snapshot has no row that can be read; an empty one would close every key"))
        .toList();
  }

  /** A source's slice without a file is not judged: nothing came. */
  private List<SliceFacts> facts(Table table, Delivery delivery) {
    List<SliceFacts.Earlier> earlier = new ArrayList<>();
    Set<String> planned = new TreeSet<>();
    delivery.plans().forEach(plan -> planned.add(plan.slice()));
    for (SliceRecord row : run.ledger().all(delivery.table())) {
      if (row.verdict() == Verdict.COMMITTED
          && !planned.contains(row.slice())
          && row.counts().filesSeen() + row.counts().rowsSeen() > 0) {
        Instant end = run.cadence().named(row.slice()).lastInstant();
        Counts counts = row.counts();
        earlier.add(new SliceFacts.Earlier(end, counts.rowsSeen() - counts.rowsQuarantined()));
      }
    }
    return delivery.plans().stream()
        .filter(plan -> !(table instanceof Source) || !plan.files().isEmpty())
        .map(plan -> new SliceFacts(plan.slice(), plan.interval().lastInstant(), earlier))
        .toList();
  }
}
