package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.lake.Lake;
import dev.penstock.lake.TableDefinition;
import dev.penstock.validation.SparkTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ingest makes of what comes, good and bad, through the program as a user calls it. */
class IngestTest extends SparkTest {
  private static final String ORDERS =
      """
      pipeline: shop
      description: a test
      every: 1d
      sources:
        orders:
          csv: ${LANDING}/orders/{date}.csv
          columns: order_id STRING, at TIMESTAMP, shop STRING, amount INT
          key: order_id
          event-time: at
          known-after: 1h
          late-by: 2d
          gate:
            quarantine: {amount: amount > 0}
      """;

  private static final String HEADER = "order_id,at,shop,amount";

  @TempDir private Path other;
  @TempDir private Path third;

  private Shop shop(String pipeline) {
    return new Shop(spark(), warehouse, pipeline);
  }

  @Test
  void badFilesAreQuarantinedWholeAndBadRowsAlone() throws IOException {
    StringBuilder pipeline =
        new StringBuilder("pipeline: shop\ndescription: a test\nevery: 1d\nsources:\n");
    for (String name :
        new String[] {
          "empty.csv",
          "garbage.csv",
          "header.csv",
          "header_only.csv",
          "twice.csv",
          "cut.csv.gz",
          "rows.csv",
          "folders.csv",
          "elsewhere.csv",
          "not_yet.csv"
        }) {
      String source = name.substring(0, name.indexOf('.'));
      pipeline.append(
          "  %s: {csv: \"${LANDING}/%s/{date}%s\", columns: \"id STRING, n INT, at TIMESTAMP\", key: id, event-time: at}%n"
              .formatted(source, source, name.substring(name.indexOf('.'))));
    }
    pipeline.append(
        "  lines: {json: \"${LANDING}/lines/{date}.json\", columns: \"id STRING, n INT, at TIMESTAMP\", key: id, event-time: at}\n");
    pipeline.append(
        "  blocks: {parquet: \"${LANDING}/blocks/{date}.parquet\", columns: \"id STRING, n INT, at TIMESTAMP\", key: id, event-time: at}\n");
    pipeline.append(
        "  times: {parquet: \"${LANDING}/times/{date}/*.parquet\", columns: \"id STRING, n INT, at TIMESTAMP\", key: id, event-time: at}\n");
    Shop shop =
        shop(pipeline.toString().replace("folders/{date}", "folders/{date:yyyy/MM}/{date:dd}"));
    shop.land("folders/2024/05/01.csv");
    Files.write(
        shop.landing("folders/2024/05/01.csv"),
        "id,n,at\na,1,2024-05-01 10:00:00\ncaf\u00e9,1,2024-05-01 10:00:00\n"
            .getBytes(StandardCharsets.ISO_8859_1));
    shop.land("empty/2024-05-01.csv")
        .land("garbage/2024-05-01.csv", "\u0001\u0002\u0003PK")
        .land("header/2024-05-01.csv", "id,count", "a,1")
        .land("header_only/2024-05-01.csv", "id,n,at")
        .land("twice/2024-05-01.csv", "id,n,at,N", "a,1,2024-05-01 10:00:00,2")
        .land(
            "rows/2024-05-01.csv",
            "at,slice,n,id",
            "2024-05-01 10:00:00,x,1,a",
            "2024-05-01 10:00:00,x,one,b",
            "2024-05-01 10:00:00,x,1",
            "2024-05-01 10:00:00,x,1,",
            ",x,1,c",
            "yesterday,x,1,d",
            "2024-05-01 10:00:00,x,,e",
            "2024-05-01 10:00:00,x,5.0,f",
            "2024-05-01 10:00:00,x,5.5,g",
            "2024-05-01 10:00:00,\"5\"\" x\",2,\"one",
            "line\"")
        .land("rows/_2024-05-01.csv", "at,extra,n,id")
        .land("rows/2024-05-01.csv.inprogress", "at,ext")
        .land("not_yet/2024-04-30.csv", "id,n,at")
        .land("not_yet/2024-05-02.csv", "id,n,at")
        .land(
            "lines/2024-05-01.json",
            "{\"id\": \"a\", \"n\": 1, \"at\": \"2024-05-01T10:00:00Z\"}",
            "{\"id\": \"b\",",
            "{\"n\": 2}")
        .land("blocks/2024-05-01.parquet", "this is no Parquet");
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write("id,n,at\na,1,2024-05-01 10:00:00\n".repeat(50).getBytes(StandardCharsets.UTF_8));
    }
    shop.land("cut/2024-05-01.csv.gz");
    Files.write(
        shop.landing("cut/2024-05-01.csv.gz"),
        Arrays.copyOf(zipped.toByteArray(), zipped.size() - 9));

