package dev.penstock.features;

import static dev.penstock.features.BoundGroup.quoted;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.MapPartitions;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * All groups of one set of key columns, computed together: as-of rows and events side by side, one
 * shuffle by key, one sort of a BIGINT, one walk.
 *
 * @param groups at least one, all with the same {@link FeatureGroup#asOfBy}, in any order
 * @param range of the as-of times; empty: there are none
 */
record KeyPass(List<FeatureGroup> groups, Optional<String> predicted, Optional<Range> range) {
  private static final String PACKED = "packed";
  private static final String ROW = "row";

  /**
   * The rows with the groups' columns at their end; no order is promised.
   *
   * @param tables by group
   */
  Dataset<Row> join(Dataset<Row> asOfRows, Map<String, Events> tables) {
    List<BoundGroup> bounds = new ArrayList<>();
    List<DataType> types = new ArrayList<>();
    for (FeatureGroup group : groups) {
      boolean isPredicted = predicted.equals(Optional.of(group.from()));
      BoundGroup bound =
          new BoundGroup(group, tables.get(group.name()), asOfRows, isPredicted, types.size());
      types.addAll(bound.types());
      bounds.add(bound);
    }
    List<String> by = groups.get(0).asOfBy();
    Slots slots = new Slots();
    Slots.Side asOfSide = slots.side();
    for (String key : by) {
      asOfSide.add(wire(asOfRows, key), Wire.type(asOfRows.schema().apply(key).dataType()));
    }
    int[] asOf = new int[asOfRows.columns().length];
    for (int i = 0; i < asOf.length; i++) {
      StructField field = asOfRows.schema().apply(i);
      int key = by.indexOf(field.name());
      asOf[i] =
          key >= 0 ? key : asOfSide.add(wire(asOfRows, field.name()), Wire.type(field.dataType()));
    }
    List<Slots.Side> sides = new ArrayList<>();
    List<GroupPlan> plans = new ArrayList<>();
    for (BoundGroup bound : bounds) {
      Slots.Side side = slots.side();
      for (int i = 0; i < by.size(); i++) {
        side.add(bound.key(by.get(i)), slots.types().get(i));
      }
      plans.add(bound.plan(side, asOf));
      sides.add(side);
    }
    Packing packing = Packing.of(range, reach(), groups.size() + 1);
    Column[] asOfKey = by.stream().map(key -> wire(asOfRows, key)).toArray(Column[]::new);
    Column asOfTime = Wire.to(col(PointInTime.AS_OF_TIME), DataTypes.TimestampType);
    Dataset<Row> union =
        asOfRows.select(with(packing.column(asOfKey, asOfTime, groups.size()), asOfSide.columns()));
    for (int i = 0; i < sides.size(); i++) {
      BoundGroup bound = bounds.get(i);
      Column[] eventKey = by.stream().map(bound::key).toArray(Column[]::new);
      Column packed = packing.column(eventKey, bound.seen(), i);
      union = union.union(bound.events(range).select(with(packed, sides.get(i).columns())));
    }
    int timeSlot = asOf[Arrays.asList(asOfRows.columns()).indexOf(PointInTime.AS_OF_TIME)];
    Walk walk = new Walk(packing, slots.types(), by.size(), timeSlot, types.size(), plans, range);
    Dataset<Row> walked = walked(shuffled(union, packing, slots, by.size()), walk, types);
    return walked.select(result(asOfRows.schema(), asOf, types));
  }

  private static Column wire(Dataset<Row> rows, String column) {
    return Wire.to(quoted(column), rows.schema().apply(column).dataType());
  }

  private static Column with(Column packed, Column[] slots) {
    List<Column> columns = new ArrayList<>(List.of(packed.as(PACKED)));
    columns.addAll(List.of(slots));
    return struct(columns.toArray(Column[]::new)).as(ROW);
  }

  /** Back to which events are told apart by time; beyond it only `latest` looks, for the newest. */
  private Duration reach() {
    return groups.stream()
        .map(FeatureGroup::boundedReach)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /**
   * One column, a struct, as the walk takes it. Events come before the as-of rows of the same
   * instant, which see them.
   */
  private static Dataset<Row> shuffled(Dataset<Row> union, Packing packing, Slots slots, int keys) {
    Column keyed =
        IntStream.range(0, keys)
            .mapToObj(key -> slot(key).isNotNull())
            .reduce(Column::and)
            .orElse(lit(true));
    Column[] hashable =
        IntStream.range(0, slots.types().size())
            .filter(slot -> slots.types().get(slot) instanceof AtomicType)
            .mapToObj(KeyPass::slot)
            .toArray(Column[]::new);
    Column packed = col(ROW).getField(PACKED);
    // Rows without a key go anywhere, or one task would have them all.
    Column partition = when(keyed, packing.bucket(packed)).otherwise(xxhash64(hashable));
    return union.repartition(partition);
  }

  private static Column slot(int index) {
    return col(ROW).getField(Slots.name(index));
  }

  /**
   * Spark's own operator behind {@code mapPartitions}, on rows as Spark holds them: the typed one
   * would turn each into Java objects and back, which costs as much as the rest of the pass. Gives
   * a struct of the columns of {@code shuffled} and a column for each feature.
   */
  private static Dataset<Row> walked(Dataset<Row> shuffled, Walk walk, List<DataType> features) {
    StructType result = (StructType) shuffled.schema().apply(ROW).dataType();
    for (int i = 0; i < features.size(); i++) {
      result = result.add(feature(i), features.get(i));
    }
    AttributeReference row =
        new AttributeReference(
            ROW,
            result,
            false,
            Metadata.empty(),
            NamedExpression.newExprId(),
            JavaConverters.asScalaBuffer(List.<String>of()).toSeq());
    return Dataset.ofRows(
        shuffled.sparkSession(),
        new MapPartitions(walk, row, shuffled.queryExecution().analyzed()));
  }

  private static String feature(int index) {
    return "feature_" + index;
  }

  private Column[] result(StructType asOfRows, int[] asOf, List<DataType> features) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < asOf.length; i++) {
      StructField field = asOfRows.apply(i);
      Column value = Wire.from(slot(asOf[i]), field.dataType());
      columns.add(
          (field.nullable() ? value : new Column(new KnownNotNull(value.expr())))
              .as(field.name(), field.metadata()));
    }
    int index = 0;
    for (FeatureGroup group : groups) {
      for (String column : group.columns()) {
        columns.add(col(ROW).getField(feature(index++)).as(column));
      }
    }
    return columns.toArray(Column[]::new);
  }
}
