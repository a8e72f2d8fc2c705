package dev.penstock.features;

import static dev.penstock.features.BoundGroup.quoted;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * Keys with so many rows that one task should not have them all: their time is cut into parts, and
 * the part becomes one more key column. An event is in each part whose as-of times can see it, so a
 * part begins with all that it needs; parts are at least as long as features reach, so an event is
 * in two of them on average, at most.
 *
 * @param earliest as-of time, microseconds
 * @param length of a part, microseconds
 * @param parts how many there are
 * @param hashes of the keys, and of those that share them
 */
record HotKeys(long earliest, long length, int parts, List<Long> hashes) {
  private static final String PART = "_part_of_time";
  private static final String HASH = "hash";

  /** Fewer would hardly pay for the events that are in two. */
  private static final int LEAST_PARTS = 4;

  private static final int MOST_PARTS = 16;
  private static final int MOST_KEYS = 1_000;

  /** What Spark takes a row of one BIGINT for. */
  private static final long HASHED_BYTES = 16;

  /** Among fewer times as many rows as make a key hot one task's share is not worth a look. */
  private static final long WORTH_LOOKING = 10;

  /** How many rows of a hot key the sample has. */
  private static final double SAMPLED = 10_000;

  /**
   * Looks for keys of a pass by one Spark job over a sample, if there can be any: features must not
   * reach back without bound, the as-of times must span several times as much, and the rows must be
   * many.
   *
   * @param tables by group
   * @param rows a key with more of them, as-of rows and events, is hot
   */
  static Optional<HotKeys> find(
      List<FeatureGroup> groups,
      Dataset<Row> asOfRows,
      Map<String, Events> tables,
      Optional<Range> range,
      long rows) {
    boolean bounded = groups.stream().allMatch(group -> group.reach().isPresent());
    if (range.isEmpty() || !bounded) {
      return Optional.empty();
    }
    long reach =
        groups.stream().map(g -> Event.micros(g.boundedReach())).max(Long::compare).orElseThrow();
    long span = range.get().latest() - range.get().earliest();
    int parts = (int) Math.min(MOST_PARTS, span / Math.max(1, reach));
    if (parts < LEAST_PARTS) {
      return Optional.empty();
    }
    Dataset<Row> hashed = hashed(asOfRows, groups.get(0).asOfBy());
    for (FeatureGroup group : groups) {
      Events events = tables.get(group.name());
      Column seen =
          range
              .get()
              .sees(
                  quoted(events.eventTime()),
                  group.leastDelay(),
                  Optional.of(group.boundedReach()));
      hashed = hashed.union(hashed(events.rows().where(seen), key(group, groups.get(0))));
    }
    long bytes = hashed.queryExecution().optimizedPlan().stats().sizeInBytes().longValue();
    if (bytes / HASHED_BYTES / WORTH_LOOKING < rows) {
      return Optional.empty();
    }
    double share = Math.min(1, SAMPLED / rows);
    List<Long> hashes =
        hashed
            .sample(share, 1)
            .groupBy(HASH)
            .agg(count(lit(1)).as("rows"))
            .where(col("rows").gt(rows * share))
            .orderBy(col("rows").desc(), col(HASH))
            .limit(MOST_KEYS)
            .collectAsList()
            .stream()
            .map(row -> row.getLong(0))
            .toList();
    return hashes.isEmpty()
        ? Optional.empty()
        : Optional.of(new HotKeys(range.get().earliest(), span / parts + 1, parts, hashes));
  }

  private static Dataset<Row> hashed(Dataset<Row> rows, List<String> key) {
    return rows.select(hash(key).as(HASH));
  }

  private static Column hash(List<String> key) {
    return key.isEmpty()
        ? lit(0L)
        : xxhash64(key.stream().map(BoundGroup::quoted).toArray(Column[]::new));
  }

  /** The key columns of a group's table in the order that the as-of rows have in {@code first}. */
  private static List<String> key(FeatureGroup group, FeatureGroup first) {
    return first.asOfBy().stream().map(c -> group.by().get(group.asOfBy().indexOf(c))).toList();
  }

  /** The groups with the part of time as one more key column. */
  List<FeatureGroup> groups(List<FeatureGroup> groups) {
    return groups.stream().map(group -> group.alsoBy(PART)).toList();
  }

  /** Each as-of row in its part. */
  Dataset<Row> asOfRows(List<FeatureGroup> groups, Dataset<Row> rows) {
    Column time = Wire.to(col(PointInTime.AS_OF_TIME), DataTypes.TimestampType);
    Column part = when(isHot(groups.get(0).asOfBy()), coalesce(part(time), lit(0L))).otherwise(0L);
    return rows.withColumn(PART, part);
  }

  /** Each event in all parts that can see it, by group. */
  Map<String, Events> events(List<FeatureGroup> groups, Map<String, Events> tables) {
    Map<String, Events> split = new HashMap<>();
    for (FeatureGroup group : groups) {
      Events events = tables.get(group.name());
      Column time = micros(events.rows(), events.eventTime());
      Column seen = greatest(time, micros(events.rows(), "known_from"));
      Column until = micros(events.rows(), "known_until");
      Column gone = least(time.plus(Event.micros(group.boundedReach())), until); // null is left out
      Column hot = isHot(key(group, groups.get(0)));
      Column first = when(hot, part(seen)).otherwise(0L);
      Column last = when(hot, part(gone.minus(1L))).otherwise(0L);
      Dataset<Row> rows =
          events
              .rows()
              .where(first.leq(last))
              .withColumn(PART, explode(sequence(first, last, lit(1L))));
      split.put(group.name(), new Events(rows, events.key(), events.eventTime()));
    }
    return split;
  }

  private static Column micros(Dataset<Row> rows, String column) {
    Column time = quoted(column).cast(DataTypes.TimestampType); // of a date its midnight
    return Wire.to(time, DataTypes.TimestampType);
  }

  private Column isHot(List<String> key) {
    return hash(key).isin(hashes.toArray());
  }

  /** The part that a time lies in; before the first the first, after the last the last. */
  private Column part(Column micros) {
    Column since = greatest(micros.minus(earliest), lit(0L));
    Column part = since.minus(since.mod(length)).divide(length).cast(DataTypes.LongType);
    return least(part, lit((long) parts - 1));
  }
}
