package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.junit.jupiter.api.Test;

/** The pipeline file of flights, over made-up flights: what a daily run costs. */
class FlightsDayTest extends SparkTest {
  private static final LocalDate FIRST = LocalDate.parse("2024-03-01");
  private static final int LAST = 10;

  /** Each costs some 0.1 s, and 0.3 s in a JVM that has just started. */
  private static final int MOST_QUERIES = 23;

  /** Notes what Spark SQL is asked. */
  private static final class Queries extends SparkListener {
    private final List<String> queries;

    Queries(List<String> queries) {
      this.queries = queries;
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
      if (event instanceof SparkListenerSQLExecutionStart start) {
        queries.add(start.description());
      }
    }
  }

  @Test
  void aDailyRunMakesFifteenCommitsAndFewQueries() throws Exception {
    Path landing = warehouse.resolve("landing");
    Path tables = warehouse.resolve("tables");
    writeSnapshots(landing);
    for (int day = 0; day <= LAST; day++) {
      writeDay(landing, FIRST.plusDays(day), day >= LAST - 1);
    }
    run(landing, tables, "--from", FIRST.toString(), "--to", FIRST.plusDays(LAST - 1).toString());
    List<Path> before = Warehouses.commits(tables);
    assertThat(tables.resolve("models/promotions")).isDirectory();

    List<String> queries = Collections.synchronizedList(new ArrayList<>());
    SparkListener listener = new Queries(queries);
    spark().sparkContext().addSparkListener(listener);
    run(landing, tables, "--date", FIRST.plusDays(LAST).toString());
    spark().sparkContext().listenerBus().waitUntilEmpty();
    spark().sparkContext().removeSparkListener(listener);

    assertThat(queries).as("queries that Delta makes of a log").noneMatch(q -> q.contains("Delta"));
    assertThat(queries).hasSizeBetween(20, MOST_QUERIES);
    List<Path> commits = new ArrayList<>(Warehouses.commits(tables));
    commits.removeAll(before);
    Map<String, Integer> byTable = new TreeMap<>();
    commits.forEach(
        commit -> byTable.merge(commit.getParent().getParent().toString(), 1, Integer::sum));
    Map<String, Integer> expected = new TreeMap<>();
    for (String table :
        List.of(
            "sources/departures sources/arrivals sources/weather quarantine/departures",
            "features/carrier_delays features/plane_last_leg features/plane",
            "features/origin_weather predictions/flights slices runs")) {
      Arrays.stream(table.split(" ")).forEach(name -> expected.put(name, 1));
    }
    expected.put("profiles", 2);
    expected.put("checks", 2);
    assertThat(byTable).isEqualTo(expected);
    assertThat(commits).hasSize(15);
    assertThat(rowsOfLastSlice(tables, "carrier_delays")).isEqualTo(2);
    assertThat(rowsOfLastSlice(tables, "plane")).as("planes of a snapshot").isEqualTo(20);
    assertThat(rowsOfLastSlice(tables, "plane_last_leg")).isEqualTo(20);
    assertThat(rowsOfLastSlice(tables, "origin_weather")).isEqualTo(3);
    assertThat(explain(tables))
        .contains(
            "as-of rows: departures, as of scheduled; departures holds 3,518 rows in 11 slices",
            "    arrivals holds 3,520 rows in 11 slices, some 3,520 of them within any 30d: 0.9 MB"
                + " over all keys",
            "    planes holds 20 rows in 1 slice",
            "    weather holds 792 rows in 11 slices");
  }

  @Test
  void theFeaturesAreExplainedWithoutAnyTable() {
    assertThat(explain(warehouse.resolve("nothing")))
        .containsExactly(
            "as-of rows: departures, as of scheduled; departures was never written",
            "The same passes run for a training and for each interval, one after the other; bits are"
                + " those for as-of times over 1d.",
            "pass 1 of 3, by carrier: one shuffle, one sort by a BIGINT of 21 bits of the key's"
                + " hash, 42 of the time, 1 of the side",
            "  carrier_delays",
            "    delay_mean avg(arr_delay) over 1d 7d 30d: prefix sums",
            "    late_share share(arr_delay > 15) over 1d 7d 30d: prefix sums",
            "    flights count(*) over 1d 7d 30d: prefix sums",
            "    reads events of arrivals with arrived from 30d before the earliest as-of time to the"
                + " latest as-of time",
            "    keeps per key its events of the last 30d; an event takes some 244 bytes and its"
                + " texts",
            "    arrivals was never written",
            "pass 2 of 3, by tailnum: one shuffle, one sort by a BIGINT of 24 bits of the key's"
                + " hash, 38 of the time, 2 of the side",
            "  plane_last_leg",
            "    latest arr_delay, at most 2d old",
            "    reads events of arrivals with arrived from 2d before the earliest as-of time to the"
                + " latest as-of time",
            "    keeps per key its newest event; an event takes some 272 bytes and its texts",
            "    arrivals was never written",
            "  plane",
            "    latest year, seats, engine",
            "    reads events of planes with known_from without bound, as there is no max-age, to the"
                + " latest as-of time",
            "    keeps per key its newest event; an event takes some 272 bytes and its texts",
            "    planes was never written",
            "pass 3 of 3, by origin: one shuffle, one sort by a BIGINT of 26 bits of the key's hash,"
                + " 37 of the time, 1 of the side",
            "  origin_weather",
            "    latest temp, wind_speed, visib, precip, at most 3h old",
            "    reads events of weather with observed from 3h before the earliest as-of time to the"
                + " latest as-of time",
            "    keeps per key its newest event; an event takes some 296 bytes and its texts",
            "    weather was never written",
            "An event that comes far out of order, or an input that sums of 128 bits can't hold"
                + " exactly, moves its key from the ring to queues.");
  }

