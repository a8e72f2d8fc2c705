package dev.penstock.features;

import static dev.penstock.features.BoundGroup.quoted;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.penstock.features.Role.KeyedTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.MapPartitions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.JavaConverters;

/**
 * All groups of one key, computed together: as-of rows and events side by side, one shuffle by key,
 * one sort of a BIGINT, one walk. In several roles an as-of row has several keys and is sent for
 * each; another shuffle, by its own content, brings what comes of it together.
 *
 * @param roles at least one, aligned
 * @param range of the as-of times; empty: there are none
 */
record KeyPass(List<Role> roles, Optional<String> predicted, Optional<Range> range, Limits limits) {
  private static final String PACKED = "packed";
  private static final String ROW = "row";

  /** The rows with the groups' columns at their end; no order is promised. */
  Dataset<Row> join(Dataset<Row> asOfRows, Map<KeyedTable, Events> tables) {
    Sources sources = new Sources(roles, tables, asOfRows, predicted, limits);
    Slots slots = new Slots();
    Slots.Side asOfSide = slots.side();
    roles.get(0).by().forEach(key -> add(asOfSide, asOfRows, key)); // in the first slots
    int[] asOf =
        Stream.of(asOfRows.columns()).mapToInt(column -> add(asOfSide, asOfRows, column)).toArray();
    List<String> columns = Arrays.asList(asOfRows.columns());
    int[][] keys =
        roles.stream()
            .map(role -> role.by().stream().mapToInt(key -> asOf[columns.indexOf(key)]).toArray())
            .toArray(int[][]::new);
    List<DataType> keyTypes = List.copyOf(slots.types().subList(0, keys[0].length));
    List<Slots.Side> sides = Stream.generate(slots::side).limit(sources.size()).toList();
    List<GroupPlan> plans = sources.plans(sides, keyTypes, asOf, range);
    Packing packing = Packing.of(range, reach(), sources.size() + roles.size());
    Dataset<Row> union = sent(asOfRows, asOfSide, packing, sources.size());
    for (Dataset<Row> events : sources.events(sides, packing, range)) {
      union = union.union(events);
    }
    Walk walk =
        new Walk(
            packing,
            slots.types(),
            keyTypes,
            keys,
            asOf[columns.indexOf(PointInTime.AS_OF_TIME)],
            sources,
            plans,
            range,
            limits);
    StructType joined = (StructType) union.schema().apply(ROW).dataType();
    for (int i = 0; i < sources.types().size(); i++) {
      joined = joined.add(feature(i), sources.types().get(i));
    }
    Dataset<Row> walked = mapped(exchanged(union, packing.bitsBelowKey()), walk, joined);
    StructType given = asOfRows.schema();
    return (roles.size() == 1 ? walked : merged(walked, packing, sources.size(), asOf, given))
        .select(result(given, asOf, sources));
  }

  private static int add(Slots.Side side, Dataset<Row> rows, String column) {
    return side.add(wire(rows, column), Wire.type(rows.schema().apply(column).dataType()));
  }

  private static Column wire(Dataset<Row> rows, String column) {
    return Wire.to(quoted(column), rows.schema().apply(column).dataType());
  }

