package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;

import dev.penstock.jobs.RunContext;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Kept;
import dev.penstock.lake.Lake;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/** Turns the slices that passed into versions, with the closings that they cause in others. */
record ComputeVersions(RunContext run) {

  /** What became of rows of a slice. */
  record Fate(String slice, String name, boolean changed) implements Serializable {}

  /**
   * Versions that a commit is to write; to be closed after it.
   *
   * @param passed the slices
   * @param opened what the table had recorded before its rows were read
   * @param kept what {@link Versions} made
   * @param fates how many of its rows have which
   */
  record Computed(Set<String> passed, Opened opened, Kept kept, Map<Fate, Long> fates)
      implements AutoCloseable {
    @Override
    public void close() {
      kept.close();
    }
  }

  /** Reads the table and the delivery and writes nothing; empty if no slice passed. */
  Optional<Computed> of(JudgedDelivery judged) {
    Set<String> passed = judged.passed();
    if (passed.isEmpty()) {
      return Optional.empty();
    }
    Opened opened = run.lake().open(judged.delivery().table());
    Kept kept = Kept.of(versions(judged, passed, opened));
    return Optional.of(new Computed(passed, opened, kept, fates(kept)));
  }

  /** By an RDD: Spark need not plan and compile a query for a handful of counters. */
  private static Map<Fate, Long> fates(Kept kept) {
    int slice = kept.rows().schema().fieldIndex(TableDefinition.SLICE);
    int fate = kept.rows().schema().fieldIndex(Versions.FATE);
    int changed = kept.rows().schema().fieldIndex(Versions.CHANGED);
    return kept.kept()
        .mapToPair(
            row ->
                new Tuple2<>(
                    new Fate(row.getString(slice), row.getString(fate), row.getBoolean(changed)),
                    1L))
        .reduceByKey(Long::sum)
        .collectAsMap();
  }

  private Dataset<Row> versions(JudgedDelivery judged, Set<String> passed, Opened opened) {
    Delivery delivery = judged.delivery();
    Versions versions = delivery.versions();
    List<String> identity =
        versions.key().isEmpty()
            ? List.of(Versions.SOURCE_FILE, Versions.SOURCE_POSITION)
            : versions.key();
    Column keyed =
        identity.stream().map(name -> col(name).isNotNull()).reduce(Column::and).orElseThrow();
    Dataset<Row> delivered =
        judged
            .staged()
            .where(Lake.inSlices(passed).and(keyed))
            .withColumn(Versions.PRESENT_ONLY, size(col(ReadFiles.BROKEN_RULES)).gt(0));
    return versions.apply(
        opened.transaction() == 0
            ? run.lake().frame(List.of(), Versions.schema(delivery.declared()))
            : stored(judged, delivered, passed, identity),
        delivered,
        passed,
        delivery.whole(),
        delivery.closesFrom());
  }

  /** All versions of every key that these slices may change. */
  private Dataset<Row> stored(
      JudgedDelivery judged, Dataset<Row> delivered, Set<String> passed, List<String> identity) {
    Delivery delivery = judged.delivery();
    Dataset<Row> table = run.lake().read(delivery.table());
    Optional<Column> affected = affected(judged, passed);
    Column[] key = identity.stream().map(name -> col(name)).toArray(Column[]::new);
    var names = scala.collection.JavaConverters.asScalaBuffer(identity).toList();
    if (affected.isEmpty()) {
      Column range = judged.keyRange().stream().reduce(Column::and).orElse(lit(true));
      return table.where(range).join(delivered.select(key).distinct(), names, "left_semi");
    }
    Dataset<Row> keys =
        delivered.select(key).union(table.where(affected.get()).select(key)).distinct();
    return table.join(keys, names, "left_semi");
  }

  /**
   * Which stored rows a commit may change beside the versions of the keys that it delivers: what an
   * earlier attempt wrote or closed, and what whole files may close. Empty if none.
   */
  private Optional<Column> affected(JudgedDelivery judged, Set<String> passed) {
    Delivery delivery = judged.delivery();
    List<Column> conditions = new ArrayList<>();
    Set<String> interrupted = run.ledger().interrupted(delivery.table());
    List<SlicePlan> again =
        delivery.plans().stream()
            .filter(plan -> plan.attempt() > 1 || interrupted.contains(plan.slice()))
            .toList();
    if (!again.isEmpty()) {
      conditions.add(Lake.inSlices(again.stream().map(SlicePlan::slice).toList()));
      Column[] ends =
          again.stream()
              .map(plan -> Constant.of(plan.interval().lastInstant()))
              .toArray(Column[]::new);
      conditions.add(col(Versions.KNOWN_UNTIL).isin((Object[]) ends));
    }
    Set<String> paths = new TreeSet<>();
    passed.forEach(slice -> paths.addAll(delivery.whole().getOrDefault(slice, Set.of())));
    if (!paths.isEmpty()) {
      conditions.add(closable(delivery, paths));
    }
    return conditions.stream().reduce(Column::or);
  }

  private static Column closable(Delivery delivery, Set<String> paths) {
    Instant firstEnd =
        delivery.plans().stream()
            .filter(plan -> delivery.whole().containsKey(plan.slice()))
            .map(plan -> plan.interval().lastInstant())
            .min(Instant::compareTo)
            .orElseThrow();
    Column open =
        col(Versions.SOURCE_FILE)
            .isin(paths.toArray())
            .and(
                col(Versions.KNOWN_UNTIL)
                    .isNull()
                    .or(col(Versions.KNOWN_UNTIL).gt(Constant.of(firstEnd))));
    if (delivery.closesFrom().isEmpty()) {
      return open;
    }
    long from = delivery.closesFrom().values().stream().min(Long::compare).orElseThrow();
    String event = delivery.versions().eventTime().orElse(Versions.KNOWN_FROM);
    return open.and(col(event).geq(Constant.micros(from)));
  }
}
