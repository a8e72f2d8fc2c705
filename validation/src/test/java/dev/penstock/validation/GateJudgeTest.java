package dev.penstock.validation;

import static org.apache.spark.sql.RowFactory.create;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.SliceFacts.Earlier;
import dev.penstock.validation.SliceRule.Aggregate;
import dev.penstock.validation.SliceRule.Fresh;
import dev.penstock.validation.SliceRule.NotNull;
import dev.penstock.validation.SliceRule.Quarantined;
import dev.penstock.validation.SliceRule.References;
import dev.penstock.validation.SliceRule.RowCount;
import dev.penstock.validation.SliceRule.Unique;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

class GateJudgeTest extends SparkTest {
  private static final String DAY = "2013-01-01";
  private static final Reference CARRIER = new Reference("carrier", "airlines", "carrier");

  @Test
  void everyRuleIsMeasuredOverTheRowsLeft() {
    Gate gate =
        refuse(
            rowCount(3),
            new Quarantined(0.2),
            new NotNull("carrier", 0.9),
            new Unique(List.of("id")),
            new References(CARRIER, 1),
            new Fresh(Duration.ofHours(12)),
            new Aggregate(
                "mean_distance", "avg(distance)", OptionalDouble.of(2), OptionalDouble.of(3)));
    Dataset<Row> marked =
        marked(
            flight(1, "AA", 1, DAY, "10:00"),
            flight(2, "BB", 2, DAY, "11:00"),
            flight(3, null, 3, DAY, null),
            flight(3, "AA", 4, DAY, "09:00"),
            broken(4, null, 100, DAY));

    List<Check> checks = judge(gate, marked, facts(DAY));

    assertThat(checks)
        .extracting(Check::reason)
        .containsExactly(
            "row-count 4, at least 3 expected",
            "quarantined 20% of 5 rows, at most 20% expected",
            "not-null(carrier) 75% of 4 rows, at least 90% expected",
            "unique(id) 50% of 4 rows, 100% expected",
            "references(carrier) 66.6667% of 3 values, at least 100% known in airlines.carrier"
                + " expected",
            "newest event 13h before the end of the slice, within 12h expected",
            "mean_distance 2.5, at least 2 and at most 3 expected");
    assertThat(checks)
        .extracting(Check::outcome)
        .containsExactly(
            Outcome.PASSED,
            Outcome.PASSED,
            Outcome.FAILED,
            Outcome.FAILED,
            Outcome.FAILED,
            Outcome.FAILED,
            Outcome.PASSED);
    assertThat(checks).extracting(Check::n).containsExactly(4L, 5L, 4L, 4L, 3L, 3L, 4L);
    assertThat(checks.get(2))
        .isEqualTo(
            new Check(
                DAY,
                Severity.REFUSE,
                "not-null",
                "carrier",
                Outcome.FAILED,
                0.75,
                "at least 90%",
                4,
                null,
                null,
                "not-null(carrier) 75% of 4 rows, at least 90% expected"));
    assertThat(Verdict.of(DAY, checks).result()).isEqualTo(Verdict.Result.REFUSED);
    assertThat(Verdict.of(DAY, checks).reasons()).hasSize(4);
  }

  @Test
  void aSliceWithoutRowsGetsAllItsChecks() {
    Gate gate =
        new Gate(
            List.of(new RowRule("near", "distance < 10")),
            List.of(),
            List.of(),
            List.of(
                rowCount(1),
                new Quarantined(0),
                new NotNull("carrier", 1),
                new Unique(List.of("id")),
                new References(CARRIER, 1),
                new Fresh(Duration.ofHours(12)),
                new Aggregate("rows", "count(*)", OptionalDouble.of(0), OptionalDouble.empty()),
                new Aggregate(
                    "mean", "avg(distance)", OptionalDouble.of(0), OptionalDouble.empty())),
            List.of());
    Dataset<Row> other = marked(flight(1, "AA", 1, "2013-01-02", "10:00"));
    List<String> reasons =
        List.of(
            "near broken by 0 of 0 rows",
            "row-count 0, at least 1 expected",
            "quarantined none of 0 rows, at most 0% expected: nothing to judge",
            "not-null(carrier) of 0 rows, at least 100% expected: nothing to judge",
            "unique(id) of 0 rows, 100% expected: nothing to judge",
            "references(carrier) of 0 values, at least 100% known in airlines.carrier expected:"
                + " nothing to judge",
            "no event, within 12h expected",
            "rows 0, at least 0 expected",
            "mean null, at least 0 expected");

    for (Dataset<Row> frame : List.of(other, other.where("false"))) {
      List<Check> checks = judge(gate, frame, facts(DAY));

      assertThat(checks).extracting(Check::reason).containsExactlyElementsOf(reasons);
      assertThat(checks)
          .filteredOn(check -> check.outcome() == Outcome.FAILED)
          .extracting(Check::rule)
          .containsExactly("row-count", "fresh", "mean");
      assertThat(checks.get(1).value()).isEqualTo(0.0);
    }
  }

