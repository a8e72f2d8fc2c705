package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_union;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_from_arrays;
import static org.apache.spark.sql.functions.size;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.ComputeVersions.Computed;
import dev.penstock.jobs.ingest.ComputeVersions.Fate;
import dev.penstock.jobs.ledger.SliceFile;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.Lake;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import dev.penstock.lake.Written;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Writes judged slices: what is refused to quarantine, the versions of the rest to the table. */
final class WriteSlices {
  private final RunContext run;
  private final Lake lake;

  WriteSlices(RunContext run) {
    this.run = run;
    this.lake = run.lake();
  }

  /** Puts refused rows, slices and files into quarantine, in one commit if there are any. */
  void quarantine(JudgedDelivery judged) {
    Delivery delivery = judged.delivery();
    boolean any = judged.quarantinesSomething();
    boolean again =
        delivery.plans().stream().anyMatch(plan -> plan.attempt() > 1)
            || !run.ledger().interrupted(delivery.table()).isEmpty();
    if (!any && !(again && lake.exists(delivery.quarantine()))) {
      return;
    }
    TableDefinition table =
        TableDefinition.sliced(
            delivery.quarantine(),
            quarantineSchema(delivery.declared()),
            run.pipeline().pipeline());
    Opened opened = lake.open(table.name());
    Dataset<Row> rows =
        judged
            .news()
            .withColumn(ReadFiles.BROKEN_RULES, withRefusals(judged))
            .where(size(col(ReadFiles.BROKEN_RULES)).gt(0))
            .select(columns(table.schema()))
            .unionByName(lake.frame(brokenFiles(delivery), table.schema()));
    lake.replace(table, opened, judged.slices(), rows, run.token());
  }

  /** The broken rules of a row and those for which its slice was refused. */
  private static Column withRefusals(JudgedDelivery judged) {
    Map<String, List<String>> refusals = judged.refusedRules();
    if (refusals.isEmpty()) {
      return col(ReadFiles.BROKEN_RULES);
    }
    Column[] slices = refusals.keySet().stream().map(s -> lit(s)).toArray(Column[]::new);
    Column[] rules =
        refusals.values().stream()
            .map(names -> array(names.stream().map(n -> lit(n)).toArray(Column[]::new)))
            .toArray(Column[]::new);
    Column ofSlice = map_from_arrays(array(slices), array(rules)).apply(col(TableDefinition.SLICE));
    return array_union(
        col(ReadFiles.BROKEN_RULES),
        coalesce(ofSlice, array().cast(DataTypes.createArrayType(DataTypes.StringType))));
  }

  private static List<Row> brokenFiles(Delivery delivery) {
    List<Row> rows = new ArrayList<>();
    int values = delivery.declared().size();
    for (SlicePlan plan : delivery.plans()) {
      for (SliceFile file : plan.sliceFiles()) {
        String problem = delivery.problems().get(file.name());
        if (problem != null) {
          Object[] row = new Object[values + 5];
          row[values + 1] = new String[] {"file: " + problem};
          row[values + 2] = file.name();
          row[values + 4] = plan.slice();
          rows.add(RowFactory.create(row));
        }
      }
    }
    return rows;
  }

  private static StructType quarantineSchema(StructType declared) {
    return new StructType(declared.fields())
        .add(ReadFiles.RAW, "string", true, "The row as it came; null for a whole file.")
        .add(
            ReadFiles.BROKEN_RULES,
            DataTypes.createArrayType(DataTypes.StringType),
            true,
            "The rules that the row, its file or its slice broke.")
        .add(Versions.SOURCE_FILE, "string", true, "The file that brought the row.")
        .add(Versions.SOURCE_POSITION, "bigint", true, "Its position there; null for a whole file.")
        .add(TableDefinition.SLICE, "string", true, "The interval whose run refused it.");
  }

  private static Column[] columns(StructType schema) {
    return Arrays.stream(schema.fieldNames()).map(name -> col(name)).toArray(Column[]::new);
  }

  /**
   * Commits the slices that passed, with the closings that they cause in others, and records what
   * became of all.
   *
   * @param computed of the slices that passed; is closed
   */
  List<SliceRecord> commit(JudgedDelivery judged, Optional<Computed> computed) {
    Delivery delivery = judged.delivery();
    Map<String, Counts> written = Map.of();
    long transaction = run.ledger().transaction(delivery.table());
    if (computed.isPresent()) {
      try (Computed versions = computed.get()) {
        written = counts(judged, versions.fates());
        transaction = write(delivery, versions).transaction();
      }
    }
    List<SliceRecord> records = new ArrayList<>();
    for (SlicePlan plan : delivery.plans()) {
      boolean isPassed = written.containsKey(plan.slice());
      records.add(
          record(
              delivery,
              plan,
              isPassed ? Verdict.COMMITTED : Verdict.REFUSED,
              isPassed ? transaction : run.ledger().transaction(delivery.table()),
              isPassed ? written.get(plan.slice()) : judged.refusedCounts(plan),
              judged));
    }
    return records;
  }

