package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import dev.penstock.features.Durations;
import dev.penstock.features.Feature;
import dev.penstock.features.FeatureGroup;
import dev.penstock.features.GroupDefinition;
import dev.penstock.features.PointInTime;
import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Fingerprints;
import dev.penstock.jobs.ledger.Fingerprint;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.GroupSection;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Micros;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * Writes the feature tables that notebooks read: per group and interval one row per key with an
 * event in reach, as of the interval's end. Training and scoring never read them.
 */
public final class MaterializeFeatures {
  /** Two centuries: beyond 1900, when a first snapshot is known from. */
  private static final Duration EVER = Duration.ofDays(73_000);

  private static final String IN_REACH = "_in_reach";

  private final RunContext run;

  public MaterializeFeatures(RunContext run) {
    this.run = run;
  }

  /** The table of a group. */
  static String table(String group) {
    return "features/" + group;
  }

  /**
   * Writes the slices of {@code intervals} that are not current, one commit a group.
   *
   * @return the ledger's rows of them, not recorded yet
   */
  public List<SliceRecord> run(List<Interval> intervals) {
    List<Callable<List<SliceRecord>>> tasks = new ArrayList<>();
    for (String group : run.pipeline().features().keySet()) {
      tasks.add(() -> write(group, intervals));
    }
    return Parallel.all(tasks).stream().flatMap(List::stream).toList();
  }

  private List<SliceRecord> write(String name, List<Interval> intervals) {
    GroupSection section = run.pipeline().features().get(name);
    Map<String, String> fingerprints = new HashMap<>();
    List<Interval> stale = new ArrayList<>();
    for (Interval interval : intervals) {
      String fingerprint = fingerprint(name, interval);
      if (!run.ledger().isCurrent(table(name), interval.slice(), fingerprint)) {
        fingerprints.put(interval.slice(), fingerprint);
        stale.add(interval);
      }
    }
    String source = RunContext.sourceTable(section.from());
    if (stale.isEmpty() || !run.lake().exists(source)) {
      return List.of();
    }
    GroupDefinition definition = definition(name, section);
    TableDefinition table =
        TableDefinition.sliced(table(name), schema(definition), run.pipeline().pipeline())
            .with(TableDefinition.DEFINITION, definition.text());
    Opened opened = run.lake().open(table.name());
    Set<String> slices = new TreeSet<>(fingerprints.keySet());
    Written written =
        run.lake().replace(table, opened, slices, rows(definition.group(), stale), run.token());
    return stale.stream()
        .map(
            interval ->
                run.made(
                    table.name(),
                    interval.slice(),
                    fingerprints.get(interval.slice()),
                    written.transaction(),
                    Counts.rows(written.rows(interval.slice()))))
        .toList();
  }

  /** The fingerprint of a group's slice. */
  String fingerprint(String name, Interval interval) {
    GroupSection section = run.pipeline().features().get(name);
    String source = RunContext.sourceTable(section.from());
    return new Fingerprint(
            Map.of(
                Fingerprint.CONFIGURATION,
                ConfigHash.of(section, name),
                source,
                new Fingerprints(run).ofTable(source, interval.slice())))
        .text();
  }

  private GroupDefinition definition(String name, GroupSection section) {
    KnownRows known = new KnownRows(run);
    return new GroupDefinition(
        section.toFeatureGroup(name),
        known.table(section.from()).key(),
        known.eventTime(section.from()),
        section.description(),
        section.descriptions(run.loaded().schemas().get(section.from())));
  }

  private StructType schema(GroupDefinition definition) {
    FeatureGroup group = definition.group();
    StructType source = run.loaded().schemas().get(group.from());
    StructType schema = new StructType();
    for (String key : group.by()) {
      schema = schema.add(source.apply(key));
    }
    schema =
        schema.add(
            PointInTime.AS_OF_TIME, "timestamp", true, "The last microsecond of the interval.");
    StructType types = run.loaded().featureColumns().get(group.name());
    for (Feature feature : definition.features()) {
      DataType type = types.apply(feature.column()).dataType();
      schema = schema.add(feature.column(), type, true, feature.meaning());
    }
    return schema.add(TableDefinition.SLICE, "string", true, "The interval.");
  }

  /** Every key that has an event in reach, as of the end of each interval, with its features. */
  private Dataset<Row> rows(FeatureGroup group, List<Interval> intervals) {
    Interval last = intervals.get(intervals.size() - 1);
    KnownRows known = new KnownRows(run);
    Duration reach = group.reach().orElse(EVER);
    Duration window = reach.minus(group.delay());
    FeatureGroup counted = group.counting(IN_REACH, window);
    String inReach = group.name() + "__" + IN_REACH + "_" + Durations.text(window);
    Instant earliest = intervals.get(0).lastInstant();
    Column[] key = group.by().stream().map(name -> col(name)).toArray(Column[]::new);
    Column keyed =
        group.by().stream()
            .map(name -> col(name).isNotNull())
            .reduce(Column::and)
            .orElse(lit(true));
    Dataset<Row> ends = ends(intervals);
    Dataset<Row> asOfRows =
        group.by().isEmpty()
            ? ends
            : known
                .upTo(group.from(), last)
                .where(keyed)
                .where(col(known.eventTime(group.from())).geq(Constant.of(earliest.minus(reach))))
                .select(key)
                .distinct()
                .crossJoin(broadcast(ends));
    Column[] columns =
        java.util.stream.Stream.of(
                group.by().stream(),
                java.util.stream.Stream.of(PointInTime.AS_OF_TIME),
                group.columns().stream(),
                java.util.stream.Stream.of(TableDefinition.SLICE))
            .flatMap(names -> names)
            .map(name -> col(name))
            .toArray(Column[]::new);
    return PointInTime.of(List.of(counted))
        .between(earliest, last.lastInstant())
        .join(asOfRows, known.events(List.of(group.from()), last))
        .where(col(inReach).gt(0))
        .select(columns);
  }

  private Dataset<Row> ends(List<Interval> intervals) {
    List<Row> rows =
        intervals.stream()
            .map(interval -> RowFactory.create(interval.slice(), Micros.of(interval.lastInstant())))
            .toList();
    return run.lake()
        .frame(rows, StructType.fromDDL("slice STRING, _end BIGINT"))
        .withColumn(PointInTime.AS_OF_TIME, expr("timestamp_micros(_end)"))
        .drop("_end");
  }
}
