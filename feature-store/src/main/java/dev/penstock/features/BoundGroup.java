package dev.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A feature group bound to the table that it reads: its expressions are checked and typed, and each
 * event is one struct of what the walk needs, in the layout of {@link Event}.
 */
final class BoundGroup {
  private final FeatureGroup group;
  private final Limits limits;
  private final Dataset<Row> rows;

  /** The same columns without a row or a plan, on which expressions are cheap to check. */
  private final Dataset<Row> shape;

  private final Column eventTime;
  private final List<Column> fields = new ArrayList<>();
  private final List<DataType> types = new ArrayList<>();
  private final Map<Window, List<Window.Feature>> windows = new LinkedHashMap<>();
  private Optional<Newest> newest = Optional.empty();

  /**
   * @param firstOutput position of the group's first feature column among those of the pass
   * @param isPredicted whether the as-of rows are rows of this table
   */
  BoundGroup(
      FeatureGroup group,
      Events events,
      Dataset<Row> asOfRows,
      boolean isPredicted,
      Limits limits,
      int firstOutput) {
    this.group = group;
    this.limits = limits;
    this.rows = events.rows();
    this.shape = rows.sparkSession().createDataFrame(List.of(), rows.schema());
    this.eventTime = time(events.eventTime());
    checkKeys(asOfRows);
    group.where().ifPresent(sql -> requireBoolean("where " + sql, type("where " + sql, expr(sql))));
    fields.add(Wire.to(eventTime, DataTypes.TimestampType));
    Column until = Wire.to(time("known_until"), DataTypes.TimestampType);
    fields.add(coalesce(until, lit(Long.MAX_VALUE)));
    List<DataType> key = needsKey() ? bindKey(events.key()) : List.of();
    if (group.needsNewest()) {
      newest = Optional.of(bindNewest(events.key(), key, asOfRows, isPredicted, firstOutput));
    }
    bindAggregates(firstOutput + types.size(), key);
  }

  /** Whether it matters which row of the source an event is of. */
  private boolean needsKey() {
    return group.needsNewest()
        || group.aggregate().values().stream().anyMatch(each -> each.function().needsKey());
  }

  /**
   * What tells events of one time apart comes first among what the features need of them: the
   * source's key, without one the time since when it is known; its types.
   */
  private List<DataType> bindKey(List<String> key) {
    List<DataType> keyTypes = new ArrayList<>();
    if (key.isEmpty()) {
      fields.add(knownFrom());
      keyTypes.add(DataTypes.LongType);
    }
    for (String column : key) {
      DataType type = typeOf("key " + column, column);
      fields.add(Wire.to(quoted(column), type));
      keyTypes.add(Wire.type(type));
    }
    return keyTypes;
  }

  private void checkKeys(Dataset<Row> asOfRows) {
    for (int i = 0; i < group.by().size(); i++) {
      String key = group.by().get(i);
      String there = group.asOfBy().get(i);
      DataType here = typeOf("by " + key, key);
      DataType asOf = asOfType(asOfRows, there);
      if (!here.equals(asOf)) {
        throw problem(
            "by " + key,
            "it is %s in %s but %s in the as-of rows"
                .formatted(
                    here.sql(),
                    group.from(),
                    (there.equals(key) ? "" : there + ", which holds it, is ") + asOf.sql()));
      }
      if (here.equals(DataTypes.DoubleType) || here.equals(DataTypes.FloatType)) {
        throw problem("by " + key, "a key can't be " + here.sql());
      }
    }
  }

  private DataType asOfType(Dataset<Row> asOfRows, String key) {
    int index = Arrays.asList(asOfRows.columns()).indexOf(key);
    if (index < 0) {
      throw problem(
          "by " + key,
          "the as-of rows have no such column, only " + String.join(", ", asOfRows.columns()));
    }
    return asOfRows.schema().apply(index).dataType();
  }

  private Newest bindNewest(
      List<String> key,
      List<DataType> keyTypes,
      Dataset<Row> asOfRows,
      boolean isPredicted,
      int output) {
    if (isPredicted && key.isEmpty()) {
      throw problem("latest", "the predicted table " + group.from() + " has no key");
    }
    List<Integer> own = new ArrayList<>();
    for (String column : isPredicted ? key : List.<String>of()) {
      DataType type = typeOf("key " + column, column);
      DataType there = asOfType(asOfRows, column);
      if (!type.equals(there)) {
        throw problem(
            "key " + column,
            "it is %s in %s but %s in the as-of rows"
                .formatted(type.sql(), group.from(), there.sql()));
      }
      own.add(Arrays.asList(asOfRows.columns()).indexOf(column));
    }
    List<DataType> values = new ArrayList<>();
    for (String column : group.latest()) {
      DataType type = typeOf("latest " + column, column);
      fields.add(Wire.to(quoted(column), type));
      values.add(Wire.type(type));
      types.add(type);
    }
    if (group.timeSinceLast()) {
      types.add(DataTypes.DoubleType);
    }
    long maxAge = group.maxAge().map(Event::micros).orElse(Long.MAX_VALUE);
    return new Newest(
        Event.micros(group.delay()), maxAge, keyTypes, own, values, group.timeSinceLast(), output);
  }