  private Written write(Delivery delivery, Computed versions) {
    TableDefinition table =
        TableDefinition.sliced(
                delivery.table(), Versions.schema(delivery.declared()), run.pipeline().pipeline())
            .with(TableDefinition.FIRST_SLICE, delivery.history());
    Opened opened = versions.opened();
    lake.create(table);
    if (opened.exists()
        && opened.transaction() == 0
        && !delivery.history().equals(opened.properties().get(TableDefinition.FIRST_SLICE))) {
      lake.setProperty(table.name(), TableDefinition.FIRST_SLICE, delivery.history());
    }
    Set<String> touched =
        versions.fates().keySet().stream()
            .filter(Fate::changed)
            .map(Fate::slice)
            .collect(Collectors.toSet());
    touched.removeAll(versions.passed());
    Set<String> all = new TreeSet<>(versions.passed());
    all.addAll(touched);
    Dataset<Row> rows = content(versions.kept().rows(), all, touched, delivery);
    return lake.replace(table, opened, all, rows, run.token());
  }

  private Dataset<Row> content(
      Dataset<Row> result, Set<String> all, Set<String> touched, Delivery delivery) {
    Column[] columns = columns(Versions.schema(delivery.declared()));
    Dataset<Row> rows =
        result
            .where(col(Versions.FATE).isin("STORED", "ADDED").and(Lake.inSlices(all)))
            .select(columns);
    if (touched.isEmpty()) {
      return rows;
    }
    Dataset<Row> others =
        lake.read(delivery.table())
            .where(Lake.inSlices(touched))
            .join(
                result
                    .where(col(Versions.FATE).equalTo("STORED"))
                    .select(TableDefinition.SLICE, Versions.SOURCE_FILE, Versions.SOURCE_POSITION),
                scala.collection.JavaConverters.asScalaBuffer(
                        List.of(
                            TableDefinition.SLICE, Versions.SOURCE_FILE, Versions.SOURCE_POSITION))
                    .toList(),
                "left_anti");
    return rows.unionByName(others.select(columns));
  }

  /** Of each slice that passed. */
  private static Map<String, Counts> counts(JudgedDelivery judged, Map<Fate, Long> fates) {
    Map<String, Map<String, Long>> byFate = new TreeMap<>();
    fates.forEach(
        (fate, rows) ->
            byFate
                .computeIfAbsent(fate.slice(), slice -> new HashMap<>())
                .merge(fate.name(), rows, Long::sum));
    Map<String, Long> asBefore = judged.rowsAsBefore();
    Set<String> passed = judged.passed();
    Map<String, Counts> counts = new HashMap<>();
    for (SlicePlan plan : judged.delivery().plans()) {
      if (!passed.contains(plan.slice())) {
        continue;
      }
      Map<String, Long> fate = byFate.getOrDefault(plan.slice(), Map.of());
      counts.put(
          plan.slice(),
          judged.counts(
              plan,
              fate.getOrDefault("ADDED", 0L),
              fate.getOrDefault("UNCHANGED", 0L) - asBefore.getOrDefault(plan.slice(), 0L),
              fate.getOrDefault("DUPLICATE", 0L)));
    }
    return counts;
  }

  private SliceRecord record(
      Delivery delivery,
      SlicePlan plan,
      Verdict verdict,
      long transaction,
      Counts counts,
      JudgedDelivery judged) {
    List<SliceFile> files =
        plan.sliceFiles().stream()
            .map(
                file ->
                    new SliceFile(
                        file.name(),
                        file.hash(),
                        file.bytes(),
                        file.arrival(),
                        Optional.ofNullable(delivery.problems().get(file.name()))))
            .toList();
    return new SliceRecord(
        delivery.table(),
        plan.slice(),
        run.pipeline().pipeline(),
        verdict,
        plan.fingerprint(),
        transaction,
        plan.attempt(),
        files,
        counts,
        judged.rows().broken(plan.slice()),
        verdict == Verdict.REFUSED
            ? String.join("; ", judged.verdict(plan).reasons())
            : plan.accepted().map(SlicePlan.Acceptance::reason).orElse(""),
        plan.accepted().map(SlicePlan.Acceptance::actor).orElse(""),
        run.token(),
        run.codeVersion());
  }
}
