package dev.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.penstock.features.Role.KeyedTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * Keys with so many rows that one task should not have them all: their time is cut into parts, and
 * the part becomes one more key column. An event is in each part whose as-of times can see it, so a
 * part begins with all that it needs. Parts are at least as long as windows reach, so for them an
 * event is in two on average, at most; where {@code latest} reaches back without bound, the newest
 * events of a part are in all later ones too.
 *
 * @param parts of the as-of times
 * @param reach how far before an as-of time an event can lie and still matter, but for the newest
 * @param hashes of the keys, and of those that share them
 */
record HotKeys(PartsOfTime parts, Duration reach, List<Long> hashes) {
  private static final String PART = "_part_of_time";
  private static final String HASH = "hash";
  private static final String NEWEST = "_newest_";

  /** Fewer would hardly pay for the events that are in two. */
  private static final int LEAST_PARTS = 4;

  private static final int MOST_PARTS = 16;
  private static final int MOST_KEYS = 1_000;

  /** Among fewer times as many rows as make a key hot one task's share is not worth a look. */
  private static final long WORTH_LOOKING = 10;

  /** How many rows of a hot key the sample has. */
  private static final double SAMPLED = 10_000;

  /**
   * Looks for keys of a pass by one Spark job over a sample, if there can be any: the as-of times
   * must span several times as much as windows reach back, and the rows must be many.
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
    if (range.isEmpty()) {
      return Optional.empty();
    }
    Duration reach =
        groups.stream().map(FeatureGroup::boundedReach).max(Duration::compareTo).orElseThrow();
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
      KeyedTable table = each.getKey();
      Dataset<Row> seen = each.getValue().seen(range.get(), Passes.reach(roles, table.from()));
      hashed = hashed.union(hashed(seen, table.by()));
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
    PartsOfTime time = new PartsOfTime(range.get().earliest(), span / parts + 1, parts);
    return hashes.isEmpty() ? Optional.empty() : Optional.of(new HotKeys(time, reach, hashes));
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
      Column part = when(isHot(roles.get(i).by()), coalesce(parts.of(time), lit(0L))).otherwise(0L);
      split = split.withColumn(part(i), part);
    }
    return split;
  }

  /** Each event in all parts that can see it. */
  Map<KeyedTable, Events> events(
      List<Role> roles, Map<KeyedTable, Events> tables, Optional<String> predicted) {
    Map<KeyedTable, Events> split = new HashMap<>();
    tables.forEach(
        (table, events) -> {
          List<String> by = new ArrayList<>(table.by());
          by.add(PART);
          Dataset<Row> rows = split(table.by(), events, carried(roles, table, events, predicted));
          split.put(
              new KeyedTable(table.from(), by), new Events(rows, events.key(), events.eventTime()));
        });
    return split;
  }

  /** What groups need whose newest event may be however old. */
  private static Set<Carried> carried(
      List<Role> roles, KeyedTable table, Events events, Optional<String> predicted) {
    List<String> own = predicted.equals(Optional.of(table.from())) ? events.key() : List.of();
    Set<Carried> all = new LinkedHashSet<>();
    for (Role role : roles) {
      for (FeatureGroup group : role.groups()) {
        if (role.table(group).equals(table) && group.reach().isEmpty()) {
          all.add(new Carried(table.by(), own, Event.micros(group.delay()), group.where()));
        }
      }
    }
    return all;
  }

  private Dataset<Row> split(List<String> by, Events events, Set<Carried> carried) {
    Column hot = isHot(by);
    Column gone =
        least(events.time().plus(Event.micros(reach)), events.knownUntil()); // nulls don't count
    Column last = parts.ifAny(gone.minus(1L));
    Dataset<Row> rows = events.rows();
    List<String> newest = new ArrayList<>();
    for (Carried each : carried) {
      newest.add(NEWEST + newest.size());
      String column = newest.get(newest.size() - 1);
      rows = each.withNewest(rows, events, parts, hot, column);
      last = greatest(last, each.last(events, parts, column));
    }
    Column first = parts.of(greatest(events.time(), events.knownFrom()));
    Column all = sequence(when(hot, first).otherwise(0L), when(hot, last).otherwise(0L), lit(1L));
    return rows.where(not(hot).or(first.leq(last)))
        .withColumn(PART, explode(all))
        .drop(newest.toArray(String[]::new));
  }

  private Column isHot(List<String> key) {
    return hash(key).isin(hashes.toArray());
  }
}
