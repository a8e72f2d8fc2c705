package dev.penstock.features;

import dev.penstock.features.Role.KeyedTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Joins features to rows, each as of its own time T.
 *
 * <p>An event counts at T if its version is the one known at T (known_from &lt;= T, and known_until
 * &gt; T or null) and T - delay - window &lt; event time &lt;= T - delay, to the microsecond. A row
 * of the predicted table counts in its own windows if it is known at T; {@code latest} leaves the
 * row itself out, by key. Of events with the same time the one with the greatest key (in the order
 * of the table's key columns) is the newest, and its null is a null. A window without events gives
 * 0 for counts, null otherwise.
 *
 * <p>Each as-of row comes back exactly once with all its columns, duplicates too, in no promised
 * order. With a null key or time all its features are null, counts too. Null inputs are left out.
 * NaN is an input like any other: it makes sums and means NaN while it is in the window, and is
 * greater than every number for min and max. Sums are exact (doubles are rounded once, when read),
 * so the same rows give the same bits in any order and partitioning, also where {@linkplain
 * AggregateFunction many inputs} make an estimate; a sum that does not fit its type fails the job
 * with the feature's name. What a task holds of a key, however many events, goes to disk where its
 * memory ends.
 */
public final class PointInTime {
  /** The column of the as-of rows that holds the instant of each, TIMESTAMP. */
  public static final String AS_OF_TIME = "as_of_time";

  private static final long HOT_KEY_ROWS = 1_000_000;

  private final List<FeatureGroup> groups;
  private final Optional<String> predicted;
  private final Optional<Range> range;
  private final long hotKeyRows;
  private final double sharingAbove;
  private final Limits limits;

  private PointInTime(
      List<FeatureGroup> groups,
      Optional<String> predicted,
      Optional<Range> range,
      long hotKeyRows,
      double sharingAbove,
      Limits limits) {
    this.groups = List.copyOf(groups);
    this.predicted = predicted;
    this.range = range;
    this.hotKeyRows = hotKeyRows;
    this.sharingAbove = sharingAbove;
    this.limits = limits;
  }

  /**
   * A join of these groups; feature columns come in their order.
   *
   * @throws IllegalArgumentException if two groups have one name
   */
  public static PointInTime of(List<FeatureGroup> groups) {
    Set<String> names = new HashSet<>();
    for (FeatureGroup group : groups) {
      if (!names.add(group.name())) {
        throw new IllegalArgumentException(
            "groups must not give '%s' twice".formatted(group.name()));
      }
    }
    return new PointInTime(
        groups,
        Optional.empty(),
        Optional.empty(),
        HOT_KEY_ROWS,
        Passes.PAYS_ABOVE,
        Limits.DEFAULT);
  }

  /**
   * The as-of rows are rows of {@code table} and carry its key columns: {@code latest} leaves the
   * row itself out.
   */
  public PointInTime predicting(String table) {
    return new PointInTime(groups, Optional.of(table), range, hotKeyRows, sharingAbove, limits);
  }

  /**
   * All as-of times lie from {@code earliest} to {@code latest}, both included. Saves the Spark job
   * that finds out; the join fails on a row outside.
   */
  public PointInTime between(Instant earliest, Instant latest) {
    return new PointInTime(
        groups,
        predicted,
        Optional.of(Range.between(earliest, latest)),
        hotKeyRows,
        sharingAbove,
        limits);
  }

  /**
   * A key with more rows than this, as-of rows and events, is split by time among tasks; without it
   * one with more than a million. Only where the as-of times span at least four times as much as
   * windows reach back; one Spark job more looks for such keys then, if all rows may be ten times
   * as many.
   *
   * @param rows positive
   */
  public PointInTime splittingKeysAbove(long rows) {
    if (rows <= 0) {
      throw new IllegalArgumentException("rows must be positive, got " + rows);
    }
    return new PointInTime(groups, predicted, range, rows, sharingAbove, limits);
  }

  /**
   * Roles of one key share a pass if, for each as-of row that is then sent in a role, at least this
   * many events need not be sent again, by the sizes of their files; otherwise each has a pass of
   * its own. Without it 1.5, from where on it is cheaper; the features are the same either way.
   *
   * @param events not negative; 0: they always share one
   */
  public PointInTime sharingPassesAbove(double events) {
    if (!(events >= 0)) {
      throw new IllegalArgumentException("events must not be negative, got " + events);
    }
    return new PointInTime(groups, predicted, range, hotKeyRows, events, limits);
  }

  /** The same with other limits than those of use. */
  PointInTime within(Limits others) {
    return new PointInTime(groups, predicted, range, hotKeyRows, sharingAbove, others);
  }

  /**
   * The as-of rows with the feature columns added. One shuffle per set of key columns; roles that
   * share a pass have two together, see {@link #sharingPassesAbove}; runs one small Spark job at
   * once for the range of as-of times (of the as-of rows alone: they should be cheap to read twice,
   * and the same both times) unless {@link #between} gave it.
   *
   * @param asOfRows with {@link #AS_OF_TIME} and the groups' key columns
   * @param tables the events of each table that the groups read
   * @throws IllegalArgumentException if a column or table is missing or has another type than
   *     needed; the message names the group and the column or expression
   */
  public Dataset<Row> join(Dataset<Row> asOfRows, Map<String, Events> tables) {
    check(asOfRows, tables);
    Optional<Range> times = range.isPresent() || groups.isEmpty() ? range : Range.of(asOfRows);
    Dataset<Row> joined = asOfRows;
    for (List<Role> roles : Passes.of(groups, asOfRows, tables, times, sharingAbove)) {
      joined = pass(roles, joined, tables, times);
    }
    List<Column> columns = new ArrayList<>();
    for (String column : asOfRows.columns()) {
      columns.add(BoundGroup.quoted(column));
    }
    for (FeatureGroup group : groups) {
      group.columns().forEach(column -> columns.add(BoundGroup.quoted(column)));
    }
    return joined.select(columns.toArray(Column[]::new));
  }

  private Dataset<Row> pass(
      List<Role> roles, Dataset<Row> rows, Map<String, Events> tables, Optional<Range> times) {
    Map<KeyedTable, Events> events = new LinkedHashMap<>();
    for (Role role : roles) {
      role.groups().forEach(group -> events.put(role.table(group), tables.get(group.from())));
    }
    Dataset<Row> joined =
        new KeyPass(roles, predicted, times, limits).join(rows, events); // or says why not
    return HotKeys.find(roles, rows, events, times, hotKeyRows)
        .map(
            hot ->
                new KeyPass(hot.roles(roles), predicted, times, limits)
                    .join(hot.asOfRows(roles, rows), hot.events(roles, events, predicted)))
        .orElse(joined);
  }

  /**
   * What {@link #join} does with such rows, without doing it: of rows and tables only the columns
   * and the sizes of their plans matter here.
   *
   * @throws IllegalArgumentException as {@link #join}
   */
  public Explanation explain(Dataset<Row> asOfRows, Map<String, Events> tables) {
    Optional<Range> known = Optional.of(range.orElse(new Range(0, 0)));
    Dataset<Row> joined =
        new PointInTime(groups, predicted, known, Long.MAX_VALUE, sharingAbove, limits)
            .join(asOfRows, tables);
    return Explanation.of(
        joined.queryExecution().analyzed(),
        Passes.of(groups, asOfRows, tables, known, sharingAbove),
        tables);
  }

  private void check(Dataset<Row> asOfRows, Map<String, Events> tables) {
    List<String> present = List.of(asOfRows.columns());
    if (!present.contains(AS_OF_TIME)) {
      throw new IllegalArgumentException(
          "The as-of rows have no column as_of_time, only " + String.join(", ", present));
    }
    DataType type = asOfRows.schema().apply(AS_OF_TIME).dataType();
    if (!type.equals(DataTypes.TimestampType)) {
      throw new IllegalArgumentException(
          "The column as_of_time of the as-of rows must be TIMESTAMP, got " + type.sql());
    }
    for (FeatureGroup group : groups) {
      if (!tables.containsKey(group.from())) {
        throw new IllegalArgumentException(
            "Cannot compute the feature group %s: no events of %s are given, only of %s"
                .formatted(
                    group.name(), group.from(), String.join(", ", new TreeSet<>(tables.keySet()))));
      }
      for (String column : group.columns()) {
        if (present.contains(column)) {
          throw new IllegalArgumentException(
              "Cannot compute the feature group %s: the as-of rows have a column %s already"
                  .formatted(group.name(), column));
        }
      }
    }
  }
}