  /** Back to which events are told apart by time; beyond it only `latest` looks, for the newest. */
  private Duration reach() {
    return roles.stream()
        .flatMap(role -> role.groups().stream())
        .map(FeatureGroup::boundedReach)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /** The as-of rows as they travel, each once for every role. */
  private Dataset<Row> sent(Dataset<Row> rows, Slots.Side side, Packing packing, int firstSide) {
    Column time = Wire.to(col(PointInTime.AS_OF_TIME), DataTypes.TimestampType);
    Column content = contentHash(rows.schema(), i -> wire(rows, rows.columns()[i]));
    Column[] packed = new Column[roles.size()];
    for (int i = 0; i < packed.length; i++) {
      List<String> by = roles.get(i).by();
      Column hash = Packing.hash(by.stream().map(key -> wire(rows, key)).toArray(Column[]::new));
      Column keyed = by.stream().map(key -> quoted(key).isNotNull()).reduce(lit(true), Column::and);
      // Rows without a key go anywhere, or one task would have them all.
      packed[i] = packing.column(when(keyed, hash).otherwise(content), time, firstSide + i);
    }
    if (packed.length == 1) {
      return rows.select(with(packed[0], side.columns()));
    }
    List<Column> columns = new ArrayList<>(List.of(side.columns()));
    columns.add(explode(array(packed)).as(PACKED));
    Dataset<Row> sent = rows.select(columns.toArray(Column[]::new));
    Column[] values =
        IntStream.range(0, columns.size() - 1)
            .mapToObj(slot -> col(Slots.name(slot)))
            .toArray(Column[]::new);
    return sent.select(with(col(PACKED), values));
  }

  /** Of as-of rows, all columns that Spark can hash. */
  private static Column contentHash(StructType asOfRows, IntFunction<Column> column) {
    return xxhash64(
        IntStream.range(0, asOfRows.size())
            .filter(i -> isHashable(asOfRows.apply(i).dataType()))
            .mapToObj(column)
            .toArray(Column[]::new));
  }

  private static boolean isHashable(DataType type) {
    return type instanceof AtomicType
        || (type instanceof ArrayType array && isHashable(array.elementType()))
        || (type instanceof StructType struct
            && Stream.of(struct.fields()).allMatch(field -> isHashable(field.dataType())));
  }

  /** The one column that rows travel in. */
  static Column with(Column packed, Column[] slots) {
    List<Column> columns = new ArrayList<>(List.of(packed.as(PACKED)));
    columns.addAll(List.of(slots));
    return struct(columns.toArray(Column[]::new)).as(ROW);
  }

  /** One row for each as-of row, a struct of what {@code walked} gives for each role. */
  private Dataset<Row> merged(
      Dataset<Row> walked, Packing packing, int firstSide, int[] asOf, StructType asOfRows) {
    Column hash = contentHash(asOfRows, i -> field(Slots.name(asOf[i])));
    StructType ofRole = (StructType) walked.schema().apply(ROW).dataType();
    Column[] values =
        Stream.of(ofRole.fieldNames())
            .skip(Walk.SLOTS)
            .map(name -> field(name).as(name))
            .toArray(Column[]::new);
    Dataset<Row> sent = walked.select(with(packing.withSideOf(field(PACKED), hash), values));
    StructType merged = new StructType();
    DataType[] types = new DataType[asOf.length];
    for (int i = 0; i < asOf.length; i++) {
      types[i] = ofRole.apply(Walk.SLOTS + asOf[i]).dataType();
    }
    for (int role = 0; role < roles.size(); role++) {
      merged = merged.add(role(role), ofRole);
    }
    RoleMerge merge = new RoleMerge(packing, firstSide, roles.size(), ofRole.size(), asOf, types);
    return mapped(exchanged(sent, packing.sideBits()), merge, merged);
  }

  /** In {@link Chunks}: all rows to one partition that are packed equal but for so many bits. */
  private static Dataset<Row> exchanged(Dataset<Row> rows, int bits) {
    int partitions = rows.sparkSession().sessionState().conf().numShufflePartitions();
    Dataset<Row> chunks = mapped(rows, new Chunks(bits, partitions), Chunks.TYPE);
    Column[] fields =
        Stream.of(Chunks.TYPE.fieldNames())
            .map(name -> field(name).as(name))
            .toArray(Column[]::new);
    return chunks.select(struct(fields).as(ROW)).repartition(field(Chunks.KEY));
  }

  /**
   * Spark's own operator behind {@code mapPartitions}, on rows as Spark holds them: the typed one
   * would turn each into Java objects and back, which costs as much as the rest of the pass.
   */
  private static Dataset<Row> mapped(
      Dataset<Row> rows,
      Function1<Iterator<Object>, Iterator<Object>> function,
      StructType result) {
    AttributeReference row =
        new AttributeReference(
            ROW,
            result,
            false,
            Metadata.empty(),
            NamedExpression.newExprId(),
            JavaConverters.asScalaBuffer(List.<String>of()).toSeq());
    return Dataset.ofRows(
        rows.sparkSession(), new MapPartitions(function, row, rows.queryExecution().analyzed()));
  }

  private static Column field(String name) {
    return col(ROW).getField(name);
  }

  private static String feature(int index) {
    return "feature_" + index;
  }

  private static String role(int index) {
    return "role_" + index;
  }

  private Column[] result(StructType asOfRows, int[] asOf, Sources sources) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < asOf.length; i++) {
      StructField field = asOfRows.apply(i);
      Column value = Wire.from(ofRole(0, Slots.name(asOf[i])), field.dataType());
      columns.add(
          (field.nullable() ? value : new Column(new KnownNotNull(value.expr())))
              .as(field.name(), field.metadata()));
    }
    for (int role = 0; role < roles.size(); role++) {
      List<FeatureGroup> groups = roles.get(role).groups();
      for (int i = 0; i < groups.size(); i++) {
        int output = sources.firstOutput(role, i);
        for (String column : groups.get(i).columns()) {
          columns.add(ofRole(role, feature(output++)).as(column));
        }
      }
    }
    return columns.toArray(Column[]::new);
  }

  private Column ofRole(int role, String name) {
    return roles.size() == 1 ? field(name) : field(role(role)).getField(name);
  }
}
