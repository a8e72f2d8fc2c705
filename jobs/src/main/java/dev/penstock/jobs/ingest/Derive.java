package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.lag;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Ingest.Judgement;
import dev.penstock.jobs.ingest.Ingest.Prepared;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.DerivedTable;
import dev.penstock.jobs.pipeline.Table;
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
import java.util.function.BiFunction;
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

  private static final String BEFORE = "_before";
  private static final String VALUE = "_value";

  private final RunContext run;
  private final Fingerprints fingerprints;

  Derive(RunContext run, Fingerprints fingerprints) {
    this.run = run;
    this.fingerprints = fingerprints;
  }

  Prepared prepare(
      String name, List<Interval> intervals, BiFunction<Table, Delivery, Judgement> judge) {
    DerivedTable table = run.pipeline().tables().get(name);
    String path = RunContext.sourceTable(name);
    List<SlicePlan> write = new ArrayList<>();
    List<SliceOutcome> others = new ArrayList<>();
    for (Interval interval : intervals) {
      String fingerprint = fingerprints.ofDerived(table, interval.slice());
      Optional<SliceRecord> row = run.ledger().find(path, interval.slice());
      if (run.ledger().isCurrent(path, interval.slice(), fingerprint)) {
        others.add(SliceOutcome.of(name, interval.slice(), Kind.CURRENT, ""));
      } else if (row.isPresent()
          && row.get().verdict() == Verdict.REFUSED
          && row.get().fingerprint().equals(fingerprint)) {
        others.add(SliceOutcome.of(name, interval.slice(), Kind.REFUSED, row.get().reason()));
      } else {
        write.add(
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
    Optional<Judgement> judgement =
        write.isEmpty()
            ? Optional.empty()
            : Optional.of(judge.apply(table, delivery(path, table, write)));
    return new Prepared(name, judgement, List.of(), others, List.of());
  }

  private Delivery delivery(String path, DerivedTable table, List<SlicePlan> plans) {
    Opened opened = run.lake().open(path);
    String history =
        opened.transaction() > 0
            ? opened.properties().get(TableDefinition.FIRST_SLICE)
            : plans.get(0).slice();
    Dataset<Row> results = null;
    Map<String, Set<String>> whole = new HashMap<>();
    Map<String, Long> closesFrom = new HashMap<>();
    for (SlicePlan plan : plans) {
      Instant active = activeFrom(table, plan.interval());
      closesFrom.put(plan.slice(), Micros.of(active));
      whole.put(plan.slice(), Set.of(PATH));
      Dataset<Row> result =
          result(table, plan.interval(), active, plan.slice().compareTo(history) <= 0);
      results = results == null ? result : results.unionByName(result);
    }
    StructType declared = declared(results);
    Versions versions =
        new Versions(
            Arrays.asList(declared.fieldNames()),
            table.key(),
            Optional.empty(),
            table.eventTime(),
            run.cadence());
    return new Delivery(
        path,
        declared,
        versions,
        table.gate().toGate(),
        plans,
        withBefore(results, table, declared, plans, opened),
        Map.of(),
        whole,
        closesFrom,
        history);
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
      DerivedTable table, Interval interval, Instant active, boolean history) {
    for (var read : table.reads().entrySet()) {
      knownAtEnd(read.getKey(), interval, oldest(interval, read.getValue()).start())
          .createOrReplaceTempView(read.getKey());
    }
    Dataset<Row> rows = run.spark().sql(table.sql());
    table.reads().keySet().forEach(run.spark().catalog()::dropTempView);
    Column event = col(table.eventTime().orElseThrow());
    Column start = at(interval.start());
    Column end = at(interval.lastInstant());
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
    return rows.where(event.isNull().or(event.geq(at(active))))
        .withColumn(TableDefinition.SLICE, lit(interval.slice()))
        .withColumn(ReadFiles.SLICE_END, end)
        .withColumn(
            Versions.KNOWN_FROM,
            when(declared.isNotNull().and(lit(history).or(declared.geq(start))), declared)
                .otherwise(end))
        .withColumn(Versions.SOURCE_FILE, lit(PATH))
        .withColumn(Versions.SOURCE_POSITION, xxhash64(columns))
        .withColumn(ReadFiles.RAW, to_json(struct(columns)))
        .withColumn(
            ReadFiles.BROKEN_RULES,
            filter(
                array(broken.toArray(Column[]::new))
                    .cast(DataTypes.createArrayType(DataTypes.StringType)),
                Column::isNotNull));
  }

  private Dataset<Row> knownAtEnd(String name, Interval interval, Instant from) {
    Table table =
        run.pipeline().sources().containsKey(name)
            ? run.pipeline().sources().get(name)
            : run.pipeline().tables().get(name);
    Column end = at(interval.lastInstant());
    Dataset<Row> rows =
        table instanceof dev.penstock.jobs.pipeline.Source source
            ? run.lake().read(RunContext.sourceTable(name), Versions.schema(source.schema()))
            : run.lake().read(RunContext.sourceTable(name));
    Column known =
        col(TableDefinition.SLICE)
            .leq(interval.slice())
            .and(col(Versions.KNOWN_FROM).leq(end))
            .and(col(Versions.KNOWN_UNTIL).isNull().or(col(Versions.KNOWN_UNTIL).gt(end)));
    Column inReach = table.eventTime().map(event -> col(event).geq(at(from))).orElse(lit(true));
    return rows.where(known.and(inReach));
  }

  /** Marks the rows that equal what the slice before, or the table, says of their key. */
  private Dataset<Row> withBefore(
      Dataset<Row> results,
      DerivedTable table,
      StructType declared,
      List<SlicePlan> plans,
      Opened opened) {
    Column[] key = table.key().stream().map(name -> col(name)).toArray(Column[]::new);
    Column[] columns =
        Arrays.stream(declared.fieldNames()).map(name -> col(name)).toArray(Column[]::new);
    Dataset<Row> rows = results.withColumn(VALUE, struct(columns));
    String first = plans.get(0).slice();
    if (plans.size() > 1) {
      Map<String, String> slicesBefore = new HashMap<>();
      for (int i = 1; i < plans.size(); i++) {
        slicesBefore.put(plans.get(i).slice(), plans.get(i - 1).slice());
      }
      var byKey = Window.partitionBy(key).orderBy(TableDefinition.SLICE);
      Column isNext = lit(false);
      Column before = lag(col(TableDefinition.SLICE), 1).over(byKey);
      for (var pair : slicesBefore.entrySet()) {
        isNext =
            isNext.or(
                col(TableDefinition.SLICE)
                    .equalTo(pair.getKey())
                    .and(before.equalTo(pair.getValue())));
      }
      rows =
          rows.withColumn(
              Delivery.AS_BEFORE,
              isNext.and(lag(col(VALUE), 1).over(byKey).eqNullSafe(col(VALUE))));
    } else {
      rows = rows.withColumn(Delivery.AS_BEFORE, lit(false));
    }
    if (opened.transaction() > 0) {
      Dataset<Row> current =
          run.lake()
              .read(opened.table())
              .where(
                  col(TableDefinition.SLICE)
                      .lt(first)
                      .and(
                          col(Versions.KNOWN_UNTIL)
                              .isNull()
                              .or(
                                  col(Versions.KNOWN_UNTIL)
                                      .gt(at(plans.get(0).interval().lastInstant())))))
              .select(struct(key).as("_key"), struct(columns).as(BEFORE));
      rows =
          rows.join(
                  current,
                  struct(key).equalTo(col("_key")).and(col(TableDefinition.SLICE).equalTo(first)),
                  "left")
              .withColumn(
                  Delivery.AS_BEFORE,
                  col(Delivery.AS_BEFORE)
                      .or(coalesce(col(BEFORE).eqNullSafe(col(VALUE)), lit(false))))
              .drop("_key", BEFORE);
    }
    return rows.withColumn(
            Delivery.AS_BEFORE,
            col(Delivery.AS_BEFORE).and(size(col(ReadFiles.BROKEN_RULES)).equalTo(0)))
        .drop(VALUE);
  }

  private static Column at(Instant instant) {
    return timestamp_micros(lit(Micros.of(instant)));
  }
}