    spark()
        .sql("SELECT 'a' AS id, 'one' AS n, TIMESTAMP '2024-05-01 10:00:00.123456' AS at")
        .coalesce(1)
        .write()
        .parquet(shop.landing("times/2024-05-01").toString());

    assertThat(shop.ingest("2024-05-01")).as(shop.err()).isEqualTo(Exit.NOT_YET);
    assertThat(shop.out())
        .contains("elsewhere missing: " + shop.landing("elsewhere/2024-05-01.csv"))
        .contains(
            "not_yet missing: %s is not there yet; run again when it is"
                .formatted(shop.landing("not_yet/2024-05-01.csv")))
        .contains(
            "not_yet: 1 files wait for the run of their own interval, the first is 2024-04-30.csv")
        .contains("rows: columns that are not declared were left out: slice");
    for (Map.Entry<String, String> problem :
        Map.of(
                "empty", "file: empty: not even a header",
                "garbage", "file: not text: its first line holds control characters",
                "header", "file: missing columns n, at",
                "twice", "file: column N comes twice in the header",
                "cut", "file: unreadable: EOFException",
                "blocks", "file: not a Parquet file")
            .entrySet()) {
      assertThat(shop.rows("quarantine/" + problem.getKey(), "broken_rules[0]"))
          .as(problem.getKey())
          .containsExactly(problem.getValue());
    }
    assertThat(shop.rows("sources/rows", "id", "n", "at"))
        .containsExactly(
            "a 1 2024-05-01 10:00:00.0",
            "e null 2024-05-01 10:00:00.0",
            "f 5 2024-05-01 10:00:00.0");
    assertThat(shop.rows("quarantine/rows", "source_position", "array_join(broken_rules, '+')"))
        .containsExactly(
            "1 type(n)",
            "10 malformed",
            "2 malformed",
            "3 not-null(id)",
            "4 not-null(at)",
            "5 type(at)",
            "8 type(n)",
            "9 malformed");
    assertThat(shop.rows("quarantine/folders", "raw", "broken_rules[0]"))
        .containsExactly("caf\ufffd,1,2024-05-01 10:00:00 malformed");
    assertThat(shop.rows("sources/lines", "id", "n")).containsExactly("a 1");
    assertThat(shop.rows("quarantine/lines", "raw", "array_join(broken_rules, '+')"))
        .containsExactly(
            "{\"id\": \"b\", malformed",
            "{\"id\":null,\"n\":\"2\",\"at\":null} not-null(id)+not-null(at)");
    assertThat(shop.rows("quarantine/times", "raw"))
        .containsExactly("{\"id\":\"a\",\"n\":\"one\",\"at\":\"2024-05-01T10:00:00.123456Z\"}");
    assertThat(
            shop.rows(
                "slices",
                "split(table, '/')[1]",
                "rows_seen",
                "rows_added",
                "rows_quarantined",
                "files_seen",
                "files_read",
                "files_quarantined",
                "files_ignored"))
        .containsExactly(
            "blocks 0 0 0 1 0 1 0",
            "cut 0 0 0 1 0 1 0",
            "empty 0 0 0 1 0 1 0",
            "folders 2 1 1 1 1 0 0",
            "garbage 0 0 0 1 0 1 0",
            "header 0 0 0 1 0 1 0",
            "header_only 0 0 0 1 1 0 0",
            "lines 3 1 2 1 1 0 0",
            "rows 11 3 8 3 1 0 2",
            "times 1 0 1 1 1 0 0",
            "twice 0 0 0 1 0 1 0");
    assertThat(shop.run("verify")).as(shop.out()).isZero();