  private void bindAggregates(int firstOutput, List<DataType> key) {
    int output = firstOutput;
    for (Map.Entry<String, Aggregate> named : group.aggregate().entrySet()) {
      Aggregate aggregate = named.getValue();
      String subject = named.getKey() + " " + aggregate.text();
      Column input = input(subject, aggregate);
      DataType inputType = type(subject, input);
      Optional<DataType> result = aggregate.function().result(inputType);
      if (result.isEmpty()) {
        throw problem(subject, "it can't take " + inputType.sql());
      }
      int position = position(aggregate, Wire.to(input, inputType));
      for (Duration length : group.windows()) {
        Window window =
            new Window(Event.micros(group.delayOf(aggregate)), Event.micros(length), List.of());
        String column = group.columns().get(types.size());
        windows
            .computeIfAbsent(window, w -> new ArrayList<>())
            .add(
                new Window.Feature(
                    column,
                    aggregate.function(),
                    aggregate.parameter().orElse(""),
                    position,
                    Wire.type(inputType),
                    key,
                    limits.exact(),
                    output++));
        types.add(result.get());
      }
    }
  }

  /** Where the input of an aggregate is; several can share one. */
  private int position(Aggregate aggregate, Column input) {
    boolean everyEvent = aggregate.input().isEmpty() && aggregate.where().isEmpty();
    if (everyEvent) {
      return 0; // the event time, never null
    }
    int known = fields.indexOf(input);
    if (known < 0) {
      fields.add(input);
    }
    return known < 0 ? fields.size() - 1 : known;
  }

  /** What the aggregate takes of an event: null for one that it leaves out. */
  private Column input(String subject, Aggregate aggregate) {
    Column input = aggregate.input().map(sql -> expr(sql)).orElse(lit(true));
    if (aggregate.function() == AggregateFunction.COUNT && aggregate.input().isPresent()) {
      type(subject, input);
      input = when(input.isNotNull(), lit(true));
    }
    if (aggregate.where().isPresent()) {
      String sql = aggregate.where().get();
      requireBoolean(subject + " where " + sql, type(subject + " where " + sql, expr(sql)));
      input = when(expr(sql), input);
    }
    return input;
  }

  /** The feature columns' types, in the order of {@link FeatureGroup#columns()}. */
  List<DataType> types() {
    return types;
  }

  /**
   * What is computed over the events that {@link #events} gives.
   *
   * @param side gets their fields
   * @param asOf slot of each column of the as-of rows
   * @param range of the as-of times
   */
  GroupPlan plan(Slots.Side side, int[] asOf, Optional<Range> range) {
    StructField[] typed = shape.select(fields.toArray(Column[]::new)).schema().fields();
    int[] positions = new int[typed.length];
    DataType[] wire = new DataType[typed.length];
    for (int i = 0; i < typed.length; i++) {
      wire[i] = typed[i].dataType();
      positions[i] = Walk.SLOTS + side.add(fields.get(i), wire[i]);
    }
    return new GroupPlan(
        positions,
        wire,
        newest.map(latest -> latest.withOwnAt(asOf)),
        windows.entrySet().stream()
            .map(e -> new Window(e.getKey().delay(), e.getKey().length(), e.getValue()))
            .toList(),
        range.map(r -> r.tooOld(group.reach())).orElse(Long.MIN_VALUE));
  }

  /** A key column as it travels. */
  Column key(String column) {
    return Wire.to(quoted(column), typeOf("by " + column, column));
  }

  /** When an event can be seen at the earliest. */
  Column seen() {
    return greatest(fields.get(0), knownFrom());
  }

  private Column knownFrom() {
    return Wire.to(time("known_from"), DataTypes.TimestampType);
  }

  /**
   * The rows of the table that an as-of time in {@code range} can see, if what is computed of them
   * ends {@code delay} before it, or earlier, and reaches back this far; empty: without bound.
   */
  Dataset<Row> events(Optional<Range> range, Duration delay, Optional<Duration> reach) {
    Column usable =
        eventTime
            .isNotNull()
            .and(col("known_until").isNull().or(col("known_until").gt(col("known_from"))));
    for (String key : group.by()) {
      usable = usable.and(quoted(key).isNotNull());
    }
    Column seen = range.map(r -> r.sees(eventTime, delay, reach)).orElse(lit(false));
    Dataset<Row> events = rows.where(seen).where(usable);
    return group.where().isPresent() ? events.where(expr(group.where().get())) : events;
  }

  private Column time(String column) {
    DataType type = typeOf("event time " + column, column);
    if (type instanceof DateType) {
      return quoted(column).cast(DataTypes.TimestampType);
    }
    if (!type.equals(DataTypes.TimestampType)) {
      throw problem("event time " + column, "it must be TIMESTAMP, got " + type.sql());
    }
    return quoted(column);
  }

  private void requireBoolean(String subject, DataType type) {
    if (!type.equals(DataTypes.BooleanType)) {
      throw problem(subject, "it must be a condition, got " + type.sql());
    }
  }

  /** The type of a column of the rows, by its name. */
  private DataType typeOf(String subject, String column) {
    int index = Arrays.asList(shape.columns()).indexOf(column);
    return index < 0 ? type(subject, quoted(column)) : shape.schema().apply(index).dataType();
  }

  /** The type of a column over the rows; within a struct an aggregate or explode is an error. */
  private DataType type(String subject, Column column) {
    try {
      StructType all = shape.select(col("*"), struct(column.as("value")).as("checked")).schema();
      return ((StructType) all.apply(all.size() - 1).dataType()).apply(0).dataType();
    } catch (Exception e) {
      if (e instanceof AnalysisException) {
        throw problem(subject, e.getMessage().lines().findFirst().orElse("").replaceAll(";.*", ""));
      }
      throw e;
    }
  }

  private IllegalArgumentException problem(String subject, String why) {
    return new IllegalArgumentException(
        "Cannot compute the feature group %s: %s: %s".formatted(group.name(), subject, why));
  }

  static Column quoted(String column) {
    return col("`" + column.replace("`", "``") + "`");
  }
}
