package dev.penstock.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import dev.penstock.features.Aggregate;
import dev.penstock.features.Events;
import dev.penstock.features.FeatureGroup;
import dev.penstock.features.PointInTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What a join of features costs; see {@code bench/point-in-time}. */
public final class PointInTimeBench {
  private static final List<String> OPTIONS =
      List.of("--repeat", "--events", "--only", "--grow-to", "--one-key");
  private static final List<String> ACCOUNT = List.of("account");
  private static final List<String> NAMES = List.of("bank", "number");
  static final List<Integer> THREE = List.of(1, 7, 30);
  private static final List<Integer> LONG = List.of(7, 30, 90);
  static final List<Integer> TEN = List.of(3, 6, 9, 12, 15, 18, 21, 24, 27, 30);

  /** How many times the CPU seconds of another case one may cost at most, or must cost at least. */
  private record Bound(String name, String against, double ratio, boolean isMost) {}

  /** Growth may cost this power of itself. */
  private static final double EXPONENT = 1.05;

  private final List<Bound> bounds =
      new ArrayList<>(
          List.of(
              new Bound("as-of", "floor", 0.7, true),
              new Bound("as-of, two texts", "floor, two texts", 1.0, true),
              new Bound("10 windows x 4", "floor", 0.8, true),
              new Bound("10 windows x 4, two texts", "floor, two texts", 1.1, true),
              new Bound("10 windows x 4", "3 windows x 4", 1.2, true),
              new Bound("10 windows x 4, 1 % corrected", "10 windows x 4", 1.2, true),
              new Bound("10 windows x 4, half on a key", "10 windows x 4", 2, true),
              new Bound("100 columns", "10 columns", 20, true),
              new Bound(
                  "3 windows x 4, two roles", "3 windows x 4, two roles by two passes", 1, true),
              new Bound("as-of by union and last", "as-of", 2.5, false),
              new Bound("3 windows x 4 by range frames", "3 windows x 4", 10, false),
              new Bound("as-of by join, max, re-join", "as-of", 4, false),
              new Bound("as-of by rank of a join", "as-of", 15, false)));

  private final CpuSeconds cpu;
  private final int repeat;
  private final Map<String, Supplier<Dataset<Row>>> cases = new LinkedHashMap<>();
  private final Map<String, Double> medians = new LinkedHashMap<>();
  private boolean allHeld = true;

  private PointInTimeBench(CpuSeconds cpu, int repeat) {
    this.cpu = cpu;
    this.repeat = repeat;
  }

  /** Runs all cases, or those of {@code --only}; arguments as the script says. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
        System.err.println("expected a value for each of " + OPTIONS + ", got " + arguments[i]);
        System.exit(2);
      }
      options.put(arguments[i], arguments[i + 1]);
    }
    System.exit(run(options) ? 0 : 1);
  }

  /** Whether all bounds held. */
  private static boolean run(Map<String, String> options) throws Exception {
    boolean isOneKey = options.containsKey("--one-key");
    long events =
        Long.parseLong(
            isOneKey ? options.get("--one-key") : options.getOrDefault("--events", "2000000"));
    SparkSession spark = session();
    Path folder = Files.createTempDirectory("penstock-bench-");
    try {
      Payments data = write(spark, folder, events);
      PointInTimeBench bench =
          new PointInTimeBench(
              new CpuSeconds(spark), Integer.parseInt(options.getOrDefault("--repeat", "5")));
      if (options.containsKey("--grow-to")) {
        bench.defineGrowth(data, Long.parseLong(options.get("--grow-to")));
      } else if (isOneKey) {
        bench.defineOneKey(data);
      } else {
        bench.define(data);
      }
      if (options.containsKey("--only")) {
        bench.cases.keySet().retainAll(List.of(options.get("--only").split(";")));
      }
      bench.compareResults();
      if (isOneKey) {
        bench.cases.forEach(
            (name, each) -> System.out.println(name + ": checksum " + checksum(each.get())));
      }
      bench.measure();
      return bench.allHeld;
    } finally {
      delete(folder);
    }
  }

  private static Payments write(SparkSession spark, Path folder, long events) {
    Payments data = new Payments(spark, folder, events, events / 4, events / 100);
    data.write();
    System.out.printf("%,d events, %,d as-of rows, %,d keys%n", events, events / 4, events / 100);
    return data;
  }

