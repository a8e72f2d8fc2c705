package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.lake.Lake;
import dev.penstock.lake.TableDefinition;
import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** What a plan says of sources, derived tables and groups is what a run then does. */
class PlanTest extends SparkTest {
  private static final String PIPELINE =
      """
      pipeline: shop
      every: 1d
      sources:
        orders:
          csv: ${LANDING}/orders/{date}.csv
          columns: order_id STRING, at TIMESTAMP, shop STRING, amount INT
          key: order_id
          event-time: at
          known-after: 1h
          gate:
            refuse: {row-count: {at-least: 2}, references: {shop: shops.shop}}
        shops: {csv: "${LANDING}/shops.csv", columns: "shop STRING, city STRING", key: shop, snapshot: true}
      tables:
        large:
          sql: SELECT order_id, at, shop, amount FROM orders WHERE amount > 1
          reads: {orders: 2d}
          key: order_id
          event-time: at
      features:
        sales: {from: large, by: shop, windows: [1d], aggregate: {total: sum(amount)}}
      """;

  private static final String HEADER = "order_id,at,shop,amount";
  private static final String[] ALL = {"--from", "2024-05-01", "--to", "2024-05-04"};

  @Test
  void aRunDoesWhatThePlanSaysAndThePlanWritesNothing() throws IOException {
    Shop shop =
        new Shop(spark(), warehouse, PIPELINE)
            .land("shops.csv", "shop,city", "s,Ulm")
            .land("orders/2024-05-01.csv", HEADER, order("a", 1, 1), order("b", 1, 2))
            .land("orders/2024-05-02.csv", HEADER, order("c", 2, 1), order("d", 2, 2))
            .land("orders/2024-05-03.csv", HEADER, order("e", 3, 1));
    String missing =
        "missing  %s is not there yet; run again when it is"
            .formatted(shop.landing("orders/2024-05-04.csv"));
    assertThat(plan(shop, ALL))
        .containsExactly(
            "2024-05-01             ingest   shops            write    no slice yet; 1 file",
            "2024-05-02..2024-05-04 ingest   shops            record   nothing came",
            "2024-05-01..2024-05-03 ingest   orders           write    no slice yet; 3 files",
            "2024-05-04             ingest   orders           " + missing,
            "2024-05-01..2024-05-04 ingest   large            write    no slice yet",
            "2024-05-01..2024-05-04 features sales            write    no slice yet",
            "shop 2024-05-01..2024-05-04: 12 to write, 3 to record, exit code 5");
    Set<String> planned = planned(shop, ALL);
    assertThat(shop.run("run", ALL)).isEqualTo(Exit.NOT_YET);
    assertThat(shop.rows("slices", "table", "slice")).containsExactlyElementsOf(planned);

    assertThat(plan(shop, ALL))
        .containsExactly(
            "2024-05-01..2024-05-04 ingest   shops            current",
            "2024-05-01..2024-05-02 ingest   orders           current",
            "2024-05-03             ingest   orders           refused  again from the same inputs:"
                + " row-count 1, at least 2 expected",
            "2024-05-04             ingest   orders           " + missing,
            "2024-05-01..2024-05-04 ingest   large            current",
            "2024-05-01..2024-05-04 features sales            current",
            "shop 2024-05-01..2024-05-04: nothing to do, exit code 5");
    assertThat(plan(shop, "--date", "2024-05-03"))
        .endsWith(
            "2024-05-03             run      shop             stops    after ingest, with exit code"
                + " 3",
            "shop 2024-05-03: nothing to do, exit code 3");

    assertThat(plan(shop, "--date", "2024-05-02", "--override", "sources.orders.known-after=2h"))
        .containsExactly(
            "2024-05-02             ingest   shops            current",
            "2024-05-02             ingest   orders           write    changed since: configuration;"
                + " 1 file",
            "2024-05-02             ingest   large            depends  after sources/orders"
                + " 2024-05-02",
            "2024-05-02             features sales            depends  after sources/large"
                + " 2024-05-02",
            "shop 2024-05-02: 1 to write, 2 to decide on the way");

    shop.land("orders/2024-05-01.csv", HEADER, order("a", 1, 3), order("b", 1, 2));
    assertThat(plan(shop, "--date", "2024-05-01"))
        .contains(
            "2024-05-01             ingest   orders           current  2024-05-01.csv changed since"
                + " slice 2024-05-01 took it; the slice stays, --reload 2024-05-01 takes it as it"
                + " is now")
        .endsWith("shop 2024-05-01: nothing to do");
    assertThat(plan(shop, "--reload", "2024-05-01"))
        .contains(
            "2024-05-01             ingest   orders           write    changed since: files; 1 file",
            "2024-05-02             ingest   orders           depends  computed again if it has keys"
                + " of a slice written");
    shop.land("orders/2024-05-05.csv", HEADER, order("f", 5, 1), order("g", 5, 2))
        .land("orders/2024-05-06.csv", HEADER, order("h", 6, 1), order("i", 6, 2));
    assertThat(plan(shop, "--date", "2024-05-06"))
        .contains(
            "2024-05-06             ingest   orders           write    no slice yet; 2 files,"
                + " changed: 2024-05-01.csv",
            "orders: 1 file of intervals that were never run: 2024-05-05.csv");

    shop.land("orders/2024-04-30.csv", HEADER);
    assertThat(shop.run("status")).as(shop.err()).isZero();
    assertThat(shop.out())
        .endsWith("shop orders: 1 file of intervals that were never run: 2024-04-30.csv\n");

    loseWhatAKilledRunWrote();
    assertThat(plan(shop, "--date", "2024-05-02"))
        .contains(
            "2024-05-02             ingest   orders           write    a run wrote it and was killed"
                + " before it recorded that; 1 file");
    assertThat(
            shop.run(
                "gate accept",
                "orders",
                "--date",
                "2024-05-03",
                "--actor",
                "ann",
                "--reason",
                "a holiday"))
        .isZero();
    assertThat(plan(shop, "--date", "2024-05-03"))
        .contains(
            "2024-05-03             ingest   orders           write    accepted by ann: a holiday;"
                + " 1 file");
  }

