package dev.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.date_from_unix_date;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.unix_date;
import static org.apache.spark.sql.functions.unix_micros;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;
import scala.collection.Seq;

class PointInTimeOracleTest extends SparkTest {
  private static final int JOINS = 24;
  private static final int CASES = 420;
  private static final int LARGE_JOINS = 5;

  private record World(
      List<FeatureGroup> groups,
      Map<String, List<Map<String, Object>>> tables,
      List<Map<String, Object>> asOfRows,
      Optional<String> predicted,
      Limits limits,
      List<String> expected) {
    World with(Map<String, List<Map<String, Object>>> tables, List<Map<String, Object>> asOfRows) {
      return new World(groups, tables, asOfRows, predicted, limits, expected);
    }
  }

  @Test
  void theEngineAgreesWithTheOracleExactly() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    Random seeds = new Random(seed);
    long features = 0;
    for (int join = 0; join < JOINS; join++) {
      World world = world(seeds.nextLong());
      assertThat(joined(world, new Random(seed)))
          .as("-Dpenstock.seed=%d, join %d: %s", seed, join, world.groups())
          .isEqualTo(world.expected());
      features += world.expected().size();
    }
    System.out.println(JOINS * CASES + " cases, " + features + " as-of rows");
    assertThat(features).isGreaterThan(JOINS * CASES);
  }

  @Test
  void orderPartitioningAndTheFutureChangeNothing() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    World world = world(seed);
    for (int i = 0; i < 3; i++) {
      assertThat(joined(world, new Random(seed + i)))
          .as("-Dpenstock.seed=" + seed)
          .isEqualTo(world.expected());
    }
    Map<String, List<Map<String, Object>>> withFuture = new HashMap<>();
    world.tables().forEach((table, rows) -> withFuture.put(table, withFuture(rows)));
    assertThat(joined(world.with(withFuture, world.asOfRows()), new Random(seed)))
        .as("-Dpenstock.seed=" + seed)
        .isEqualTo(world.expected());
  }

  @Test
  void splittingTheRowsAndComputingThemAsTheyComeChangesNothing() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    World world = world(seed);
    Random random = new Random(seed);
    Map<Boolean, List<Map<String, Object>>> parts =
        world.asOfRows().stream().collect(Collectors.partitioningBy(row -> random.nextBoolean()));
    assertThat(united(world, parts.get(true), world.tables(), parts.get(false), random))
        .as("-Dpenstock.seed=" + seed)
        .isEqualTo(world.expected());
    List<Long> times =
        world.asOfRows().stream()
            .map(row -> (Long) row.get("as_of_time"))
            .filter(Objects::nonNull)
            .sorted()
            .toList();
    long cut = times.get(times.size() / 2);
    Map<Boolean, List<Map<String, Object>>> byTime =
        world.asOfRows().stream()
            .collect(
                Collectors.partitioningBy(
                    row -> row.get("as_of_time") != null && (long) row.get("as_of_time") <= cut));
    Map<String, List<Map<String, Object>>> knownThen = new HashMap<>();
    world.tables().forEach((table, rows) -> knownThen.put(table, knownAt(cut, rows)));
    assertThat(united(world, byTime.get(true), knownThen, byTime.get(false), random))
        .as("-Dpenstock.seed=" + seed)
        .isEqualTo(world.expected());
  }

  /** Some rows from {@code tables}, the others from all that the world has. */
  private List<String> united(
      World world,
      List<Map<String, Object>> some,
      Map<String, List<Map<String, Object>>> tables,
      List<Map<String, Object>> others,
      Random random) {
    List<String> texts = new ArrayList<>();
    texts.addAll(joined(world.with(tables, some), random));
    texts.addAll(joined(world.with(world.tables(), others), random));
    Collections.sort(texts);
    return texts;
  }

  /** What a run at that time had: versions that came later are not there, nor their closing. */
  private static List<Map<String, Object>> knownAt(long cut, List<Map<String, Object>> rows) {
    List<Map<String, Object>> known = new ArrayList<>();
    for (Map<String, Object> row : rows) {
      Long from = (Long) row.get("known_from");
      Long until = (Long) row.get("known_until");
      if (from != null && from <= cut) {
        Map<String, Object> then = new HashMap<>(row);
        then.put("known_until", until == null || until > cut ? null : until);
        known.add(then);
      }
    }
    return known;
  }

  /** Each row once more, known a century after the last as-of time. */
  private static List<Map<String, Object>> withFuture(List<Map<String, Object>> rows) {
    List<Map<String, Object>> all = new ArrayList<>(rows);
    for (Map<String, Object> row : rows) {
      Map<String, Object> future = new HashMap<>(row);
      future.put("known_from", 5_000_000_000_000_000L);
      future.put("known_until", null);
      all.add(future);
    }
    return all;
  }

  @Test
  void theEngineAgreesWithTheOracleOnKeysOfManyEvents() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    Random seeds = new Random(seed);
    for (int join = 0; join < LARGE_JOINS; join++) {
      World world = world(seeds.nextLong(), 3, 30);
      assertThat(joined(world, new Random(seed)))
          .as("-Dpenstock.seed=%d, join %d: %s", seed, join, world.groups())
          .isEqualTo(world.expected());
    }
  }

  @Test
  void theEngineAgreesWithTheOracleOnGroupsOfAllEvents() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    Random seeds = new Random(seed);
    for (int join = 0; join < LARGE_JOINS; join++) {
      World world = world(seeds.nextLong(), 1, 20);
      assertThat(joined(world, new Random(seed)))
          .as("-Dpenstock.seed=%d, join %d: %s", seed, join, world.groups())
          .isEqualTo(world.expected());
    }
  }

  @Test
  void keysThatAreSplitByTimeHaveTheSameFeatures() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    Random seeds = new Random(seed);
    int split = 0;
    int carried = 0;
    while (split < LARGE_JOINS || carried < LARGE_JOINS) {
      long each = seeds.nextLong();
      World world = world(each, 1, 30);
      Dataset<Row> joined = join(world, new Random(seed), 20);
      String plan = joined.queryExecution().analyzed().toString();
      if (plan.contains("_part_of_time")) {
        assertThat(texts(joined))
            .as("-Dpenstock.seed=%d, groups %s", seed, world.groups())
            .isEqualTo(world.expected());
        split++;
        carried += plan.contains("_newest_") ? 1 : 0;
      }
    }
  }

  @Test
  void whatDoesNotFitTheMemoryOfATaskGoesToDisk() throws Exception {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    World world = world(seed);
    String rowsInMemory = "spark.shuffle.spill.numElementsForceSpillThreshold";
    AtomicLong spilled = new AtomicLong();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            spilled.addAndGet(end.taskMetrics().diskBytesSpilled());
          }
        };
    SparkEnv.get().conf().set(rowsInMemory, "99");
    spark().sparkContext().addSparkListener(listener);
    try {
      assertThat(joined(world, new Random(seed)))
          .as("-Dpenstock.seed=" + seed)
          .isEqualTo(world.expected());
      spark().sparkContext().listenerBus().waitUntilEmpty();
      assertThat(spilled).hasPositiveValue();
    } finally {
      spark().sparkContext().removeSparkListener(listener);
      SparkEnv.get().conf().remove(rowsInMemory);
    }
  }

  private static World world(long seed) {
    return world(seed, CASES, 1);
  }

  private static World world(long seed, int cases, int scale) {
    return world(seed, cases, scale, new RandomCases(seed, scale).groups(cases == 1));
  }

  private static World world(long seed, int cases, int scale, List<FeatureGroup> groups) {
    RandomCases random = new RandomCases(seed, scale);
    String[] columns = StructType.fromDDL(RandomCases.AS_OF_SCHEMA).fieldNames();
    Optional<String> predicted = random.nextBoolean() ? Optional.of("events") : Optional.empty();
    Limits limits = random.limits();
    Map<String, List<Map<String, Object>>> tables =
        Map.of("events", new ArrayList<>(), "others", new ArrayList<>());
    List<Map<String, Object>> asOfRows = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int number = 0; number < cases; number++) {
      long base = random.base();
      Map<String, List<Map<String, Object>>> small =
          Map.of("events", random.versions(number, base), "others", random.versions(number, base));
      List<Map<String, Object>> rows = random.asOfRows(number, base, small.get("events"));
      Oracle oracle =
          new Oracle(RandomCases.EXPRESSIONS, small, RandomCases.KEY, predicted, limits.exact());
      for (Map<String, Object> row : rows) {
        StringBuilder text = new StringBuilder();
        for (String column : columns) {
          text.append(column).append('=').append(text(row.get(column))).append(' ');
        }
        for (FeatureGroup group : groups) {
          oracle
              .features(group, row)
              .forEach(
                  (name, value) -> text.append(name).append('=').append(text(value)).append(' '));
        }
        expected.add(text.toString());
      }
      small.forEach((table, events) -> tables.get(table).addAll(events));
      asOfRows.addAll(rows);
    }
    Collections.sort(expected);
    return new World(groups, tables, asOfRows, predicted, limits, expected);
  }

  private List<String> joined(World world, Random shuffle) {
    return texts(join(world, shuffle, 1_000_000));
  }

  private Dataset<Row> join(World world, Random shuffle, long hotKeyRows) {
    Map<String, Events> tables = new HashMap<>();
    world
        .tables()
        .forEach(
            (table, rows) ->
                tables.put(
                    table,
                    new Events(
                        frame(rows, RandomCases.SCHEMA, shuffle)
                            .withColumn("day", date_from_unix_date(col("day"))),
                        RandomCases.KEY,
                        "at")));
    PointInTime join =
        PointInTime.of(world.groups())
            .within(world.limits())
            .splittingKeysAbove(hotKeyRows)
            .sharingPassesAbove(shuffle.nextBoolean() ? 0 : Double.POSITIVE_INFINITY);
    if (world.predicted().isPresent()) {
      join = join.predicting(world.predicted().get());
    }
    return join.join(frame(world.asOfRows(), RandomCases.AS_OF_SCHEMA, shuffle), tables);
  }

  private static List<String> texts(Dataset<Row> joined) {
    Dataset<Row> result = joined;
    for (StructField field : result.schema().fields()) {
      if (field.dataType().equals(DataTypes.TimestampType)) {
        result = result.withColumn(field.name(), unix_micros(col(field.name())));
      } else if (field.dataType().equals(DataTypes.DateType)) {
        result = result.withColumn(field.name(), unix_date(col(field.name())));
      } else if (field.dataType().equals(new ArrayType(DataTypes.TimestampType, false))) {
        result =
            result.withColumn(
                field.name(), transform(col(field.name()), element -> unix_micros(element)));
      }
    }
    List<String> texts = new ArrayList<>();
    String[] columns = result.columns();
    for (Row row : result.collectAsList()) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < columns.length; i++) {
        text.append(columns[i]).append('=').append(text(row.get(i))).append(' ');
      }
      texts.add(text.toString());
    }
    Collections.sort(texts);
    return texts;
  }

  private Dataset<Row> frame(List<Map<String, Object>> rows, String ddl, Random shuffle) {
    StructType schema = StructType.fromDDL(ddl);
    List<Row> list = new ArrayList<>();
    for (Map<String, Object> row : rows) {
      Object[] values = new Object[schema.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.get(schema.apply(i).name());
      }
      list.add(RowFactory.create(values));
    }
    Collections.shuffle(list, shuffle);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark().sparkContext());
    Dataset<Row> frame =
        spark().createDataFrame(context.parallelize(list, 1 + shuffle.nextInt(4)), schema);
    for (String column : List.of("at", "known_from", "known_until", "ts", "as_of_time")) {
      if (List.of(schema.fieldNames()).contains(column)) {
        frame = frame.withColumn(column, timestamp_micros(col(column)));
      }
    }
    return frame;
  }

  /** The value and its type, to the bit; decimals by value. */
  private static String text(Object value) {
    if (value instanceof Double number) {
      return "double " + Long.toHexString(Double.doubleToLongBits(number)) + " " + number;
    }
    if (value instanceof BigDecimal decimal) {
      return "decimal " + (decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros());
    }
    if (value instanceof Seq<?> sequence) {
      return text(JavaConverters.seqAsJavaList(sequence));
    }
    if (value instanceof List<?> list) {
      return list.stream().map(PointInTimeOracleTest::text).toList().toString();
    }
    return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
  }
}
