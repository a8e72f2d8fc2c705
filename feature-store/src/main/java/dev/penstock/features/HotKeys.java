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

import dev.penstock.features.Role.KeyedTable;
import java.time.Duration;
import java.util.ArrayList;
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
 * @param reach how far before an as-of time an event can lie and still matter
 * @param length of a part, microseconds
 * @param parts how many there are
 * @param hashes of the keys, and of those that share them
 */
record HotKeys(long earliest, Duration reach, long length, int parts, List<Long> hashes) {
  private static final String PART = "_part_of_time";
  private static final String HASH = "hash";

  /** Fewer would hardly pay for the events that are in two. */
  private static final int LEAST_PARTS = 4;

  private static final int MOST_PARTS = 16;
  private static final int MOST_KEYS = 1_000;

  /** Among fewer times as many rows as make a key hot one task's share is not worth a look. */
  private static final long WORTH_LOOKING = 10;

  /** How many rows of a hot key the sample has. */
  private static final double SAMPLED = 10_000;

  /**
   * Looks for keys of a pass by one Spark job over a sample, if there can be any: features must not
   * reach back without bound, the as-of times must span several times as much, and the rows must be
   * many.
   *
   * @param rows a key with more of them, as-of rows and events, is hot
   */
  static Optional<HotKeys> find(
      List<Role> roles,
      Dataset<Row> asOfRows,
      Map<KeyedTable, Events> tables,
      Optional<Range> range,
      long rows) {
    List<FeatureGroup> groups = roles.stream().flatMap(role -> role.groups().stream()).toList();
    Optional<Duration> bounded = FeatureGroup.reach(groups);
    if (range.isEmpty() || bounded.isEmpty()) {
      return Optional.empty();
    }
    Duration reach = bounded.get();
    long span = range.get().latest() - range.get().earliest();
    int parts = (int) Math.min(MOST_PARTS, span / Math.max(1, Event.micros(reach)));
    if (parts < LEAST_PARTS) {
      return Optional.empty();
    }
    Dataset<Row> hashed =
        roles.stream()
            .map(role -> hashed(asOfRows, role.by()))
            .reduce(Dataset::union)
            .orElseThrow();
    for (Map.Entry<KeyedTable, Events> each : tables.entrySet()) {
      Events events = each.getValue();
      Column time = quoted(events.eventTime());
      Column seen = range.get().sees(time, Duration.ZERO, Optional.of(reach));
      hashed = hashed.union(hashed(events.rows().where(seen), each.getKey().by()));
    }
    if (Passes.rows(hashed) < WORTH_LOOKING * rows) {
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
        : Optional.of(new HotKeys(range.get().earliest(), reach, span / parts + 1, parts, hashes));
  }

  private static Dataset<Row> hashed(Dataset<Row> rows, List<String> key) {
    return rows.select(hash(key).as(HASH));
  }

  private static Column hash(List<String> key) {
    return key.isEmpty()
        ? lit(0L)
        : xxhash64(key.stream().map(BoundGroup::quoted).toArray(Column[]::new));
  }

  /** The roles with the part of time as one more key column. */
  List<Role> roles(List<Role> roles) {
    List<Role> split = new ArrayList<>();
    for (Role role : roles) {
      String part = part(split.size());
      List<String> by = new ArrayList<>(role.by());
      by.add(part);
      List<FeatureGroup> groups =
          role.groups().stream().map(group -> group.alsoBy(PART, part)).toList();
      split.add(new Role(by, groups));
    }
    return split;
  }

  /** The column of the part that an as-of row is in by the key of a role. */
  private static String part(int role) {
    return PART + "_" + role;
  }

  /** Each as-of row in its parts. */
  Dataset<Row> asOfRows(List<Role> roles, Dataset<Row> rows) {
    Column time = Wire.to(col(PointInTime.AS_OF_TIME), DataTypes.TimestampType);
    Dataset<Row> split = rows;
    for (int i = 0; i < roles.size(); i++) {
      Column part = when(isHot(roles.get(i).by()), coalesce(part(time), lit(0L))).otherwise(0L);
      split = split.withColumn(part(i), part);
    }
    return split;
  }

  /** Each event in all parts that can see it. */
  Map<KeyedTable, Events> events(Map<KeyedTable, Events> tables) {
    Map<KeyedTable, Events> split = new HashMap<>();
    for (Map.Entry<KeyedTable, Events> each : tables.entrySet()) {
      Events events = each.getValue();
      Column time = micros(events.rows(), events.eventTime());
      Column seen = greatest(time, micros(events.rows(), "known_from"));
      Column until = micros(events.rows(), "known_until");
      Column gone = least(time.plus(Event.micros(reach)), until); // null is left out
      Column hot = isHot(each.getKey().by());
      Column first = when(hot, part(seen)).otherwise(0L);
      Column last = when(hot, part(gone.minus(1L))).otherwise(0L);
      Dataset<Row> rows =
          events
              .rows()
              .where(first.leq(last))
              .withColumn(PART, explode(sequence(first, last, lit(1L))));
      List<String> by = new ArrayList<>(each.getKey().by());
      by.add(PART);
      split.put(
          new KeyedTable(each.getKey().from(), by),
          new Events(rows, events.key(), events.eventTime()));
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
