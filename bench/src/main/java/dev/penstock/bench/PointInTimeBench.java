package dev.penstock.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import dev.penstock.features.Aggregate;
import dev.penstock.features.Events;
import dev.penstock.features.FeatureGroup;
import dev.penstock.features.PointInTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What a join of features costs; see {@code bench/point-in-time}. */
public final class PointInTimeBench {
  private static final List<String> ACCOUNT = List.of("account");
  private static final List<String> NAMES = List.of("bank", "number");

  private final CpuSeconds cpu;
  private final Payments data;
  private final int repeat;
  private final List<String> only;
  private final Map<String, Double> medians = new LinkedHashMap<>();

  private PointInTimeBench(SparkSession spark, Payments data, int repeat, List<String> only) {
    this.only = only;
    this.cpu = new CpuSeconds(spark);
    this.data = data;
    this.repeat = repeat;
  }

  /** Runs all; arguments as the script says. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    long events = Long.parseLong(options.getOrDefault("--events", "2000000"));
    List<String> only =
        options.containsKey("--only") ? List.of(options.get("--only").split(", *")) : List.of();
    int repeat = Integer.parseInt(options.getOrDefault("--repeat", "5"));
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "8")
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate();
    Path folder = Files.createTempDirectory("penstock-bench-");
    try {
      Payments data = new Payments(spark, folder, events, events / 4, events / 100);
      data.write();
      new PointInTimeBench(spark, data, repeat, only).run();
    } finally {
      spark.stop();
      try (var files = Files.walk(folder)) {
        files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private void run() throws Exception {
    Map<String, Supplier<Dataset<Row>>> all = new LinkedHashMap<>();
    all.put("floor", () -> floor(ACCOUNT));
    all.put("floor, two texts", () -> floor(NAMES));
    all.put("as-of", () -> join(latest(ACCOUNT)));
    all.put("as-of, two texts", () -> join(latest(NAMES)));
    all.put("3 windows x 4", () -> join(windows(ACCOUNT, 3, 1)));
    all.put("10 windows x 4", () -> join(windows(ACCOUNT, 10, 1)));
    all.put("10 windows x 4, two texts", () -> join(windows(NAMES, 10, 1)));
    if (!only.isEmpty()) {
      all.keySet().retainAll(only);
    }
    for (int i = 0; i <= repeat; i++) {
      for (var each : all.entrySet()) {
        double seconds =
            cpu.of(() -> each.getValue().get().write().format("noop").mode("overwrite").save());
        if (i > 0) {
          samples.computeIfAbsent(each.getKey(), name -> new ArrayList<>()).add(seconds);
        }
      }
    }
    all.keySet().forEach(name -> medians.put(name, median(samples.get(name))));
    medians.forEach(
        (name, seconds) -> System.out.printf(Locale.ROOT, "%-28s %6.2f CPU s%n", name, seconds));
    bound("as-of", "floor", 0.7);
    bound("as-of, two texts", "floor, two texts", 1.0);
    bound("10 windows x 4", "floor", 0.8);
    bound("10 windows x 4, two texts", "floor, two texts", 1.1);
    bound("10 windows x 4", "3 windows x 4", 1.2);
  }

  private final Map<String, List<Double>> samples = new LinkedHashMap<>();

  private void bound(String name, String against, double most) {
    if (!medians.containsKey(name) || !medians.containsKey(against)) {
      return;
    }
    double ratio = medians.get(name) / medians.get(against);
    System.out.printf(
        Locale.ROOT,
        "%s: %s against %s: %.2f, at most %.2f%n",
        ratio <= most ? "held" : "NOT HELD",
        name,
        against,
        ratio,
        most);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /** The same rows read, shuffled and sorted, and nothing else. */
  private Dataset<Row> floor(List<String> key) {
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

  private Dataset<Row> join(FeatureGroup group) {
    List<String> columns = new ArrayList<>(List.of("row_id", "as_of_time"));
    columns.addAll(group.by());
    Dataset<Row> rows =
        data.rows().select(columns.stream().map(name -> col(name)).toArray(Column[]::new));
    return PointInTime.of(List.of(group))
        .join(rows, Map.of("payments", new Events(data.payments(), List.of("id"), "at")));
  }

  private static FeatureGroup latest(List<String> by) {
    return new FeatureGroup(
        "last",
        "payments",
        by,
        List.of(),
        Map.of(),
        List.of("amount"),
        Optional.empty(),
        Duration.ZERO,
        Optional.empty());
  }

  private static FeatureGroup windows(List<String> by, int windows, int days) {
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    for (String call : List.of("count(*)", "sum(amount)", "avg(points)", "max(amount)")) {
      aggregates.put("a" + aggregates.size(), Aggregate.parse(call));
    }
    return new FeatureGroup(
        "w",
        "payments",
        by,
        IntStream.rangeClosed(1, windows)
            .mapToObj(i -> Duration.ofDays((long) days * i * 3))
            .toList(),
        aggregates,
        List.of(),
        Optional.empty(),
        Duration.ZERO,
        Optional.empty());
  }
}
