package dev.penstock.features;

import static dev.penstock.features.BoundGroup.quoted;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * All groups of one set of key columns, computed together: as-of rows and events side by side, one
 * shuffle by key, one sort by time, one walk.
 *
 * @param groups at least one, all by the same columns
 * @param range of the as-of times; empty: there are none
 */
record KeyPass(List<FeatureGroup> groups, Optional<String> predicted, Optional<Range> range) {

  /** The rows with the groups' columns at their end; no order is promised. */
  Dataset<Row> join(Dataset<Row> asOfRows, Map<String, Events> tables) {
    List<BoundGroup> bound = new ArrayList<>();
    StructType result = wire(asOfRows.schema());
    List<Column> natural = new ArrayList<>();
    for (StructField field : asOfRows.schema().fields()) {
      natural.add(
          Wire.from(quoted(field.name()), field.dataType()).as(field.name(), field.metadata()));
    }
    int features = 0;
    for (FeatureGroup group : groups) {
      BoundGroup each =
          new BoundGroup(
              group,
              tables.get(group.from()),
              asOfRows,
              predicted.equals(Optional.of(group.from())),
              features);
      for (String column : group.columns()) {
        var type = each.types().get(group.columns().indexOf(column));
        result = result.add(column, Wire.type(type));
        natural.add(Wire.from(quoted(column), type).as(column));
        features++;
      }
      bound.add(each);
    }
    Walk walk =
        new Walk(
            groups.get(0).by().size(),
            asOfRows.columns().length,
            features,
            bound.stream().map(each -> new Walk.Group(each.newest(), each.windows())).toList(),
            range);
    return sorted(asOfRows, bound)
        .mapPartitions(walk, Encoders.row(result))
        .select(natural.toArray(Column[]::new));
  }

  /**
   * Columns key..., {@code time}, {@code side}, the as-of row and an event per group, all but one
   * of these null. Events come before the as-of rows of the same instant, which see them.
   */
  private Dataset<Row> sorted(Dataset<Row> asOfRows, List<BoundGroup> bound) {
    List<String> by = groups.get(0).by();
    List<Dataset<Row>> events = bound.stream().map(each -> each.events(by, range)).toList();
    List<Column> payload = new ArrayList<>();
    for (StructField field : asOfRows.schema().fields()) {
      payload.add(Wire.to(quoted(field.name()), field.dataType()).as(field.name()));
    }
    Column asOf = struct(payload.toArray(Column[]::new)).as("as_of");
    List<StructField> structs = new ArrayList<>();
    structs.add(asOfRows.select(asOf).schema().apply(0));
    events.forEach(each -> structs.add(each.schema().apply("event")));

    Column[] keys = new Column[by.size()];
    Column[] asOfKeys = new Column[by.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = col("key_" + i);
      asOfKeys[i] = quoted(by.get(i)).as("key_" + i);
    }
    Column asOfTime = Wire.to(col(PointInTime.AS_OF_TIME), DataTypes.TimestampType);
    int asOfSide = bound.size();
    Dataset<Row> union = asOfRows.select(side(asOfKeys, asOfTime, asOfSide, structs, 0, asOf));
    for (int i = 0; i < bound.size(); i++) {
      Column event = col("event");
      Column seen = greatest(event.getField("f0"), event.getField("f1"));
      union = union.union(events.get(i).select(side(keys, seen, i, structs, i + 1, event)));
    }
    List<Column> order = new ArrayList<>(List.of(keys));
    order.add(col("time"));
    order.add(col("side"));
    return union.repartition(keys).sortWithinPartitions(order.toArray(Column[]::new));
  }

  private static Column[] side(
      Column[] keys, Column time, int side, List<StructField> structs, int filled, Column value) {
    List<Column> columns = new ArrayList<>(List.of(keys));
    columns.add(time.as("time"));
    columns.add(lit(side).as("side"));
    for (int i = 0; i < structs.size(); i++) {
      Column struct = i == filled ? value : lit(null).cast(structs.get(i).dataType());
      columns.add(struct.as("struct_" + i));
    }
    return columns.toArray(Column[]::new);
  }

  private static StructType wire(StructType schema) {
    StructType wire = new StructType();
    for (StructField field : schema.fields()) {
      wire = wire.add(field.name(), Wire.type(field.dataType()), field.nullable());
    }
    return wire;
  }
}