  static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate();
  }

  /** The amount of the newest payment. */
  static Dataset<Row> asOf(Payments data) {
    return join(latest(ACCOUNT, List.of("amount")), data.rows(), data.payments());
  }

  /** Four aggregates over windows of these many days. */
  static Dataset<Row> windows(Payments data, List<Integer> days) {
    return join(windows(ACCOUNT, days), data.rows(), data.payments());
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  private void define(Payments data) {
    UsersShapes users = new UsersShapes(data);
    Dataset<Row> rows = data.rows();
    Dataset<Row> events = data.payments();
    cases.put("floor", () -> floor(data, ACCOUNT));
    cases.put("floor, two texts", () -> floor(data, NAMES));
    cases.put("as-of", () -> asOf(data));
    cases.put("as-of, two texts", () -> join(latest(NAMES, List.of("amount")), rows, events));
    cases.put("3 windows x 4", () -> windows(data, THREE));
    cases.put("3 windows x 4, two roles", () -> twoRoles(data, 0));
    cases.put(
        "3 windows x 4, two roles by two passes", () -> twoRoles(data, Double.POSITIVE_INFINITY));
    cases.put("10 windows x 4", () -> windows(data, TEN));
    cases.put("10 windows x 4, two texts", () -> join(windows(NAMES, TEN), rows, events));
    cases.put(
        "10 windows x 4, 1 % corrected", () -> join(windows(ACCOUNT, TEN), rows, data.corrected()));
    cases.put(
        "10 windows x 4, half on a key",
        () -> join(windows(ACCOUNT, TEN), Payments.halfOnAKey(rows), Payments.halfOnAKey(events)));
    for (int columns : List.of(10, 100)) {
      List<String> names = IntStream.range(0, columns).mapToObj(i -> "c" + i).toList();
      cases.put(
          columns + " columns",
          () -> join(latest(ACCOUNT, names), rows, Payments.withColumns(events, names)));
    }
    cases.put("as-of by union and last", users::lastOfUnion);
    cases.put("3 windows x 4 by range frames", () -> users.rangeFrames(THREE));
    cases.put("as-of by join, max, re-join", users::joinMaxAndRejoin);
    cases.put("as-of by rank of a join", users::rankOfJoin);
  }

  private void defineGrowth(Payments data, long events) {
    Payments grown = write(data.spark(), data.folder().resolve("grown"), events);
    double most = Math.pow((double) events / data.events(), EXPONENT);
    cases.put("as-of", () -> asOf(data));
    cases.put("as-of, more events", () -> asOf(grown));
    cases.put("10 windows x 4", () -> windows(data, TEN));
    cases.put("10 windows x 4, more events", () -> windows(grown, TEN));
    for (String name : List.of("as-of", "10 windows x 4")) {
      bounds.add(new Bound(name + ", more events", name, most, true));
    }
  }

  private void defineOneKey(Payments data) {
    Dataset<Row> rows = Payments.onOneKey(data.rows());
    Dataset<Row> events = Payments.onOneKey(data.payments());
    cases.put("3 long windows x 4", () -> windows(data, LONG));
    cases.put("3 long windows x 4, one key", () -> join(windows(ACCOUNT, LONG), rows, events));
    Dataset<Row> corrected = Payments.onOneKey(data.corrected());
    cases.put(
        "3 long windows x 4, one key, 1 % corrected",
        () -> join(windows(ACCOUNT, LONG), rows, corrected));
    cases.put("2 long windows x 7 others, one key", () -> join(others(), rows, events));
  }

  /** The users' shapes and the engine must say the same of every row. */
  private void compareResults() {
    Map<String, Row> sums = new LinkedHashMap<>();
    for (String name : cases.keySet()) {
      String same = name.contains(" by ") ? name.substring(0, name.indexOf(" by ")) : name;
      if (cases.keySet().stream().anyMatch(other -> other.startsWith(same + " by "))) {
        Row sum = checksum(cases.get(name).get());
        System.out.printf("%-40s %,d rows, checksum %s%n", name, sum.getLong(0), sum.get(1));
        Row expected = sums.computeIfAbsent(same, first -> sum);
        if (!sum.equals(expected)) {
          throw new IllegalStateException(name + " differs from " + same);
        }
      }
    }
  }

  /** Sums and means are rounded: only those of the engine are exact. */
  static Row checksum(Dataset<Row> result) {
    List<Column> columns = new ArrayList<>();
    for (String name : Stream.of(result.columns()).sorted().toList()) {
      if (name.equals("row_id") || name.contains("__")) {
        columns.add(
            name.matches(".*__a[12]_.*") ? expr("round(%s, 2)".formatted(name)) : col(name));
      }
    }
    return result
        .select(org.apache.spark.sql.functions.xxhash64(columns.toArray(Column[]::new)).as("hash"))
        .selectExpr("count(*)", "sum(cast(hash AS DECIMAL(38,0)))")
        .head();
  }

  private void measure() throws Exception {
    Map<String, List<Double>> samples = new HashMap<>();
    for (int i = 0; i <= repeat; i++) {
      for (var each : cases.entrySet()) {
        double seconds =
            cpu.of(() -> each.getValue().get().write().format("noop").mode("overwrite").save());
        if (i > 0) { // the first warms up
          samples.computeIfAbsent(each.getKey(), name -> new ArrayList<>()).add(seconds);
        }
      }
    }
    for (String name : cases.keySet()) {
      List<Double> sorted = samples.get(name).stream().sorted().toList();
      medians.put(name, sorted.get(sorted.size() / 2));
      System.out.printf(
          Locale.ROOT,
          "%-40s %6.2f CPU s (%.2f to %.2f)%n",
          name,
          medians.get(name),
          sorted.get(0),
          sorted.get(sorted.size() - 1));
    }
    bounds.forEach(this::check);
  }

  private void check(Bound bound) {
    if (!medians.containsKey(bound.name()) || !medians.containsKey(bound.against())) {
      return;
    }
    double ratio = medians.get(bound.name()) / medians.get(bound.against());
    boolean held = bound.isMost() ? ratio <= bound.ratio() : ratio >= bound.ratio();
    allHeld &= held;
    System.out.printf(
        Locale.ROOT,
        "%s: %s against %s: %.2f, at %s %.1f%n",
        held ? "held" : "NOT HELD",
        bound.name(),
        bound.against(),
        ratio,
        bound.isMost() ? "most" : "least",
        bound.ratio());
  }

  /** The same rows read, shuffled and sorted, and nothing else. */
  private static Dataset<Row> floor(Payments data, List<String> key) {
    Column[] columns = key.stream().map(name -> col(name)).toArray(Column[]::new);
    List<Column> events = new ArrayList<>(List.of(columns));
    events.addAll(List.of(col("at"), expr("0 AS side"), col("amount"), expr("-1L AS row_id")));
    List<Column> rows = new ArrayList<>(List.of(columns));
    rows.addAll(List.of(col("as_of_time"), expr("1 AS side"), expr("0D AS amount"), col("row_id")));
    List<Column> order = new ArrayList<>(List.of(columns));
    order.add(col("at"));
    return data.payments()
        .select(events.toArray(Column[]::new))
        .union(data.rows().select(rows.toArray(Column[]::new)))
        .repartition(columns)
        .sortWithinPartitions(order.toArray(Column[]::new));
  }

  /** Of the account that pays and of the one that is paid. */
  private static Dataset<Row> twoRoles(Payments data, double sharingAbove) {
    FeatureGroup payer = windows(ACCOUNT, THREE);
    FeatureGroup payee = payer.inRole("payee", Map.of("account", "payee"));
    return PointInTime.of(List.of(payer, payee))
        .sharingPassesAbove(sharingAbove)
        .join(
            data.rows().withColumn("payee", expr("pmod(account + 1, %d)".formatted(data.keys()))),
            Map.of("payments", new Events(data.payments(), List.of("id"), "at")));
  }

  private static Dataset<Row> join(FeatureGroup group, Dataset<Row> rows, Dataset<Row> events) {
    List<String> columns = new ArrayList<>(List.of("row_id", "as_of_time"));
    columns.addAll(group.by());
    return PointInTime.of(List.of(group))
        .join(
            rows.select(columns.stream().map(name -> col(name)).toArray(Column[]::new)),
            Map.of("payments", new Events(events, List.of("id"), "at")));
  }

  private static FeatureGroup latest(List<String> by, List<String> columns) {
    return group("last", by, List.of(), Map.of(), columns);
  }

  private static FeatureGroup windows(List<String> by, List<Integer> days) {
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    for (String call : List.of("count(*)", "sum(amount)", "avg(points)", "max(amount)")) {
      aggregates.put("a" + aggregates.size(), Aggregate.parse(call));
    }
    return group("w", by, days.stream().map(Duration::ofDays).toList(), aggregates, List.of());
  }

  /** What is not of prefix sums and monotonic queues. */
  private static FeatureGroup others() {
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    for (String call :
        List.of(
            "stddev(amount)",
            "first(amount)",
            "last_k(amount, 3)",
            "count(distinct amount)",
            "percentile(amount, 0.9)",
            "top_k(points % 10, 3)",
            "decayed_sum(amount, 7d)")) {
      aggregates.put("b" + aggregates.size(), Aggregate.parse(call));
    }
    List<Duration> windows = List.of(Duration.ofDays(7), Duration.ofDays(90));
    return group("o", ACCOUNT, windows, aggregates, List.of());
  }

  private static FeatureGroup group(
      String name,
      List<String> by,
      List<Duration> windows,
      Map<String, Aggregate> aggregates,
      List<String> latest) {
    return new FeatureGroup(
        name,
        "payments",
        by,
        by,
        windows,
        aggregates,
        latest,
        false,
        Optional.empty(),
        Duration.ZERO,
        Optional.empty());
  }
}
