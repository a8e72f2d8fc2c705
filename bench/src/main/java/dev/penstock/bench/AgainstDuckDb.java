package dev.penstock.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The engine against DuckDB, each in a JVM of its own, in turn, on the same Parquet files: CPU
 * seconds of the whole process, planning and compiling included. See {@code bench/duckdb}.
 */
public final class AgainstDuckDb {
  private static final String ANSWER = "=> ";

  /** By then the compiler has done most of what it does. */
  private static final int WARM_UPS = 5;

  /** What is computed. */
  private enum Case {
    AS_OF("as-of", 6, true),
    THREE("3 windows x 4", 2, false),
    TEN("10 windows x 4", 6, false);

    private final String text;
    private final double times;

    /** Whether the engine may cost that many times as much, or DuckDB must. */
    private final boolean engineMay;

    Case(String text, double times, boolean engineMay) {
      this.text = text;
      this.times = times;
      this.engineMay = engineMay;
    }

    private List<Integer> days() {
      return this == THREE ? PointInTimeBench.THREE : PointInTimeBench.TEN;
    }
  }

  /** One of the two, as it is asked for things. */
  private interface Side {
    /** Computes a case once. */
    void compute(Case which) throws Exception;

    /** Writes the result of a case as Parquet. */
    void write(Case which, String file) throws Exception;
  }

  private record Engine(Payments data) implements Side {
    private Dataset<Row> result(Case which) {
      return which == Case.AS_OF
          ? PointInTimeBench.asOf(data)
          : PointInTimeBench.windows(data, which.days());
    }

    @Override
    public void compute(Case which) {
      result(which).write().format("noop").mode("overwrite").save();
    }

    @Override
    public void write(Case which, String file) {
      result(which).write().parquet(file);
    }
  }

  private record DuckDb(Connection connection, Path folder) implements Side {
    /** As users of DuckDB write it: its as-of join; frames over events and rows together. */
    private String sql(Case which) {
      String events =
          "SELECT account, epoch_us(\"at\") AS t, amount, points, NULL AS row_id FROM '%s/payments/*.parquet'"
              .formatted(folder);
      String rows =
          "SELECT account, epoch_us(as_of_time) AS t, NULL AS amount, NULL AS points, row_id FROM '%s/rows/*.parquet'"
              .formatted(folder);
      if (which == Case.AS_OF) {
        return "SELECT r.row_id, e.amount AS last__amount FROM (%s) r ASOF LEFT JOIN (%s) e ON r.account = e.account AND r.t >= e.t"
            .formatted(rows, events);
      }
      String features =
          which.days().stream()
              .map(
                  d ->
                      "count(amount) OVER w%1$d AS w__a0_%1$dd, sum(amount) OVER w%1$d AS w__a1_%1$dd, avg(points) OVER w%1$d AS w__a2_%1$dd, max(amount) OVER w%1$d AS w__a3_%1$dd"
                          .formatted(d))
              .collect(Collectors.joining(", "));
      String windows =
          which.days().stream()
              .map(
                  d ->
                      "w%d AS (PARTITION BY account ORDER BY t RANGE BETWEEN %d PRECEDING AND CURRENT ROW)"
                          .formatted(d, d * 86_400_000_000L - 1))
              .collect(Collectors.joining(", "));
      return "SELECT * FROM (SELECT row_id, %s FROM (%s UNION ALL %s) WINDOW %s) WHERE row_id IS NOT NULL"
          .formatted(features, events, rows, windows);
    }

    @Override
    public void compute(Case which) throws SQLException {
      execute("CREATE OR REPLACE TEMP TABLE result AS " + sql(which));
    }

    @Override
    public void write(Case which, String file) throws SQLException {
      execute("COPY (%s) TO '%s' (FORMAT parquet)".formatted(sql(which), file));
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
  }

  /** A child process; one request and one answer a line. */
  private static final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader answers;

    Child(String role, Path folder, long events) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(AgainstDuckDb.class.getName());
      command.addAll(List.of(role, folder.toString(), Long.toString(events)));
      process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
      requests =
          new BufferedWriter(
              new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
      answers =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    String ask(String... request) throws IOException {
      requests.write(String.join("\t", request));
      requests.newLine();
      requests.flush();
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith(ANSWER)) {
          return line.substring(ANSWER.length());
        }
      }
      throw new IOException("A child process ended at " + Arrays.toString(request));
    }