  @Test
  void wrongOptionsExitWithTwo() {
    Shop shop = new Shop(spark(), warehouse, PIPELINE);
    assertThat(shop.run("plan", "--from", "2024-05-03", "--to", "2024-05-01"))
        .isEqualTo(Exit.WRONG);
    assertThat(shop.err()).isEqualToIgnoringNewLines("--from 2024-05-03 is after --to 2024-05-01");
  }

  @Test
  void aGroupThatNoModelTakesIsExplainedAlone() {
    Shop shop = new Shop(spark(), warehouse, PIPELINE);
    assertThat(shop.run("features", "--explain")).as(shop.err()).isZero();
    assertThat(shop.out().lines())
        .containsExactly(
            "as-of rows: keys of large at the end of each interval",
            "pass 1 of 1, by shop: one shuffle, one sort by a BIGINT of 26 bits of the key's hash,"
                + " 37 of the time, 1 of the side",
            "  sales",
            "    total sum(amount) over 1d: prefix sums",
            "    reads events of large with at from 1d before the earliest as-of time to the latest"
                + " as-of time",
            "    keeps per key its events of the last 1d; an event takes some 140 bytes and its texts",
            "    large was never written",
            "An event that comes far out of order, or an input that sums of 128 bits can't hold"
                + " exactly, moves its key from the ring to queues.");
    assertThat(shop.run("features", "--explain", "--date", "2024-05-01")).isEqualTo(Exit.WRONG);
    assertThat(shop.err())
        .isEqualToIgnoringNewLines(
            "--explain is about no interval: leave out --date, --from, --to, --reload and --strict");
  }

  private static String order(String id, int day, int amount) {
    return "%s,2024-05-0%d 10:00:00,s,%d".formatted(id, day, amount);
  }

  /** The lines of a plan, which leaves every file of the warehouse as it was. */
  private List<String> plan(Shop shop, String... options) throws IOException {
    Map<String, Long> before = Warehouses.files(warehouse);
    assertThat(shop.run("plan", options)).as(shop.err()).isZero();
    assertThat(Warehouses.files(warehouse)).isEqualTo(before);
    return shop.out().lines().toList();
  }

  /** The slices that a run would write or record; each gets a row of the ledger. */
  private Set<String> planned(Shop shop, String... options) throws IOException {
    assertThat(shop.run("plan", join(options, "--json"))).isZero();
    Set<String> slices = new TreeSet<>();
    for (JsonNode block : new ObjectMapper().readTree(shop.out()).path("blocks")) {
      for (JsonNode step : block.path("steps")) {
        if (Set.of("write", "record").contains(step.path("action").asText())) {
          String folder = step.path("job").asText().equals("ingest") ? "sources/" : "features/";
          step.path("slices")
              .forEach(s -> slices.add(folder + step.path("table").asText() + " " + s.asText()));
        }
      }
    }
    return slices;
  }

  private static String[] join(String[] options, String more) {
    String[] all = Arrays.copyOf(options, options.length + 1);
    all[options.length] = more;
    return all;
  }

  private void loseWhatAKilledRunWrote() {
    Lake lake = new Lake(spark(), warehouse + "/w");
    Dataset<Row> orders = lake.read("sources/orders");
    lake.replace(
        TableDefinition.sliced("sources/orders", orders.schema(), "shop"),
        lake.open("sources/orders"),
        Set.of("2024-05-02"),
        orders.where("slice = '2024-05-02'"),
        "killed");
  }
}