  @Test
  void anErroredRuleSpoilsNoOtherAndIsNoRefusal() {
    Gate gate =
        refuse(
            new NotNull("carier", 1),
            rowCount(1),
            new Unique(List.of("id", "nothing")),
            new Unique(List.of("id")),
            new Aggregate("typo", "avg(distanze)", OptionalDouble.of(0), OptionalDouble.empty()),
            new Aggregate("text", "max(carrier)", OptionalDouble.of(0), OptionalDouble.empty()),
            new Aggregate("row", "distance", OptionalDouble.of(0), OptionalDouble.empty()),
            new References(new Reference("carrier", "nowhere", "carrier"), 1),
            new References(new Reference("distance", "airlines", "carrier"), 1),
            new NotNull("carrier", 1));

    List<Check> checks = judge(gate, marked(flight(1, "AA", 1, DAY, "10:00")), facts(DAY));

    assertThat(checks)
        .extracting(check -> check.rule() + " " + check.outcome())
        .containsExactly(
            "not-null ERRORED",
            "row-count PASSED",
            "unique ERRORED",
            "unique PASSED",
            "typo ERRORED",
            "text ERRORED",
            "row ERRORED",
            "references ERRORED",
            "references ERRORED",
            "not-null PASSED");
    assertThat(checks.get(0).reason())
        .startsWith("Cannot judge not-null: column carier is not there, only id, carrier, ");
    assertThat(checks.get(5).reason())
        .isEqualTo("Cannot judge text: max(carrier) is STRING, not a number or a boolean");
    assertThat(checks.get(8).reason())
        .isEqualTo("Cannot judge references: column distance is INT, airlines.carrier is STRING");
    assertThat(Verdict.of(DAY, checks).result()).isEqualTo(Verdict.Result.ERRORED);
  }

  @Test
  void withoutAnEventTimeFreshIsErrored() {
    Dataset<Row> marked = marked(flight(1, "AA", 1, DAY, "10:00"));
    List<Check> checks =
        refuse(new Fresh(Duration.ofHours(1)))
            .judge(
                marked,
                RowScan.of(marked, List.of(), List.of()).counts(),
                Optional.empty(),
                List.of(facts(DAY)),
                Map.of());

    assertThat(checks)
        .extracting(Check::reason)
        .containsExactly("Cannot judge fresh: the rows have no event time");
  }

  @Test
  void aQuarantineRuleTellsHowManyRowsItBroke() {
    Gate gate =
        new Gate(
            List.of(new RowRule("near", "distance < 10"), new RowRule("typo", "distanze < 10")),
            List.of(List.of("id")),
            List.of(),
            List.of(),
            List.of());
    Dataset<Row> marked =
        gate.mark(
            marked(
                flight(1, "AA", 1, DAY, null),
                flight(2, "AA", 2, DAY, null),
                flight(2, "AA", 3, DAY, null),
                flight(4, "AA", 10, DAY, null)),
            Map.of());

    List<Check> checks = judge(gate, marked, facts(DAY));

    assertThat(checks.get(0))
        .isEqualTo(
            new Check(
                DAY,
                Severity.QUARANTINE,
                "near",
                "",
                Outcome.FAILED,
                1.0,
                "distance < 10",
                4,
                null,
                null,
                "near broken by 1 of 4 rows"));
    assertThat(checks.get(1).outcome()).isEqualTo(Outcome.ERRORED);
    assertThat(checks.get(2).reason()).isEqualTo("unique(id) broken by 2 of 4 rows");
    assertThat(Verdict.of(DAY, checks).result()).isEqualTo(Verdict.Result.ERRORED);
    assertThat(Verdict.of(DAY, checks.subList(0, 1)).passed()).isTrue();
  }

  @Test
  void aWarningNeverRefuses() {
    Gate gate = new Gate(List.of(), List.of(), List.of(), List.of(), List.of(rowCount(2)));

    List<Check> checks = judge(gate, marked(flight(1, "AA", 1, DAY, null)), facts(DAY));

    assertThat(checks).extracting(Check::severity).containsExactly(Severity.WARN);
    assertThat(checks).extracting(Check::outcome).containsExactly(Outcome.FAILED);
    assertThat(Verdict.of(DAY, checks).passed()).isTrue();
  }