  private static List<String> explain(Path tables) {
    StringWriter out = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .execute(
                "features",
                "flights",
                "--explain",
                "--set",
                "LANDING=" + tables,
                "--set",
                "WAREHOUSE=" + tables,
                "--conf-dir",
                System.getProperty("penstock.root") + "/conf");
    assertThat(exit).isZero();
    return out.toString().lines().toList();
  }

  private long rowsOfLastSlice(Path tables, String group) {
    return spark()
        .read()
        .format("delta")
        .load(tables.resolve("features").resolve(group).toString())
        .where("slice = '%s'".formatted(FIRST.plusDays(LAST)))
        .count();
  }

  private static void run(Path landing, Path tables, String... interval) {
    List<String> arguments = new ArrayList<>(List.of("run", "flights"));
    arguments.addAll(List.of(interval));
    for (String setting : List.of("LANDING=" + landing, "WAREHOUSE=" + tables)) {
      arguments.addAll(List.of("--set", setting));
    }
    for (String override :
        List.of(
            "model.split={train: 3d..6d, holdout: 2d}",
            "model.candidates=[{logistic-regression: {regParam: [0.01]}}]",
            "model.accept=[{metric: roc-auc, at-least: 0.5}]")) {
      arguments.addAll(List.of("--override", override));
    }
    arguments.addAll(List.of("--conf-dir", System.getProperty("penstock.root") + "/conf"));
    assertThat(Main.run(arguments.toArray(String[]::new))).isZero();
  }

  private static void writeSnapshots(Path landing) throws IOException {
    List<String> planes = new ArrayList<>(List.of("tailnum,year,seats,engine"));
    for (int i = 0; i < 20; i++) {
      planes.add("N%d,%d,%d,Turbo-fan".formatted(i, 1990 + i, 50 + 10 * i));
    }
    write(landing.resolve("planes.csv"), planes);
    write(landing.resolve("airlines.csv"), List.of("carrier,name", "AA,First", "B6,Second"));
  }

  /** The flights of a day, all of them late or not by carrier and hour. */
  private static void writeDay(Path landing, LocalDate date, boolean withABadRow)
      throws IOException {
    List<String> departures =
        new ArrayList<>(List.of("flight_id,scheduled,carrier,tailnum,origin,dest,distance"));
    List<String> arrivals = new ArrayList<>(List.of("flight_id,carrier,tailnum,arrived,arr_delay"));
    List<String> weather = new ArrayList<>(List.of("origin,observed,temp,wind_speed,visib,precip"));
    for (int i = 0; i < 320; i++) {
      int hour = 6 + i % 14;
      String carrier = i % 3 == 0 ? "B6" : "AA";
      String origin = List.of("EWR", "JFK", "LGA").get(i % 3);
      String id = "%s-%03d".formatted(date, i);
      int delay = hour + (i % 3 == 0 ? 8 : 0) + (i * 7919) % 12 - 10;
      int distance = withABadRow && i == 0 ? 9000 : 500;
      departures.add(
          "%s,%sT%02d:00:00Z,%s,N%d,%s,BOS,%d"
              .formatted(id, date, hour, carrier, i % 20, origin, distance));
      arrivals.add(
          "%s,%s,N%d,%sT%02d:30:00Z,%d".formatted(id, carrier, i % 20, date, hour + 2, delay));
    }
    for (int hour = 0; hour < 24; hour++) {
      for (String origin : List.of("EWR", "JFK", "LGA")) {
        weather.add("%s,%sT%02d:00:00Z,%d,5,10,0".formatted(origin, date, hour, 40 + hour));
      }
    }
    write(landing.resolve("departures/" + date + ".csv"), departures);
    write(landing.resolve("arrivals/" + date + ".csv"), arrivals);
    write(landing.resolve("weather/" + date + ".csv"), weather);
  }

  private static void write(Path file, List<String> lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }
}