    @Override
    public void close() throws IOException {
      requests.close();
      process.destroy();
    }
  }

  private AgainstDuckDb() {}

  /** {@code [--repeat N] [--events N]}; a child process is given its role. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 3 && List.of("engine", "duckdb").contains(arguments[0])) {
      serve(arguments[0], Path.of(arguments[1]), Long.parseLong(arguments[2]));
      return;
    }
    int repeat = 5;
    long events = 2_000_000;
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 < arguments.length && arguments[i].equals("--repeat")) {
        repeat = Integer.parseInt(arguments[i + 1]);
      } else if (i + 1 < arguments.length && arguments[i].equals("--events")) {
        events = Long.parseLong(arguments[i + 1]);
      } else {
        System.err.println("expected --repeat N or --events N, got " + arguments[i]);
        System.exit(2);
      }
    }
    Path folder = Files.createTempDirectory("penstock-bench-");
    boolean held;
    try (Child engine = new Child("engine", folder, events);
        Child duckDb = new Child("duckdb", folder, events)) {
      held = compare(engine, duckDb, folder, events, repeat);
    } finally {
      PointInTimeBench.delete(folder);
    }
    System.exit(held ? 0 : 1);
  }

  private static boolean compare(Child engine, Child duckDb, Path folder, long events, int repeat)
      throws IOException {
    engine.ask("data");
    System.out.printf(
        "%,d events, %,d as-of rows, %,d keys; load %.1f%n",
        events,
        events / 4,
        events / 100,
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    for (Case which : Case.values()) {
      String ours = folder.resolve("engine-" + which).toString();
      String theirs = folder.resolve("duckdb-" + which + ".parquet").toString();
      engine.ask("write", which.name(), ours);
      duckDb.ask("write", which.name(), theirs);
      String sum = engine.ask("sum", ours);
      System.out.printf("%-16s %s%n", which.text, sum);
      if (!sum.equals(engine.ask("sum", theirs))) {
        throw new IllegalStateException(
            "%s: the results differ: %s".formatted(which.text, engine.ask("differ", ours, theirs)));
      }
    }
    double[][] engines = new double[Case.values().length][repeat];
    double[][] ducks = new double[Case.values().length][repeat];
    for (int i = -WARM_UPS; i < repeat; i++) {
      for (Case which : Case.values()) {
        double ourSeconds = Double.parseDouble(engine.ask("compute", which.name()));
        double theirSeconds = Double.parseDouble(duckDb.ask("compute", which.name()));
        if (i >= 0) {
          engines[which.ordinal()][i] = ourSeconds;
          ducks[which.ordinal()][i] = theirSeconds;
        }
      }
    }
    boolean held = true;
    for (Case which : Case.values()) {
      held &= judge(which, engines[which.ordinal()], ducks[which.ordinal()]);
    }
    return held;
  }

  private static boolean judge(Case which, double[] engines, double[] ducks) {
    Arrays.sort(engines);
    Arrays.sort(ducks);
    double engine = engines[engines.length / 2];
    double duck = ducks[ducks.length / 2];
    boolean held = which.engineMay ? engine <= which.times * duck : duck >= which.times * engine;
    System.out.printf(
        Locale.ROOT,
        "%-16s engine %.2f CPU s (%.2f to %.2f), DuckDB %.2f (%.2f to %.2f); DuckDB/engine %.2f%n",
        which.text,
        engine,
        engines[0],
        engines[engines.length - 1],
        duck,
        ducks[0],
        ducks[ducks.length - 1],
        duck / engine);
    System.out.printf(
        Locale.ROOT,
        which.engineMay
            ? "%s: %s: the engine at most %.0f times as dear%n"
            : "%s: %s: the engine at least %.0f times as cheap%n",
        held ? "held" : "NOT HELD",
        which.text,
        which.times);
    return held;
  }

  private static void serve(String role, Path folder, long events) throws Exception {
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    SparkSession spark = role.equals("engine") ? PointInTimeBench.session() : null;
    Payments data = new Payments(spark, folder, events, events / 4, events / 100);
    Side side = role.equals("engine") ? new Engine(data) : duckDb(folder);
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      String[] request = line.split("\t");
      String answer = "";
      switch (request[0]) {
        case "data" -> data.write();
        case "write" -> side.write(Case.valueOf(request[1]), request[2]);
        case "sum" ->
            answer = PointInTimeBench.checksum(spark.read().parquet(request[1])).toString();
        case "differ" ->
            answer =
                differences(spark.read().parquet(request[1]), spark.read().parquet(request[2]));
        default -> {
          long before = process.getProcessCpuTime();
          side.compute(Case.valueOf(request[1]));
          answer = Double.toString((process.getProcessCpuTime() - before) / 1e9);
        }
      }
      System.out.println(ANSWER + answer);
    }
  }

  /** Of each column how many rows are not the same, and one of them. */
  private static String differences(Dataset<Row> ours, Dataset<Row> theirs) {
    Dataset<Row> both = ours.as("a").join(theirs.as("b"), "row_id");
    StringBuilder text = new StringBuilder();
    for (String column : theirs.columns()) {
      if (column.contains("__")) {
        Dataset<Row> other =
            both.where("NOT (a.%1$s <=> b.%1$s)".formatted(column))
                .selectExpr("row_id", "a." + column, "b." + column);
        text.append("%s %d %s; ".formatted(column, other.count(), other.limit(1).collectAsList()));
      }
    }
    return text.toString();
  }

  private static Side duckDb(Path folder) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:duckdb:");
    DuckDb side = new DuckDb(connection, folder);
    side.execute("SET threads = 2");
    return side;
  }
}