  @Test
  void aBlockGivesTheChecksThatSingleSlicesWouldInFewJobs() {
    Gate gate =
        new Gate(
            List.of(new RowRule("near", "distance < 10")),
            List.of(),
            List.of(),
            List.of(
                rowCount(2),
                new Quarantined(0.5),
                new NotNull("carrier", 0.7),
                new Unique(List.of("id")),
                new References(CARRIER, 0.5),
                new Fresh(Duration.ofHours(36))),
            List.of(deviations()));
    List<String> days =
        IntStream.range(0, 31).mapToObj(i -> LocalDate.parse(DAY).plusDays(i).toString()).toList();
    List<Row> rows = new ArrayList<>();
    for (int day = 0; day < 31; day++) {
      int count = day == 7 ? 1 : day == 9 ? 0 : day == 20 ? 12 : 4 + day % 2;
      for (int i = 0; i < count; i++) {
        rows.add(flight(i, i == 0 ? null : "AA", i, days.get(day), "10:00"));
      }
    }
    Dataset<Row> marked = gate.mark(marked(rows.toArray(Row[]::new)), Map.of()).persist();
    marked.count();
    List<SliceFacts> facts = days.stream().map(day -> facts(day)).toList();

    JobCounter.Counted<List<Check>> block =
        JobCounter.count(spark(), () -> judge(gate, marked, facts.toArray(SliceFacts[]::new)));

    assertThat(block.jobs()).isLessThanOrEqualTo(20);
    assertThat(block.result()).hasSize(31 * 8);
    List<Earlier> history =
        IntStream.range(0, 10)
            .filter(day -> day != 7 && day != 9)
            .mapToObj(day -> new Earlier(facts.get(day).end(), 4 + day % 2))
            .toList();
    SliceFacts tenth = new SliceFacts(days.get(10), facts.get(10).end(), history);
    assertThat(judge(gate, marked, tenth)).isEqualTo(block.result().subList(80, 88));
    assertThat(
            Stream.of(2, 3, 7, 8, 20).map(day -> block.result().get(day * 8 + 7).reason()).toList())
        .containsExactly(
            "row-count 4, within 3 deviations over 7d expected: not enough history, 2 of 3 earlier"
                + " slices",
            "row-count 5, within 3 deviations over 7d (1.33333 to 7.33333) expected",
            "row-count 1, within 3 deviations over 7d (1.42857 to 7.42857) expected",
            "row-count 4, within 3 deviations over 7d (1.5 to 7.5) expected",
            "row-count 10, within 3 deviations over 7d (1.57143 to 7.57143) expected");
    marked.unpersist();
  }

  @Test
  void troubleIsThrownAndNeverReportedAsBadData() {
    spark()
        .udf()
        .register(
            "lost",
            (UDF1<Integer, Integer>)
                id -> {
                  throw new IllegalStateException("disk gone");
                },
            DataTypes.IntegerType);
    Dataset<Row> marked =
        marked(flight(1, "AA", 1, DAY, "10:00")).repartition(2).withColumn("id", expr("lost(id)"));

    assertThatThrownBy(() -> judge(refuse(new NotNull("id", 1)), marked, facts(DAY)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot judge slice 2013-01-01: ")
        .hasStackTraceContaining("disk gone");
    assertThatThrownBy(
            () ->
                judge(
                    refuse(
                        new Aggregate(
                            "mean", "avg(id)", OptionalDouble.of(1), OptionalDouble.empty())),
                    marked,
                    facts(DAY)))
        .hasStackTraceContaining("disk gone");
  }

  @Test
  void noSlicesAreNoChecks() {
    assertThat(judge(refuse(rowCount(1)), marked(flight(1, "AA", 1, DAY, null)))).isEmpty();
  }

  private List<Check> judge(Gate gate, Dataset<Row> marked, SliceFacts... slices) {
    Dataset<Row> airlines =
        rows(
            "carrier STRING, known_from TIMESTAMP, known_until TIMESTAMP",
            create("AA", GateMarkTest.at("1900-01-01T00:00:00Z"), null));
    return gate.judge(
        marked,
        RowScan.of(marked, List.of(), List.of()).counts(),
        Optional.of("scheduled"),
        List.of(slices),
        Map.of("airlines", airlines));
  }

  private static Gate refuse(SliceRule... rules) {
    return new Gate(List.of(), List.of(), List.of(), List.of(rules), List.of());
  }

  private static RowCount rowCount(long atLeast) {
    return new RowCount(
        OptionalLong.of(atLeast), OptionalLong.empty(), OptionalDouble.empty(), Optional.empty());
  }

  private static RowCount deviations() {
    return new RowCount(
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalDouble.of(3),
        Optional.of(Duration.ofDays(7)));
  }

  private static SliceFacts facts(String day) {
    return new SliceFacts(day, end(day).toInstant(), List.of());
  }

  private static Timestamp end(String day) {
    return Timestamp.from(Instant.parse(day + "T23:59:59.999999Z"));
  }

  private static Row flight(int id, String carrier, int distance, String day, String time) {
    Timestamp scheduled = time == null ? null : GateMarkTest.at(day + "T" + time + ":00Z");
    return create(id, carrier, distance, scheduled, day, end(day), new String[0]);
  }

  private static Row broken(int id, String carrier, int distance, String day) {
    return create(id, carrier, distance, null, day, end(day), new String[] {"late"});
  }

  private Dataset<Row> marked(Row... rows) {
    return rows(
        "id INT, carrier STRING, distance INT, scheduled TIMESTAMP, slice STRING, slice_end"
            + " TIMESTAMP, broken_rules ARRAY<STRING>",
        rows);
  }
}
