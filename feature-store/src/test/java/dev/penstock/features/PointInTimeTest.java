package dev.penstock.features;

import static org.apache.spark.sql.RowFactory.create;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.penstock.validation.SparkTest;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class PointInTimeTest extends SparkTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String EVENTS =
      "id STRING, k STRING, at TIMESTAMP, v INT, known_from TIMESTAMP, known_until TIMESTAMP";
  private static final String AS_OF = "id STRING, k STRING, as_of_time TIMESTAMP";

  private static Timestamp time(String text) {
    return Timestamp.from(Instant.parse("2013-03-10T" + text + "Z"));
  }

  private static Events events(Dataset<Row> rows) {
    return new Events(rows, List.of("id"), "at");
  }

  private static FeatureGroup windows(String name, List<String> by, String aggregate) {
    return new FeatureGroup(
        name,
        "t",
        by,
        by,
        List.of(HOUR),
        Map.of("f", Aggregate.parse(aggregate)),
        List.of(),
        false,
        Optional.empty(),
        Duration.ZERO,
        Optional.empty());
  }

  private static FeatureGroup latest(String name, Optional<Duration> maxAge, Duration delay) {
    return new FeatureGroup(
        name,
        "t",
        List.of("k"),
        List.of("k"),
        List.of(),
        Map.of(),
        List.of("v"),
        false,
        maxAge,
        delay,
        Optional.empty());
  }

  private static List<Row> sorted(Dataset<Row> rows, String... by) {
    return rows.sort("id", by).collectAsList();
  }

  @Test
  void aWindowIsOpenAtItsStartAndClosedAtItsEndToTheMicrosecond() {
    Dataset<Row> rows = rows(EVENTS, create("e", "k", time("10:00:00"), 1, time("10:00:00"), null));
    Dataset<Row> asOf =
        rows(
            AS_OF,
            create("1", "k", time("09:59:59.999999")),
            create("2", "k", time("10:00:00")),
            create("3", "k", time("10:59:59.999999")),
            create("4", "k", time("11:00:00")));
    FeatureGroup delayed =
        new FeatureGroup(
            "late",
            "t",
            List.of("k"),
            List.of("k"),
            List.of(HOUR),
            Map.of("f", Aggregate.parse("count(*)").delayed(Duration.ofNanos(1_000))),
            List.of(),
            false,
            Optional.empty(),
            Duration.ZERO,
            Optional.empty());
    Dataset<Row> joined =
        PointInTime.of(
                List.of(
                    windows("g", List.of("k"), "count(*)"),
                    delayed,
                    latest("aged", Optional.of(HOUR), Duration.ZERO),
                    latest("ever", Optional.empty(), HOUR)))
            .join(asOf, Map.of("t", events(rows)));
    assertThat(sorted(joined.drop("k", "as_of_time")))
        .containsExactly(
            create("1", 0L, 0L, null, null),
            create("2", 1L, 0L, 1, null),
            create("3", 1L, 1L, 1, null),
            create("4", 0L, 1L, null, 1));
  }

  @Test
  void anExplanationTellsTheRealPlan() {
    Timestamp ten = time("10:00:00");
    Dataset<Row> asOf = rows(AS_OF, create("1", "k", ten));
    Dataset<Row> rows =
        rows(EVENTS + ", w DECIMAL(20, 2)", create("e", "k", ten, 1, ten, null, BigDecimal.ONE));
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    aggregates.put("least", Aggregate.parse("min(v)"));
    aggregates.put("paid", Aggregate.parse("sum(w)").where("v > 0").delayed(HOUR.multipliedBy(2)));
    FeatureGroup spent =
        new FeatureGroup(
            "spent",
            "t",
            List.of("k"),
            List.of("k"),
            List.of(HOUR, HOUR.multipliedBy(24)),
            aggregates,
            List.of("v"),
            true,
            Optional.empty(),
            HOUR,
            Optional.of("v < 100"));
    PointInTime join =
        PointInTime.of(
                List.of(
                    spent,
                    windows("own", List.of("k"), "count(distinct v)")
                        .inRole("peer", Map.of("k", "id")),
                    windows("both", List.of("id", "k"), "count(*)"),
                    latest("last", Optional.of(HOUR), Duration.ZERO)))
            .predicting("t")
            .sharingPassesAbove(0)
            .between(ten.toInstant(), time("11:00:00").toInstant());
    Map<String, Events> tables = Map.of("t", events(rows));

    assertThat(join.explain(asOf, tables).lines(group -> List.of("from " + group.from())))
        .containsExactly(
            "pass 1 of 2, by k and by id: one shuffle, one sort by a BIGINT of 25 bits of the key's"
                + " hash, 37 of the time, 2 of the side; then a shuffle and a sort of the as-of rows,"
                + " for what they have in 2 roles",
            "  spent",
            "    latest v, seconds_since_last, ending 1h before",
            "    least min(v) over 1h 1d, ending 1h before: monotonic queue",
            "    paid sum(w) where v > 0 over 1h 1d, ending 2h before: queue and accumulator",
            "    reads events of t with at without bound, as there is no max-age, to 1h before the latest"
                + " as-of time, where v < 100",
            "    keeps per key its events of the last 26h, and its two newest events, as one may be"
                + " the as-of row itself; an event takes some 168 bytes and its texts",
            "    from t",
            "  last",
            "    latest v, at most 1h old",
            "    reads events of t with at from 1h before the earliest as-of time to the latest as-of"
                + " time",
            "    keeps per key its two newest events, as one may be the as-of row itself; an event"
                + " takes some 136 bytes and its texts",
            "    from t",
            "  peer",
            "    f count(distinct v) over 1h: queue and accumulator, exact up to 16384 different"
                + " values of a window, then estimated",
            "    reads events of t (k = id) with at from 1h before the earliest as-of time to the"
                + " latest as-of time",
            "    keeps per key its events of the last 1h; an event takes some 216 bytes and its texts",
            "    from t",
            "pass 2 of 2, by id, k: one shuffle, one sort by a BIGINT of 30 bits of the key's hash, 33"
                + " of the time, 1 of the side",
            "  both",
            "    f count(*) over 1h: prefix sums",
            "    reads events of t with at from 1h before the earliest as-of time to the latest as-of"
                + " time",
            "    keeps per key its events of the last 1h; an event takes some 180 bytes and its texts",
            "    from t");
    String plan = join.join(asOf, tables).queryExecution().executedPlan().toString();
    assertThat(plan.split("Exchange ", -1)).as(plan).hasSize(1 + 3);
    assertThat(plan.split("MapPartitions ", -1)).as(plan).hasSize(1 + 2 * 3); // packed, then walked
    assertThat(plan).doesNotContain("Sort ["); // the walk sorts, by Spark's sorter
  }

  @Test
  void onlyTheVersionKnownAtTheTimeCounts() {
    Dataset<Row> rows =
        rows(
            EVENTS,
            create("e", "k", time("10:00:00"), 1, time("10:10:00"), time("10:20:00")),
            create("e", "k", time("10:00:00"), 2, time("10:20:00"), time("10:30:00")),
            create("never", "k", time("10:01:00"), 9, time("10:15:00"), time("10:15:00")));
    Dataset<Row> asOf =
        rows(
            AS_OF,
            create("1", "k", time("10:09:59.999999")),
            create("2", "k", time("10:10:00")),
            create("3", "k", time("10:19:59.999999")),
            create("4", "k", time("10:20:00")),
            create("5", "k", time("10:30:00")));
    Dataset<Row> joined =
        PointInTime.of(
                List.of(
                    windows("g", List.of("k"), "sum(v)"),
                    latest("l", Optional.empty(), Duration.ZERO)))
            .join(asOf, Map.of("t", events(rows)));
    assertThat(sorted(joined.drop("k", "as_of_time")))
        .containsExactly(
            create("1", null, null),
            create("2", 1L, 1),
            create("3", 1L, 1),
            create("4", 2L, 2),
            create("5", null, null));
  }

  @Test
  void thePredictedRowCountsInItsWindowsButIsNotItsOwnLatest() {
    Dataset<Row> rows =
        rows(
            EVENTS,
            create("a", "k", time("10:00:00"), 1, time("10:00:00"), null),
            create("b", "k", time("10:05:00"), 2, time("10:05:00"), null),
            create("c", "k", time("10:05:00"), null, time("10:05:00"), null));
    Dataset<Row> asOf =
        rows(
            AS_OF,
            create("a", "k", time("10:00:00")),
            create("b", "k", time("10:05:00")),
            create("c", "k", time("10:05:00")));
    PointInTime join =
        PointInTime.of(
            List.of(
                windows("g", List.of("k"), "count(*)"),
                latest("l", Optional.empty(), Duration.ZERO)));
    Map<String, Events> tables = Map.of("t", events(rows));
    assertThat(sorted(join.predicting("t").join(asOf, tables).drop("k", "as_of_time")))
        .containsExactly(create("a", 1L, null), create("b", 3L, null), create("c", 3L, 2));
    assertThat(sorted(join.join(asOf, tables).drop("k", "as_of_time")))
        .as("of equal times the greatest key is the newest, and its null is a null")
        .containsExactly(create("a", 1L, 1), create("b", 3L, null), create("c", 3L, null));
  }

  @Test
  void keysOfSeveralColumnsAreNotRunTogetherAndNullKeysHaveNullFeatures() {
    String ddl =
        "id STRING, a STRING, b STRING, at TIMESTAMP, known_from TIMESTAMP, known_until TIMESTAMP";
    Timestamp at = time("10:00:00");
    Dataset<Row> rows =
        rows(ddl, create("e", "1", "23", at, at, null), create("f", null, "23", at, at, null));
    Dataset<Row> asOf =
        rows(
            "id STRING, a STRING, b STRING, as_of_time TIMESTAMP",
            create("1", "1", "23", at),
            create("2", "12", "3", at),
            create("3", null, "23", at),
            create("4", "1", "23", null),
            create("1", "1", "23", at));
    Dataset<Row> joined =
        PointInTime.of(
                List.of(
                    windows("ab", List.of("a", "b"), "count(*)"),
                    windows("b", List.of("b"), "count(*)")))
            .join(asOf, Map.of("t", events(rows)));
    assertThat(sorted(joined.select("id", "ab__f_1h", "b__f_1h")))
        .containsExactly(
            create("1", 1L, 2L),
            create("1", 1L, 2L),
            create("2", 0L, 0L),
            create("3", null, 2L),
            create("4", null, null));
  }

  @Test
  void plainRowsAreKnownWhenTheyHappen() {
    Dataset<Row> plain = rows("k STRING, at TIMESTAMP, v INT", create("k", time("10:00:00"), 1));
    Dataset<Row> asOf =
        rows(AS_OF, create("1", "k", time("09:59:59")), create("2", "k", time("10:00:00")));
    Dataset<Row> joined =
        PointInTime.of(List.of(latest("l", Optional.empty(), Duration.ZERO)))
            .join(asOf, Map.of("t", Events.asTheyHappen(plain, List.of(), "at")));
    assertThat(sorted(joined.drop("k", "as_of_time")))
        .containsExactly(create("1", null), create("2", 1));
    assertThatThrownBy(() -> Events.asTheyHappen(rows(EVENTS), List.of(), "at"))
        .hasMessage(
            "Cannot take rows as known when they happen: they have a column known_from; make Events"
                + " with the constructor, or drop it");
  }

  @Test
  void eventsOfATableWithoutKeyAreDrawnByTheirTimesAndInputs() {
    Timestamp at = time("10:00:00");
    Dataset<Row> plain =
        rows(
            "k STRING, at TIMESTAMP, v INT",
            create("k", at, 4),
            create("k", at, 4),
            create("k", at, 5),
            create("k", at, 6),
            create("k", at, 7));
    String number = "xxhash64(unix_micros(at), unix_micros(at), v)"; // known when it happens
    int first = plain.orderBy(expr(number + " ^ (-9223372036854775808L)")).first().getInt(2);
    Dataset<Row> asOf = rows(AS_OF, create("1", "k", at));
    PointInTime join =
        PointInTime.of(
            List.of(
                windows("m", List.of("k"), "median(v)"),
                windows("t", List.of("k"), "top_k(v, 9)"),
                windows("d", List.of("k"), "count(distinct v)")));
    Map<String, Events> tables = Map.of("t", Events.asTheyHappen(plain, List.of(), "at"));

    String[] shown = {"m__f_1h", "array_join(t__f_1h, ' ')", "d__f_1h"};
    assertThat(join.within(new Limits(1, 1)).join(asOf, tables).selectExpr(shown).first())
        .isEqualTo(create((double) first, "" + first, 2L));
    assertThat(join.within(new Limits(1, 4)).join(asOf, tables).selectExpr(shown).first())
        .isEqualTo(create(5.0, "4 5 6 7", 4L));
  }

  @Test
  void oneShuffleForEachSetOfKeyColumns() {
    Timestamp at = time("10:00:00");
    Dataset<Row> rows = rows(EVENTS, create("e", "k", at, 1, at, null));
    Dataset<Row> asOf = rows(AS_OF, create("1", "k", at));
    List<FeatureGroup> groups =
        List.of(
            windows("g", List.of("k"), "count(*)"),
            windows("h", List.of("k", "id"), "avg(v)"),
            latest("l", Optional.empty(), Duration.ZERO),
            windows("i", List.of("id", "k"), "max(v)"));
    String plan =
        PointInTime.of(groups)
            .between(at.toInstant(), at.toInstant())
            .join(asOf, Map.of("t", events(rows)))
            .queryExecution()
            .executedPlan()
            .toString();
    assertThat(plan.split("Exchange ", -1)).as(plan).hasSize(1 + 2);
    assertThat(plan).doesNotContain("Join").doesNotContain("BroadcastExchange");
  }

  @Test
  void eventsAreSentOnceHoweverManyRolesLookThemUp() {
    Timestamp ten = time("10:00:00");
    Dataset<Row> rows =
        rows(
            EVENTS,
            create("e", "k", ten, 1, ten, null),
            create("f", "m", ten, 2, ten, null),
            create("g", "m", time("11:00:00"), null, time("11:00:00"), null));
    String ddl = "id STRING, k STRING, peer STRING, tags MAP<STRING, INT>, as_of_time TIMESTAMP";
    Dataset<Row> asOf =
        rows(
            ddl,
            create("1", "k", "m", Map.of("t", 1), ten),
            create("1", "k", "m", Map.of("t", 2), ten),
            create("1", "k", "m", Map.of("t", 1), ten),
            create("2", "m", "m", null, time("11:00:00")),
            create("3", null, "k", null, ten),
            create("4", "k", null, null, ten),
            create("5", "k", "m", null, null));
    FeatureGroup group =
        FeatureGroup.named("g")
            .over("t")
            .by("k")
            .window("1h")
            .aggregate("n", "count(*)")
            .latest("v")
            .build();
    PointInTime join =
        PointInTime.of(
                List.of(
                    group,
                    group.inRole("peer", Map.of("k", "peer")),
                    windows("any", List.of("k"), "max(v)")))
            .sharingPassesAbove(0);
    Dataset<Row> joined = join.join(asOf, Map.of("t", events(rows)));
    assertThat(
            sorted(
                joined.selectExpr(
                    "id", "tags.t", "g__v", "g__n_1h", "peer__v", "peer__n_1h", "any__f_1h")))
        .containsExactly(
            create("1", 1, 1, 1L, 2, 1L, 1),
            create("1", 1, 1, 1L, 2, 1L, 1),
            create("1", 2, 1, 1L, 2, 1L, 1),
            create("2", null, null, 1L, null, 1L, null),
            create("3", null, null, null, 1, 1L, null),
            create("4", null, 1, 1L, null, null, 1),
            create("5", null, null, null, null, null, null));
    String plan = joined.queryExecution().executedPlan().toString();
    assertThat(plan.split("Exchange ", -1)).as(plan).hasSize(1 + 2);
    assertThat(plan.split("LocalTableScan ", -1)).as("rows and events, once each").hasSize(1 + 2);
  }

  @Test
  void rolesShareAPassWhereThatSavesSendingManyEvents() {
    Timestamp ten = time("10:00:00");
    FeatureGroup group = latest("l", Optional.of(HOUR), Duration.ZERO);
    PointInTime join =
        PointInTime.of(List.of(group, group.inRole("peer", Map.of("k", "id"))))
            .between(ten.toInstant(), ten.toInstant());
    Dataset<Row> asOf = rows(AS_OF, create("1", "k", ten));
    Row event = create("e", "k", ten, 1, ten, null);
    Map<String, Events> three = Map.of("t", events(rows(EVENTS, event, event, event)));
    Map<String, Events> two = Map.of("t", events(rows(EVENTS, event, event)));
    assertThat(join.explain(asOf, three).passes()).hasSize(1);
    assertThat(join.explain(asOf, two).passes()).hasSize(2);
    assertThat(join.sharingPassesAbove(1).explain(asOf, two).passes()).hasSize(1);
    assertThatThrownBy(() -> join.sharingPassesAbove(-1))
        .hasMessage("events must not be negative, got -1.0");
  }

  @Test
  void resultsHaveTheirDeclaredTypesAndNoAsOfRowsGiveNone() {
    Dataset<Row> rows =
        rows(
            "id STRING, k STRING, d DECIMAL(12,2), x FLOAT, day DATE, at TIMESTAMP,"
                + " known_from TIMESTAMP, known_until TIMESTAMP");
    Dataset<Row> joined =
        PointInTime.of(
                List.of(
                    windows("a", List.of("k"), "count(d)"),
                    windows("b", List.of("k"), "sum(d)"),
                    windows("c", List.of("k"), "sum(x)"),
                    windows("d", List.of("k"), "avg(d)"),
                    windows("e", List.of("k"), "max(day)"),
                    windows("f", List.of("k"), "share(x > 1)")))
            .join(rows(AS_OF), Map.of("t", events(rows)));
    assertThat(joined.schema().toDDL())
        .isEqualTo(
            "id STRING,k STRING,as_of_time TIMESTAMP,a__f_1h BIGINT,b__f_1h DECIMAL(22,2),"
                + "c__f_1h DOUBLE,d__f_1h DOUBLE,e__f_1h DATE,f__f_1h DOUBLE");
    assertThat(joined.collectAsList()).isEmpty();
  }

  @Test
  void aSumThatDoesNotFitItsTypeFailsTheJobByName() {
    Timestamp at = time("10:00:00");
    Dataset<Row> rows =
        rows(
            "id STRING, k STRING, n BIGINT, d DECIMAL(38,0), at TIMESTAMP, known_from TIMESTAMP,"
                + " known_until TIMESTAMP",
            create("1", "k", Long.MAX_VALUE, new BigDecimal("9".repeat(38)), at, at, null),
            create("2", "k", Long.MAX_VALUE, new BigDecimal("9".repeat(38)), at, at, null));
    Dataset<Row> asOf = rows(AS_OF, create("1", "k", at));
    Map<String, Events> tables = Map.of("t", events(rows));
    assertThatThrownBy(
            () ->
                PointInTime.of(List.of(windows("g", List.of("k"), "sum(n)")))
                    .join(asOf, tables)
                    .collectAsList())
        .isInstanceOf(SparkException.class)
        .hasMessageContaining("g__f_1h: the sum 18446744073709551614 does not fit BIGINT");
    assertThatThrownBy(
            () ->
                PointInTime.of(List.of(windows("g", List.of("k"), "sum(d)")))
                    .join(asOf, tables)
                    .collectAsList())
        .hasMessageContaining(
            "g__f_1h: the sum 1" + "9".repeat(37) + "8 does not fit DECIMAL(38,0)");
    assertThat(
            PointInTime.of(List.of(windows("g", List.of("k"), "avg(n)")))
                .join(asOf, tables)
                .select("g__f_1h")
                .collectAsList())
        .containsExactly(create((double) Long.MAX_VALUE));
  }

  @Test
  void aDayIs24HoursWhereTheClocksChangeToo() {
    FeatureGroup day =
        new FeatureGroup(
            "d",
            "t",
            List.of("k"),
            List.of("k"),
            List.of(Duration.ofDays(1)),
            Map.of("n", Aggregate.parse("count(*)")),
            List.of(),
            true,
            Optional.empty(),
            Duration.ZERO,
            Optional.empty());
    spark().conf().set("spark.sql.session.timeZone", "America/New_York");
    try {
      Timestamp before = time("04:30:00"); // 23:30 in New York, a day of 23 hours begins
      Dataset<Row> asOf =
          rows(
              AS_OF,
              create("1", "k", Timestamp.from(Instant.parse("2013-03-11T04:29:59.999999Z"))),
              create("2", "k", Timestamp.from(Instant.parse("2013-03-11T04:30:00Z"))));
      Dataset<Row> events = rows(EVENTS, create("e", "k", before, 1, before, null));
      assertThat(sorted(PointInTime.of(List.of(day)).join(asOf, Map.of("t", events(events)))))
          .extracting(row -> row.get(3), row -> row.get(4))
          .containsExactly(tuple(86_399.999999, 1L), tuple(86_400.0, 0L));
      Dataset<Row> dates = events.withColumn("at", expr("DATE'2013-03-10'")); // 05:00 UTC
      assertThat(sorted(PointInTime.of(List.of(day)).join(asOf, Map.of("t", events(dates)))))
          .extracting(row -> row.get(3), row -> row.get(4))
          .containsExactly(tuple(84_599.999999, 1L), tuple(84_600.0, 1L));
    } finally {
      spark().conf().set("spark.sql.session.timeZone", "UTC");
    }
  }

  @Test
  void whatIsNotFiniteMattersWhileItIsInTheWindow() {
    String ddl = EVENTS.replace("v INT", "v DOUBLE");
    Dataset<Row> rows =
        rows(
            ddl,
            create("1", "k", time("10:00:00"), Double.POSITIVE_INFINITY, time("10:00:00"), null),
            create("2", "k", time("10:10:00"), Double.NEGATIVE_INFINITY, time("10:10:00"), null),
            create("3", "k", time("10:20:00"), Double.NaN, time("10:20:00"), null),
            create("4", "k", time("10:30:00"), 0.1, time("10:30:00"), null));
    Dataset<Row> asOf =
        rows(
            AS_OF,
            create("1", "k", time("10:05:00")),
            create("2", "k", time("10:15:00")),
            create("3", "k", time("10:25:00")),
            create("4", "k", time("11:15:00")),
            create("5", "k", time("11:25:00")));
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    for (String function : List.of("sum(v)", "min(v)", "max(v)", "stddev(v)", "median(v)")) {
      aggregates.put("f" + aggregates.size(), Aggregate.parse(function));
    }
    FeatureGroup group =
        new FeatureGroup(
            "g",
            "t",
            List.of("k"),
            List.of("k"),
            List.of(HOUR),
            aggregates,
            List.of(),
            false,
            Optional.empty(),
            Duration.ZERO,
            Optional.empty());
    assertThat(sorted(PointInTime.of(List.of(group)).join(asOf, Map.of("t", events(rows)))))
        .extracting(row -> row.mkString(" ").replaceAll(".* \\d\\d:\\d\\d:\\d\\d.0 ", ""))
        .containsExactly(
            "Infinity Infinity Infinity null Infinity",
            "NaN -Infinity Infinity NaN NaN",
            "NaN -Infinity NaN NaN Infinity",
            "NaN 0.1 NaN NaN NaN",
            "0.1 0.1 0.1 null 0.1");
  }

  @Test
  void whatCannotBeComputedIsNamed() {
    Dataset<Row> rows = rows(EVENTS);
    Map<String, Events> tables = Map.of("t", events(rows));
    Dataset<Row> asOf = rows(AS_OF);
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "avg(w)"), asOf, tables))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot compute the feature group g: f avg(w): ")
        .hasMessageContaining("`w` cannot be resolved");
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "avg(k)"), asOf, tables))
        .hasMessage("Cannot compute the feature group g: f avg(k): it can't take STRING");
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "share(v)"), asOf, tables))
        .hasMessage("Cannot compute the feature group g: f share(v): it can't take INT");
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "median(k)"), asOf, tables))
        .hasMessage(
            "Cannot compute the feature group g: f percentile(k, 0.5): it can't take STRING");
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "top_k(array(v), 2)"), asOf, tables))
        .hasMessage(
            "Cannot compute the feature group g: f top_k(array(v), 2): it can't take ARRAY<INT>");
    assertThatThrownBy(
            () ->
                join(
                    windows("g", List.of("k"), "avg(v)").inRole("r", Map.of("k", "n")),
                    rows("id STRING, k STRING, n INT, as_of_time TIMESTAMP"),
                    tables))
        .hasMessage(
            "Cannot compute the feature group r: by k: it is STRING in t but n, which holds it, is"
                + " INT in the as-of rows");
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "avg(sum(v))"), asOf, tables))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot compute the feature group g: f avg(sum(v)): ");
    assertThatThrownBy(
            () ->
                join(
                    windows("g", List.of("k"), "avg(v)"),
                    rows("id STRING, k BIGINT, as_of_time TIMESTAMP"),
                    tables))
        .hasMessage(
            "Cannot compute the feature group g: by k: it is STRING in t but BIGINT in the as-of"
                + " rows");
    assertThatThrownBy(
            () ->
                join(
                    windows("g", List.of("k"), "avg(v)"),
                    rows("id STRING, as_of_time TIMESTAMP"),
                    tables))
        .hasMessage(
            "Cannot compute the feature group g: by k: the as-of rows have no such column, only id,"
                + " as_of_time");
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "avg(v)"), asOf, Map.of()))
        .hasMessage("Cannot compute the feature group g: no events of t are given, only of ");
    assertThatThrownBy(() -> join(windows("g", List.of("k"), "avg(v)"), rows("k STRING"), tables))
        .hasMessage("The as-of rows have no column as_of_time, only k");
  }

  @Test
  void whatLooksAtTheEventsFirstLeavesTheirProblemsToTheGroups() {
    Dataset<Row> asOf =
        rows(AS_OF, create("1", "k", time("01:00:00")), create("2", "k", time("20:00:00")));
    Dataset<Row> rows = rows("id STRING, l STRING, at TIMESTAMP, known_until TIMESTAMP, v INT");
    FeatureGroup group = windows("g", List.of("l"), "avg(v)");
    PointInTime roles =
        PointInTime.of(
            List.of(group.inRole("r", Map.of("l", "k")), group.inRole("s", Map.of("l", "id"))));
    assertThatThrownBy(() -> roles.join(asOf, Map.of("t", events(rows))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot compute the feature group r: event time known_from: ");
    assertThatThrownBy(
            () -> join(windows("g", List.of("k"), "avg(v)"), asOf, Map.of("t", events(rows))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot compute the feature group g: by k: ");
  }

  @Test
  void anAsOfTimeOutsideTheGivenRangeFails() {
    Timestamp at = time("10:00:00");
    Dataset<Row> asOf = rows(AS_OF, create("1", "k", at));
    assertThatThrownBy(
            () ->
                PointInTime.of(List.of(windows("g", List.of("k"), "count(*)")))
                    .between(at.toInstant().plusSeconds(1), at.toInstant().plusSeconds(2))
                    .join(asOf, Map.of("t", events(rows(EVENTS))))
                    .collectAsList())
        .hasMessageContaining("outside");
  }

  private static void join(FeatureGroup group, Dataset<Row> asOf, Map<String, Events> tables) {
    PointInTime.of(List.of(group)).join(asOf, tables);
  }
}
