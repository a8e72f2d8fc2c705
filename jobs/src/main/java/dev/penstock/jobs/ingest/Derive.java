package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.lag;
import static org.apache.spark.sql.functions.lead;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.JudgeDelivery.Judgement;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.DerivedTable;
import dev.penstock.jobs.pipeline.Table;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Micros;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Computes a derived table's slices: its SQL over what was known at the end of each interval. Rows
 * that are as they were become no versions and are not judged again.
 */
final class Derive {
  /** What rows that SQL made have for a file. */
  private static final String PATH = "(sql)";

  /** What rows of the table itself have for a slice while results are compared with them. */
  private static final String STORED = "";

  /**
   * How many results one query may unite: Spark plans the whole query anew after each of its
   * exchanges, so its cost grows with the square of their number.
   */
  private static final int PLANNED_TOGETHER = 4;

  private static final String NUMBER = "_number";
  private static final String VALUE = "_value";
  private static final String GONE = "_gone";

  private final RunContext run;
  private final Fingerprints fingerprints;

  Derive(RunContext run, Fingerprints fingerprints) {
    this.run = run;
    this.fingerprints = fingerprints;
  }

  /**
   * Prepares the slices of {@code intervals}, in order; only those up to the first that is refused.
   */
  Prepared prepare(String name, List<Interval> intervals) {
    DerivedTable table = run.pipeline().tables().get(name);
    TablePlan plan = plan(name, intervals);
    List<SlicePlan> write = plan.write();
    Optional<Judgement> judgement =
        write.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new JudgeDelivery(run)
                    .judge(table, delivery(RunContext.sourceTable(name), table, write)));
    Optional<String> refused = judgement.flatMap(j -> firstRefusedBeforeOthers(j, write));
    if (refused.isPresent()) {
      return prepare(name, upTo(intervals, refused.get()));
    }
    return new Prepared(name, judgement, List.of(), plan.others(), List.of());
  }

  /** Which slices are to be computed, by what the ledger says now. */
  TablePlan plan(String name, List<Interval> intervals) {
    DerivedTable table = run.pipeline().tables().get(name);
    String path = RunContext.sourceTable(name);
    TablePlan plan = TablePlan.empty();
    for (Interval interval : intervals) {
      String fingerprint = fingerprints.ofDerived(table, interval.slice());
      Optional<SliceRecord> row = run.ledger().find(path, interval.slice());
      if (run.ledger().isCurrent(path, interval.slice(), fingerprint)) {
        plan.others().add(SliceOutcome.of(name, interval.slice(), Kind.CURRENT, ""));
      } else if (row.isPresent()
          && row.get().verdict() == Verdict.REFUSED
          && row.get().fingerprint().equals(fingerprint)) {
        plan.others()
            .add(SliceOutcome.of(name, interval.slice(), Kind.REFUSED, row.get().reason()));
      } else {
        plan.write()
            .add(
                new SlicePlan(
                    interval,
                    List.of(),
                    0,
                    fingerprint,
                    run.ledger().nextAttempt(path, interval.slice()),
                    row.filter(r -> !r.actor().isEmpty() && r.fingerprint().equals(fingerprint))
                        .map(r -> new SlicePlan.Acceptance(r.actor(), r.reason()))));
      }
    }
    return plan;
  }

  /** The slices after a refused one must be compared with the table, not with what it refused. */
  private static Optional<String> firstRefusedBeforeOthers(
      Judgement judgement, List<SlicePlan> write) {
    Set<String> passed = judgement.delivery().passed();
    return write.subList(0, write.size() - 1).stream()
        .map(SlicePlan::slice)
        .filter(slice -> !passed.contains(slice))
        .findFirst();
  }

  private static List<Interval> upTo(List<Interval> intervals, String last) {
    return intervals.stream().filter(interval -> interval.slice().compareTo(last) <= 0).toList();
  }

  private Delivery delivery(String path, DerivedTable table, List<SlicePlan> plans) {
    Opened opened = run.lake().open(path);
    String history =
        opened.transaction() > 0
            ? opened.properties().get(TableDefinition.FIRST_SLICE)
            : plans.get(0).slice();
    Map<String, Dataset<Row>> reads = reads(path, table, plans);
    List<Dataset<Row>> results = new ArrayList<>();
    Map<String, Set<String>> whole = new HashMap<>();
    Map<String, Long> closesFrom = new HashMap<>();
    for (SlicePlan plan : plans) {
      Instant active = activeFrom(table, plan.interval());
      closesFrom.put(plan.slice(), Micros.of(active));
      whole.put(plan.slice(), Set.of(PATH));
      boolean isHistory = plan.slice().compareTo(history) <= 0;
      results.add(result(table, reads, plan.interval(), active, isHistory));
    }
    StructType declared = declared(results.get(0));
    Versions versions =
        new Versions(
            Arrays.asList(declared.fieldNames()),
            table.key(),
            Optional.empty(),
            table.eventTime(),
            run.cadence());
    Dataset<Row> all = marked(united(path, results), table);
    Dataset<Row> compared = compared(all, table, declared, plans, opened, closesFrom);
    Dataset<Row> changes =
        run.lake()
            .stage(
                run.token(),
                name(path) + "_changes",
                compared.where(not(col(Delivery.AS_BEFORE)).or(col(GONE))));
    boolean isAnyGone = !changes.where(col(GONE)).isEmpty();
    Dataset<Row> rows =
        isAnyGone
            ? compared.where(col(TableDefinition.SLICE).notEqual(STORED)).drop(GONE)
            : changes.drop(GONE, Delivery.AS_BEFORE);
    return new Delivery(
        path,
        declared,
        versions,
        table.gate().toGate(),
        plans,
        withRaw(rows, declared),
        Map.of(),
        isAnyGone ? whole : Map.of(),
        isAnyGone ? closesFrom : Map.of(),
        history);
  }

  /** All results; those of many slices are staged, some at a time. */
  private Dataset<Row> united(String path, List<Dataset<Row>> results) {
    if (results.size() <= PLANNED_TOGETHER) {
      return union(results);
    }
    List<Callable<Dataset<Row>>> parts = new ArrayList<>();
    for (int i = 0; i < results.size(); i += PLANNED_TOGETHER) {
      String part = name(path) + "_results_" + i;
      Dataset<Row> rows = union(results.subList(i, Math.min(i + PLANNED_TOGETHER, results.size())));
      parts.add(() -> run.lake().stage(run.token(), part, rows));
    }
    return union(Parallel.all(parts));
  }

  private static Dataset<Row> union(List<Dataset<Row>> rows) {
    return rows.stream().reduce(Dataset::union).orElseThrow();
  }

  /** What goes to quarantine is in no table: the next slice's rows are not as before. */
  private Dataset<Row> marked(Dataset<Row> rows, DerivedTable table) {
    return table.gate().toGate().mark(rows, JudgeDelivery.referenced(run, table));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** What the SQL of all these slices reads; staged if several slices read it. */
  private Map<String, Dataset<Row>> reads(String path, DerivedTable table, List<SlicePlan> plans) {
    Map<String, Dataset<Row>> reads = new HashMap<>();
    table
        .reads()
        .forEach(
            (name, reach) -> {
              Dataset<Row> rows =
                  inReach(
                      name,
                      oldest(plans.get(0).interval(), reach).start(),
                      plans.get(plans.size() - 1).slice());
              reads.put(
                  name,
                  plans.size() == 1
                      ? rows
                      : run.lake().stage(run.token(), name(path) + "_reads_" + name, rows));
            });
    return reads;
  }

  /** The SQL's columns, without those that this class adds. */
  private static StructType declared(Dataset<Row> results) {
    StructType declared = new StructType();
    for (var field : results.schema().fields()) {
      if (field.name().equals(TableDefinition.SLICE)) {
        return declared;
      }
      declared = declared.add(field.name(), field.dataType(), true, field.metadata());
    }
    throw new IllegalStateException("no slice in " + results.schema());
  }

  /** The event time from which a slice decides; the oldest interval read is not whole. */
  private Instant activeFrom(DerivedTable table, Interval interval) {
    Duration shortest = table.reads().values().stream().min(Duration::compareTo).orElseThrow();
    return oldest(interval, shortest).end();
  }

  private Interval oldest(Interval interval, Duration reach) {
    return run.cadence().containing(interval.start().minus(reach));
  }

  private Dataset<Row> result(
      DerivedTable table,
      Map<String, Dataset<Row>> reads,
      Interval interval,
      Instant active,
      boolean history) {
    table
        .reads()
        .forEach(
            (name, reach) ->
                knownAtEnd(reads.get(name), table(name), interval, oldest(interval, reach).start())
                    .createOrReplaceTempView(name));
    Dataset<Row> rows = run.spark().sql(table.sql());
    table.reads().keySet().forEach(run.spark().catalog()::dropTempView);
    Column event = col(table.eventTime().orElseThrow());
    Column start = Constant.of(interval.start());
    Column end = Constant.of(interval.lastInstant());
    Column declared =
        table
            .knownTime()
            .map(name -> col(name))
            .orElse(
                table
                    .knownAfter()
                    .map(
                        after ->
                            event.plus(
                                expr("make_dt_interval(0, 0, 0, %d)".formatted(after.toSeconds()))))
                    .orElse(lit(null).cast("timestamp")));
    Column[] columns = Arrays.stream(rows.columns()).map(name -> col(name)).toArray(Column[]::new);
    List<Column> broken = new ArrayList<>();
    List<String> required = new ArrayList<>(table.key());
    table.eventTime().filter(name -> !required.contains(name)).ifPresent(required::add);
    required.forEach(name -> broken.add(when(col(name).isNull(), lit("not-null(" + name + ")"))));
    return rows.where(event.isNull().or(event.geq(Constant.of(active))))
        .withColumn(TableDefinition.SLICE, lit(interval.slice()))
        .withColumn(ReadFiles.SLICE_END, end)
        .withColumn(
            Versions.KNOWN_FROM,
            when(declared.isNotNull().and(lit(history).or(declared.geq(start))), declared)
                .otherwise(end))
        .withColumn(Versions.SOURCE_FILE, lit(PATH))
        .withColumn(Versions.SOURCE_POSITION, xxhash64(columns))
        .withColumn(
            ReadFiles.BROKEN_RULES,
            filter(
                array(broken.toArray(Column[]::new))
                    .cast(DataTypes.createArrayType(DataTypes.StringType)),
                Column::isNotNull));
  }

  private static Dataset<Row> withRaw(Dataset<Row> rows, StructType declared) {
    return rows.withColumn(ReadFiles.RAW, to_json(struct(columns(declared))));
  }

  private static Column[] columns(StructType declared) {
    return Arrays.stream(declared.fieldNames()).map(name -> col(name)).toArray(Column[]::new);
  }

  private Table table(String name) {
    return run.loaded().whole().table(name).orElseThrow();
  }

  private Dataset<Row> inReach(String name, Instant from, String lastSlice) {
    Table table = table(name);
    Dataset<Row> rows =
        run.lake()
            .read(RunContext.sourceTable(name), Versions.schema(run.loaded().schemas().get(name)));
    return rows.where(col(TableDefinition.SLICE).leq(lastSlice)).where(since(table, from));
  }

  private static Dataset<Row> knownAtEnd(
      Dataset<Row> rows, Table table, Interval interval, Instant from) {
    Column end = Constant.of(interval.lastInstant());
    return rows.where(
            col(TableDefinition.SLICE)
                .leq(interval.slice())
                .and(col(Versions.KNOWN_FROM).leq(end))
                .and(col(Versions.KNOWN_UNTIL).isNull().or(col(Versions.KNOWN_UNTIL).gt(end))))
        .where(since(table, from));
  }

  private static Column since(Table table, Instant from) {
    return table.eventTime().map(event -> col(event).geq(Constant.of(from))).orElse(lit(true));
  }

  /**
   * Adds to each row whether it is as the slice before, or the table, has it, and whether its key
   * is missing in the next slice. Rows of the table come as the slice {@link #STORED}.
   */
  private Dataset<Row> compared(
      Dataset<Row> results,
      DerivedTable table,
      StructType declared,
      List<SlicePlan> plans,
      Opened opened,
      Map<String, Long> closesFrom) {
    Column[] key = table.key().stream().map(name -> col(name)).toArray(Column[]::new);
    String event = table.eventTime().orElseThrow();
    Dataset<Row> rows = results;
    if (opened.transaction() > 0) {
      rows = results.unionByName(stored(opened, event, plans.get(0), closesFrom), true);
    }
    Column number = lit(0);
    Column nextFrom = lit(null).cast("timestamp");
    for (int i = 0; i < plans.size(); i++) {
      String before = i == 0 ? STORED : plans.get(i - 1).slice();
      Column from = Constant.micros(closesFrom.get(plans.get(i).slice()));
      number =
          when(col(TableDefinition.SLICE).equalTo(plans.get(i).slice()), i + 1).otherwise(number);
      nextFrom = when(col(TableDefinition.SLICE).equalTo(before), from).otherwise(nextFrom);
    }
    var byKey = Window.partitionBy(key).orderBy(NUMBER);
    Column alone =
        count(lit(1)).over(Window.partitionBy(key).orderBy(NUMBER).rangeBetween(0, 0)).equalTo(1);
    Column isSound = coalesce(size(col(ReadFiles.BROKEN_RULES)), lit(0)).leq(0);
    Column same =
        lag(NUMBER, 1)
            .over(byKey)
            .equalTo(col(NUMBER).minus(1))
            .and(lag(VALUE, 1).over(byKey).eqNullSafe(col(VALUE)))
            .and(alone)
            .and(lag(isSound, 1).over(byKey))
            .and(isSound);
    Column followed = coalesce(lead(NUMBER, 1).over(byKey).leq(col(NUMBER).plus(1)), lit(false));
    return rows.withColumn(NUMBER, number)
        .withColumn(VALUE, struct(columns(declared)))
        .withColumn(Delivery.AS_BEFORE, coalesce(same, lit(false)).or(col(NUMBER).equalTo(0)))
        .withColumn(GONE, coalesce(not(followed).and(col(event).geq(nextFrom)), lit(false)))
        .drop(NUMBER, VALUE);
  }

  /** The table's rows that were current before the first of these slices. */
  private Dataset<Row> stored(
      Opened opened, String event, SlicePlan first, Map<String, Long> closesFrom) {
    Column until = col(Versions.KNOWN_UNTIL);
    return run.lake()
        .read(opened.table())
        .where(col(TableDefinition.SLICE).lt(first.slice()))
        .where(until.isNull().or(until.gt(Constant.of(first.interval().lastInstant()))))
        .where(col(event).geq(Constant.micros(closesFrom.get(first.slice()))))
        .drop(Versions.KNOWN_UNTIL)
        .withColumn(TableDefinition.SLICE, lit(STORED));
  }
}