    Map<String, Long> before = shop.versions();
    assertThat(shop.ingest("2024-05-01")).isEqualTo(Exit.NOT_YET);
    assertThat(shop.versions()).containsAllEntriesOf(withoutRuns(before));
  }

  @Test
  void aRangeWithoutAnyFileIsNotDone() {
    Shop shop = shop(ORDERS);
    shop.land("other/2024-05-01.csv", HEADER);
    assertThat(shop.run("ingest", "--from", "2024-05-01", "--to", "2024-05-02"))
        .isEqualTo(Exit.NOT_YET);
    for (String day : List.of("2024-05-01", "2024-05-02")) {
      assertThat(shop.out())
          .contains(
              "%s: orders missing: %s".formatted(day, shop.landing("orders/" + day + ".csv")));
    }
    shop.land("orders/2024-05-01.csv", HEADER, "a,2024-05-01 10:00:00,north,1")
        .land("orders/2024-05-03.csv", HEADER, "b,2024-05-03 10:00:00,north,1");
    assertThat(shop.run("ingest", "--from", "2024-05-01", "--to", "2024-05-03")).isZero();
  }

  private static Map<String, Long> withoutRuns(Map<String, Long> versions) {
    versions.remove("runs");
    return versions;
  }

  private static final String MANY =
      ORDERS
          + """
            shops: {csv: "${LANDING}/shops.csv", columns: "shop STRING, city STRING", key: shop, snapshot: true}
            readings:
              json: ${LANDING}/readings/{date}.json
              columns: sensor STRING, at TIMESTAMP, heat DOUBLE
              event-time: at
            prices:
              parquet: ${LANDING}/prices/{date}/*.parquet
              columns: item STRING, revision INT, price DOUBLE, told TIMESTAMP
              key: item
              event-time: told
              known-time: told
              newest-by: revision
          tables:
            totals:
              sql: SELECT o.order_id, o.at, s.city, o.amount FROM orders o LEFT JOIN shops s ON s.shop = o.shop WHERE o.amount <> 13
              reads: {orders: 2d, shops: 2d}
              key: order_id
              event-time: at
              gate:
                quarantine: {small: amount < 100}
          """;

  private void landMany(Shop shop) {
    shop.land("shops.csv", "shop,city", "s,Ulm")
        .land(
            "orders/2024-05-01.csv",
            HEADER,
            "a,2024-05-01 10:00:00,s,1",
            "b,2024-05-01 11:00:00,s,2",
            "b,2024-05-01 11:00:00,s,2", // twice in its file
            "c,2024-05-01 23:30:00,s,3", // known at 00:30 of the next day
            "m,2024-05-01 11:00:00,s,500",
            "d,2024-05-01 12:00:00,s,-1")
        .land(
            "orders/2024-05-02.csv",
            HEADER + ",note",
            "a,2024-05-01 10:00:00,s,1,again", // as it was
            "b,2024-05-01 11:00:00,s,20,corrected", // late, but within two days
            "e,2024-05-02 12:00:00,t,4,",
            "m,2024-05-01 11:00:00,s,500,",
            "old,2024-04-20 10:00:00,s,5,") // too late
        .land(
            "orders/2024-05-03.csv",
            "amount,shop,at,order_id",
            "20,s,2024-05-01 11:00:00,b",
            "13,t,2024-05-02 12:00:00,e", // leaves the derived table
            "7,s,2024-05-03 09:00:00,f");
    for (int day = 1; day <= 3; day++) {
      shop.land(
          "readings/2024-05-0%d.json".formatted(day),
          "{\"sensor\": \"x\", \"at\": \"2024-05-0%dT08:00:00Z\", \"heat\": 1.5}".formatted(day),
          "{\"at\": \"2024-05-0%dT08:00:00Z\", \"sensor\": \"x\", \"heat\": 1.5}".formatted(day));
      String known = "2024-05-0%d 12:00:00".formatted(day);
      rows(
              "item STRING, revision BIGINT, price DOUBLE, told STRING",
              RowFactory.create("i", 2L, 1.0 + day, known),
              RowFactory.create("i", 1L, 9.0, known))
          .coalesce(1)
          .write()
          .mode("overwrite")
          .parquet(shop.landing("prices/2024-05-0" + day).toString());
    }
  }

  @Test
  void everyOrderOfLoadingMakesTheSameTables() throws IOException {
    Shop daily = shop(MANY);
    landMany(daily);
    for (int day = 1; day <= 3; day++) {
      assertThat(daily.ingest("2024-05-0" + day)).as(daily.out() + daily.err()).isZero();
    }
    assertThat(
            daily.rows(
                "sources/orders",
                "order_id",
                "amount",
                "date_format(known_from, 'dd HH:mm:ss.SSSSSS')",
                "date_format(known_until, 'dd HH:mm:ss.SSSSSS')",
                "slice"))
        .containsExactly(
            "a 1 01 11:00:00.000000 null 2024-05-01",
            "b 2 01 12:00:00.000000 02 23:59:59.999999 2024-05-01",
            "b 20 02 23:59:59.999999 null 2024-05-02",
            "c 3 02 00:30:00.000000 null 2024-05-01",
            "e 13 03 23:59:59.999999 null 2024-05-03",
            "e 4 02 13:00:00.000000 03 23:59:59.999999 2024-05-02",
            "f 7 03 10:00:00.000000 null 2024-05-03",
            "m 500 01 12:00:00.000000 null 2024-05-01");
    assertThat(
            daily.rows("quarantine/orders", "order_id", "slice", "array_join(broken_rules, '+')"))
        .containsExactly("d 2024-05-01 amount", "old 2024-05-02 late-by");
    assertThat(daily.rows("sources/readings", "sensor", "slice")).hasSize(6);
    assertThat(
            daily.rows("sources/prices", "revision", "price", "slice", "known_from", "known_until"))
        .containsExactly(
            "1 9.0 2024-05-01 2024-05-01 12:00:00.0 2024-05-01 12:00:00.0",
            "1 9.0 2024-05-02 2024-05-02 12:00:00.0 2024-05-02 12:00:00.0",
            "1 9.0 2024-05-03 2024-05-03 12:00:00.0 2024-05-03 12:00:00.0",
            "2 2.0 2024-05-01 2024-05-01 12:00:00.0 2024-05-02 12:00:00.0",
            "2 3.0 2024-05-02 2024-05-02 12:00:00.0 2024-05-03 12:00:00.0",
            "2 4.0 2024-05-03 2024-05-03 12:00:00.0 null");
    assertThat(
            daily.rows(
                "sources/totals",
                "order_id",
                "amount",
                "city",
                "slice",
                "date_format(known_until, 'dd HH:mm:ss.SSSSSS')"))
        .containsExactly(
            "a 1 Ulm 2024-05-01 null",
            "b 2 Ulm 2024-05-01 02 23:59:59.999999",
            "b 20 Ulm 2024-05-02 null",
            "c 3 Ulm 2024-05-02 null",
            "e 4 null 2024-05-02 03 23:59:59.999999",
            "f 7 Ulm 2024-05-03 null");
    assertThat(daily.rows("quarantine/totals", "order_id", "slice"))
        .containsExactly("m 2024-05-01", "m 2024-05-02");
    assertThat(daily.run("verify")).as(daily.out()).isZero();

    Map<String, Long> before = daily.versions();
    assertThat(daily.run("ingest", "--from", "2024-05-01", "--to", "2024-05-03")).isZero();
    assertThat(daily.out()).contains("everything is current, nothing was written");
    assertThat(daily.versions()).isEqualTo(before);

    Shop block = daily.elsewhere(other);
    assertThat(block.run("ingest", "--from", "2024-05-01", "--to", "2024-05-03")).isZero();
    assertThat(block.newestContent()).isEqualTo(daily.newestContent());
    assertThat(block.run("verify")).as(block.out()).isZero();
  }

  @Test
  void aBackfillMakesWhatLoadingInOrderMakes() throws IOException {
    Shop inOrder = shop(MANY);
    landMany(inOrder);
    assertThat(inOrder.run("ingest", "--from", "2024-05-01", "--to", "2024-05-03")).isZero();
    Shop backfilled = inOrder.elsewhere(third);
    assertThat(backfilled.ingest("2024-05-01")).isZero();
    assertThat(backfilled.ingest("2024-05-03")).isZero();
    assertThat(backfilled.ingest("2024-05-02")).isZero();
    assertThat(backfilled.ingest("2024-05-03")).isZero();
    assertThat(backfilled.content()).isEqualTo(inOrder.content());
    assertThat(backfilled.run("verify")).as(backfilled.out()).isZero();
  }

  private static final String[] VERSION = {
    "order_id",
    "amount",
    "date_format(known_from, 'dd HH:mm:ss.SSSSSS')",
    "date_format(known_until, 'dd HH:mm:ss.SSSSSS')",
    "slice"
  };

  @Test
  void aChangedFileCorrectsInTheNextSliceAndReloadTakesItAsIfRightAtFirst() throws IOException {
    Shop shop = shop(ORDERS);
    shop.land(
        "orders/2024-05-01.csv",
        HEADER,
        "a,2024-05-01 10:00:00,s,1",
        "b,2024-05-01 10:00:00,s,2",
        "c,2024-05-01 10:00:00,s,3");
    assertThat(shop.ingest("2024-05-01")).isZero();
    shop.land(
            "orders/2024-05-01.csv",
            HEADER,
            "a,2024-05-01 10:00:00,s,10",
            "b,2024-05-01 10:00:00,s,2",
            "d,2024-05-01 10:00:00,s,4")
        .land("orders/2024-05-02.csv", HEADER, "e,2024-05-02 10:00:00,s,5");
    assertThat(shop.ingest("2024-05-02")).isZero();
    assertThat(shop.rows("sources/orders", VERSION))
        .containsExactly(
            "a 1 01 11:00:00.000000 02 23:59:59.999999 2024-05-01",
            "a 10 02 23:59:59.999999 null 2024-05-02",
            "b 2 01 11:00:00.000000 null 2024-05-01",
            "c 3 01 11:00:00.000000 02 23:59:59.999999 2024-05-01",
            "d 4 02 23:59:59.999999 null 2024-05-02",
            "e 5 02 11:00:00.000000 null 2024-05-02");

    Map<String, Long> before = shop.versions();
    assertThat(shop.ingest("2024-05-01")).isZero();
    assertThat(shop.out())
        .contains(
            "orders: 2024-05-01.csv changed since slice 2024-05-01 took it; the slice stays,"
                + " --reload 2024-05-01 takes it as it is now");
    assertThat(shop.versions()).isEqualTo(before);

    assertThat(shop.run("ingest", "--reload", "2024-05-01")).isZero();
    assertThat(shop.rows("sources/orders", VERSION))
        .containsExactly(
            "a 10 01 11:00:00.000000 null 2024-05-01",
            "b 2 01 11:00:00.000000 null 2024-05-01",
            "d 4 01 11:00:00.000000 null 2024-05-01",
            "e 5 02 11:00:00.000000 null 2024-05-02");
    Shop fresh = shop.elsewhere(other);
    assertThat(fresh.run("ingest", "--from", "2024-05-01", "--to", "2024-05-02")).isZero();
    assertThat(fresh.newestContent()).isEqualTo(shop.newestContent());
    assertThat(shop.run("verify")).as(shop.out()).isZero();

    loseWhatAKilledRunWrote(fresh);
    assertThat(fresh.run("verify")).isEqualTo(Exit.UNEXPECTED);
    assertThat(fresh.out().lines())
        .containsExactly(
            "sources/orders 2024-05-02: a run wrote it and was interrupted before it recorded that;"
                + " ./penstock run shop --date 2024-05-02",
            "_staging/killed: rows that a run was working on were left behind; if no run is under"
                + " way, delete the folder %s/w/_staging/killed".formatted(other));
    assertThat(fresh.ingest("2024-05-02")).isZero();
    Files.delete(other.resolve("w/_staging/killed"));
    assertThat(fresh.newestContent()).isEqualTo(shop.newestContent());
    assertThat(fresh.run("verify", "--json")).isZero();
    assertThat(fresh.out())
        .isEqualToIgnoringNewLines("{\"pipeline\":\"shop\",\"consistent\":true,\"findings\":[]}");
  }

  private void loseWhatAKilledRunWrote(Shop shop) throws IOException {
    Lake lake = new Lake(spark(), other + "/w");
    Dataset<Row> orders = lake.read("sources/orders");
    lake.replace(
        TableDefinition.sliced("sources/orders", orders.schema(), "shop"),
        lake.open("sources/orders"),
        Set.of("2024-05-02"),
        orders.limit(0),
        "killed");
    Files.createDirectories(other.resolve("w/_staging/killed"));
  }

  @Test
  void aSnapshotClosesWhatItLacksAndAnEmptyOneIsRefused() {
    Shop shop =
        shop(
            """
            pipeline: shop
            description: a test
            every: 1d
            sources:
              shops: {csv: "${LANDING}/shops.csv", columns: "shop STRING, city STRING", key: shop, snapshot: true}
            """);
    String[] version = {"shop", "city", "known_from", "known_until", "slice"};
    shop.land("shops.csv", "shop,city", "s,Ulm", "t,Bonn");
    assertThat(shop.run("ingest", "--from", "2024-05-01", "--to", "2024-05-02")).isZero();
    shop.land("shops.csv", "shop,city", "s,Trier", "u,Kiel");
    assertThat(shop.ingest("2024-05-03")).isZero();
    List<String> third =
        List.of(
            "s Trier 2024-05-03 23:59:59.999999 null 2024-05-03",
            "s Ulm 1900-01-01 00:00:00.0 2024-05-03 23:59:59.999999 2024-05-01",
            "t Bonn 1900-01-01 00:00:00.0 2024-05-03 23:59:59.999999 2024-05-01",
            "u Kiel 2024-05-03 23:59:59.999999 null 2024-05-03");
    assertThat(shop.rows("sources/shops", version)).isEqualTo(third);

    shop.land("shops.csv", "shop,city");
    assertThat(shop.ingest("2024-05-04")).isEqualTo(Exit.REFUSED);
    assertThat(shop.out())
        .contains(
            "shops refused: the snapshot has no row that can be read; an empty one would close"
                + " every key");
    assertThat(shop.rows("sources/shops", version)).isEqualTo(third);
    shop.land("shops.csv", "shop,city", "s,Trier", "u,Kiel");
    assertThat(shop.ingest("2024-05-04")).isZero();
    assertThat(shop.rows("sources/shops", version)).isEqualTo(third);

    assertThat(shop.run("ingest", "--reload", "2024-05-01")).as(shop.out()).isZero();
    assertThat(shop.rows("sources/shops", version))
        .containsExactly(
            "s Trier 1900-01-01 00:00:00.0 null 2024-05-01",
            "u Kiel 1900-01-01 00:00:00.0 null 2024-05-01");
    assertThat(shop.run("verify")).as(shop.out()).isZero();
  }

  @Test
  void aRefusedSliceWaitsUntilItIsAccepted() {
    Shop shop =
        shop(
            ORDERS
                + "      refuse: {row-count: {at-least: 2}, references: {shop: shops.shop}}\n"
                + "  shops: {csv: \"${LANDING}/shops.csv\", columns: \"shop STRING\", key: shop, snapshot: true}\n");
    shop.land(
            "orders/2024-05-01.csv",
            HEADER,
            "a,2024-05-01 10:00:00,s,1",
            "b,2024-05-01 10:00:00,s,2")
        .land(
            "orders/2024-05-02.csv",
            HEADER,
            "c,2024-05-02 10:00:00,s,3",
            "d,2024-05-02 10:00:00,s,-4");
    assertThat(shop.ingest("2024-05-01")).as("no reference table").isEqualTo(Exit.REFUSED);
    assertThat(shop.out())
        .contains("shops missing: %s is not there yet".formatted(shop.landing("shops.csv")));
    shop.land("shops.csv", "shop", "s");
    assertThat(shop.ingest("2024-05-01")).as(shop.out()).isZero();

    assertThat(shop.ingest("2024-05-02")).isEqualTo(Exit.REFUSED);
    String[] refused = {"order_id", "array_join(broken_rules, '+')"};
    assertThat(shop.rows("quarantine/orders", refused))
        .containsExactly("c refused: row-count", "d amount+refused: row-count");
    long checks = shop.versions().get("checks");
    assertThat(shop.ingest("2024-05-02")).isEqualTo(Exit.REFUSED);
    assertThat(shop.versions().get("checks")).isEqualTo(checks);
    assertThat(shop.rows("sources/orders", "order_id")).containsExactly("a", "b");

    assertThat(accept(shop, "2024-05-01")).isEqualTo(Exit.WRONG);
    assertThat(shop.err())
        .isEqualToIgnoringNewLines(
            "Cannot accept slice 2024-05-01 of orders: it is in the table; refused are 2024-05-02");
    assertThat(accept(shop, "2024-05-02")).isZero();
    assertThat(shop.out()).startsWith("slice 2024-05-02 of orders is accepted by ann: a holiday");
    assertThat(accept(shop, "2024-05-02")).isEqualTo(Exit.WRONG);
    assertThat(shop.err())
        .isEqualToIgnoringNewLines(
            "Cannot accept slice 2024-05-02 of orders: it was accepted by ann (a holiday); no slice"
                + " of the table is refused");

    assertThat(shop.ingest("2024-05-02")).isZero();
    assertThat(shop.rows("sources/orders", "order_id")).containsExactly("a", "b", "c");
    assertThat(shop.rows("quarantine/orders", refused)).containsExactly("d amount");
    Map<String, Long> before = shop.versions();
    assertThat(shop.ingest("2024-05-02")).isZero();
    assertThat(shop.versions()).isEqualTo(before);
    assertThat(shop.run("verify")).as(shop.out()).isZero();
  }

  @Test
  void aUsedTableIsMadeByItsOwner() {
    Shop shop =
        shop(ORDERS
                + "      refuse: {row-count: {at-least: 2}}\n"
                + """
                        returns:
                          csv: ${LANDING}/returns/{date}.csv
                          columns: order_id STRING, back TIMESTAMP, broken BOOLEAN
                          key: order_id
                          event-time: back
                      model:
                        predict: {each: orders, as-of: at}
                        label: {from: returns, value: broken, if-none: false, matures-after: 7d}
                        features: [amount]
                        split: {train: 30d..90d, holdout: 7d}
                        candidates: [logistic-regression]
                        choose-by: roc-auc
                        accept: [{metric: roc-auc, at-least: 0.6}]
                      """)
            .declare(
                "stock",
                """
                pipeline: stock
                every: 1d
                uses: shop
                sources: {prices: {csv: "${LANDING}/prices.csv", columns: "item STRING", key: item, snapshot: true}}
                tables:
                  sold:
                    sql: SELECT order_id, at, amount * 2 AS twice FROM orders
                    reads: {orders: 3d}
                    key: order_id
                    event-time: at
                features:
                  last_return: {from: returns, by: order_id, latest: broken}
                """);
    shop.land("prices.csv", "item", "i");
    String[] day = {"--date", "2024-05-01"};
    String planned = "2024-05-01             ingest   %-16s %-8s %s";
    String awaited =
        "its owner shop has not run 2024-05-01; ./penstock run shop --date 2024-05-01 makes it";
    assertThat(shop.runOn("stock", "plan", day)).as(shop.err()).isZero();
    assertThat(shop.out().lines())
        .containsExactly(
            planned.formatted("orders", "awaited", awaited),
            planned.formatted("returns", "awaited", awaited),
            planned.formatted("prices", "write", "no slice yet; 1 file"),
            planned
                .replace("ingest", "run   ")
                .formatted("stock", "stops", "after ingest, with exit code 5"),
            "stock 2024-05-01: 1 to write, exit code 5");
    assertThat(shop.runOn("stock", "ingest", day)).isEqualTo(Exit.NOT_YET);
    String notYet =
        "missing  %1$s %2$s: its owner shop has not run %1$s%3$s; ./penstock run shop --date %1$s makes it";
    assertThat(shop.out().lines())
        .contains(
            notYet.formatted("2024-05-01", "orders", ""),
            notYet.formatted("2024-05-01", "returns", ""));
    assertThat(shop.out().lines()).noneMatch(line -> line.startsWith("orders "));
    assertThat(shop.rows("sources/prices", "item", "slice")).containsExactly("i 2024-05-01");
    assertThat(warehouse.resolve("w/sources/sold")).doesNotExist();
    assertThat(shop.runOn("stock", "ingest", day)).isEqualTo(Exit.NOT_YET);
    assertThat(shop.out()).contains("stock 2024-05-01..2024-05-01: nothing was written");

    shop.land(
            "orders/2024-05-01.csv",
            HEADER,
            "a,2024-05-01 10:00:00,s,1",
            "b,2024-05-01 10:00:00,s,2")
        .land("orders/2024-05-02.csv", HEADER, "c,2024-05-02 10:00:00,s,3")
        .land("returns/2024-05-02.csv", "order_id,back,broken", "a,2024-05-02 10:00:00,true");
    assertThat(shop.ingest("2024-05-01")).as(shop.out()).isZero();
    assertThat(shop.runOn("stock", "plan", day)).isZero();
    assertThat(shop.out().lines())
        .containsExactly(
            planned.formatted("returns", "missing", "its owner shop ran 2024-05-01 without it"),
            planned.formatted("prices", "current", "").strip(),
            planned.formatted("sold", "write", "no slice yet"),
            planned
                .replace("ingest", "run   ")
                .formatted("stock", "stops", "after ingest, with exit code 5"),
            "stock 2024-05-01: 1 to write, exit code 5");
    assertThat(shop.runOn("stock", "ingest", day)).isEqualTo(Exit.NOT_YET);
    assertThat(shop.out().lines())
        .contains("missing  2024-05-01 returns: its owner shop ran 2024-05-01 without it");
    String[] sold = {"order_id", "twice", "slice"};
    assertThat(shop.rows("sources/sold", sold)).containsExactly("a 2 2024-05-01", "b 4 2024-05-01");

    assertThat(shop.ingest("2024-05-02")).isEqualTo(Exit.REFUSED);
    day[1] = "2024-05-02";
    assertThat(shop.runOn("stock", "ingest", day)).isEqualTo(Exit.REFUSED);
    assertThat(shop.out())
        .contains("refused  2024-05-02 orders: its owner shop refused it: row-count");
    String[] accept = {"orders", "--date", "2024-05-02", "--actor", "ann", "--reason", "small"};
    assertThat(shop.runOn("stock", "gate accept", accept)).isEqualTo(Exit.WRONG);
    assertThat(shop.err())
        .isEqualToIgnoringNewLines(
            "orders is a table of the pipeline shop; ./penstock gate accept shop orders --date"
                + " 2024-05-02 accepts it there");
    assertThat(shop.run("gate accept", accept)).isZero();
    assertThat(shop.runOn("stock", "ingest", day)).isEqualTo(Exit.NOT_YET);
    assertThat(shop.out().lines())
        .contains(notYet.formatted("2024-05-02", "orders", " since it was accepted"));

    assertThat(shop.ingest("2024-05-02")).as(shop.out()).isZero();
    assertThat(shop.runOn("stock", "ingest", "--from", "2024-05-02", "--to", "2024-05-03"))
        .isEqualTo(Exit.NOT_YET);
    assertThat(shop.rows("sources/sold", sold))
        .containsExactly("a 2 2024-05-01", "b 4 2024-05-01", "c 6 2024-05-02");
    assertThat(shop.runOn("stock", "verify")).as(shop.out()).isZero();

    shop.declare(
        "refunds",
        """
        pipeline: refunds
        every: 1d
        uses: shop
        features:
          last_back: {from: returns, by: order_id, latest: broken}
        """);
    String[] days = {"--from", "2024-05-01", "--to", "2024-05-02"};
    assertThat(shop.runOn("refunds", "plan", days)).as(shop.err()).isZero();
    assertThat(shop.out().lines())
        .containsExactly(
            planned.formatted("returns", "missing", "its owner shop ran 2024-05-01 without it"),
            "2024-05-02             features last_back        write    no slice yet",
            "refunds 2024-05-01..2024-05-02: 1 to write");
    assertThat(shop.runOn("refunds", "run", days)).as(shop.out()).isZero();
    assertThat(shop.rows("features/last_back", "order_id", "slice"))
        .containsExactly("a 2024-05-02");
  }

  private static int accept(Shop shop, String date) {
    return shop.run(
        "gate accept", "orders", "--date", date, "--actor", "ann", "--reason", "a holiday");
  }
}
