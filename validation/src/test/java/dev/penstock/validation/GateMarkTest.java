package dev.penstock.validation;

import static org.apache.spark.sql.RowFactory.create;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class GateMarkTest extends SparkTest {
  private static final Timestamp END = at("2013-01-01T23:59:59.999999Z");
  private static final Timestamp NEXT_END = at("2013-01-02T23:59:59.999999Z");

  static Timestamp at(String instant) {
    return Timestamp.from(Instant.parse(instant));
  }

  @Test
  void aRowRuleBreaksForFalseAndPassesForNull() {
    Gate gate =
        quarantine(new RowRule("near", "distance < 10"), new RowRule("odd", "distance % 2 = 1"));

    assertThat(brokenRules(gate, flight(1, "AA", 5), flight(2, "AA", 12), flight(3, "AA", null)))
        .containsExactly("1 []", "2 [near, odd]", "3 []");
  }

  @Test
  void whatWasBrokenBeforeStaysAndMarkingTwiceChangesNothing() {
    Gate gate = quarantine(new RowRule("near", "distance < 10"));
    Dataset<Row> staged = staged(create(1, "AA", 12, "2013-01-01", END, new String[] {"late"}));

    Dataset<Row> twice = gate.mark(gate.mark(staged, Map.of()), Map.of());

    assertThat(text(twice)).containsExactly("1 [late, near]");
  }

  @Test
  void everyRowOfADuplicatedValueBreaksUnique() {
    Gate gate = unique("id", "carrier");

    assertThat(
            brokenRules(
                gate,
                flight(1, "AA", 1),
                flight(1, "AA", 2),
                flight(1, "BB", 3),
                flight(2, null, 4),
                flight(2, null, 5)))
        .containsExactly(
            "1 []", "1 [unique(id, carrier)]", "1 [unique(id, carrier)]", "2 []", "2 []");
  }

  @Test
  void aRowThatBrokeAPredicateMakesNoOtherRowADuplicate() {
    Gate gate =
        new Gate(
            List.of(new RowRule("near", "distance < 10")),
            List.of(List.of("id")),
            List.of(),
            List.of(),
            List.of());

    assertThat(brokenRules(gate, flight(1, "AA", 5), flight(1, "AA", 12)))
        .containsExactly("1 []", "1 [near]");
  }

  @Test
  void theSameValueInTwoSlicesIsNoDuplicate() {
    Dataset<Row> staged =
        staged(flight(1, "AA", 1), create(1, "AA", 1, "2013-01-02", NEXT_END, new String[0]));

    assertThat(text(unique("id").mark(staged, Map.of()))).containsExactly("1 []", "1 []");
  }

  @Test
  void aReferenceMustBeKnownAtTheEndOfTheSlice() {
    Dataset<Row> airlines =
        rows(
            "carrier STRING, known_from TIMESTAMP, known_until TIMESTAMP",
            create("AA", at("1900-01-01T00:00:00Z"), null),
            create("AA", at("1900-01-01T00:00:00Z"), at("1950-01-01T00:00:00Z")),
            create("EDGE", END, NEXT_END),
            create("GONE", at("1900-01-01T00:00:00Z"), END),
            create("LATER", at("2013-01-02T00:00:00Z"), null));
    Dataset<Row> staged =
        staged(
            flight(1, "AA", 1),
            flight(2, "EDGE", 1),
            flight(3, "GONE", 1),
            flight(4, "LATER", 1),
            flight(5, "NONE", 1),
            flight(6, null, 1),
            create(7, "LATER", 1, "2013-01-02", NEXT_END, new String[0]),
            create(8, "EDGE", 1, "2013-01-02", NEXT_END, new String[0]));

    Dataset<Row> marked = references().mark(staged, Map.of("airlines", airlines));

    assertThat(text(marked))
        .containsExactly(
            "1 []",
            "2 []",
            "3 [references(carrier)]",
            "4 [references(carrier)]",
            "5 [references(carrier)]",
            "6 []",
            "7 []",
            "8 [references(carrier)]");
    assertThat(marked.columns()).containsExactly(staged.columns());
  }

  @Test
  void onlyPredicatesAddNoShuffle() {
    Gate gate = quarantine(new RowRule("near", "distance < 10"));

    assertThat(plan(gate.mark(staged(flight(1, "AA", 1)), Map.of()))).doesNotContain("Exchange");
    assertThat(plan(unique("id").mark(staged(flight(1, "AA", 1)), Map.of())))
        .containsOnlyOnce("Exchange hashpartitioning");
  }

  @Test
  void aRuleThatDoesNotFitMarksNoRowAndIsAProblem() {
    Gate gate =
        new Gate(
            List.of(
                new RowRule("typo", "distanse < 10"),
                new RowRule("number", "distance + 1"),
                new RowRule("near", "distance < 10")),
            List.of(List.of("di")),
            List.of(new Reference("carrier", "airlines", "carrier")),
            List.of(),
            List.of());
    Dataset<Row> staged = staged(flight(1, "AA", 12));

    assertThat(text(gate.mark(staged, Map.of()))).containsExactly("1 [near]");
    assertThat(gate.problems(staged, Optional.empty(), Map.of()))
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .startsWith(
                        "typo: distanse < 10: A column or function parameter with name `distanse` cannot be resolved. ")
                    .endsWith("]."),
            second -> assertThat(second).isEqualTo("number: distance + 1 is INT, not a boolean"),
            third ->
                assertThat(third)
                    .isEqualTo(
                        "unique(di): column di is not there, only id, carrier, distance, slice,"
                            + " slice_end, broken_rules"),
            fourth ->
                assertThat(fourth)
                    .isEqualTo("references(carrier): table airlines is not there yet"));
  }

  private static Gate quarantine(RowRule... rules) {
    return new Gate(List.of(rules), List.of(), List.of(), List.of(), List.of());
  }

  private static Gate unique(String... columns) {
    return new Gate(List.of(), List.of(List.of(columns)), List.of(), List.of(), List.of());
  }

  private static Gate references() {
    return new Gate(
        List.of(),
        List.of(),
        List.of(new Reference("carrier", "airlines", "carrier")),
        List.of(),
        List.of());
  }

  private static Row flight(int id, String carrier, Integer distance) {
    return create(id, carrier, distance, "2013-01-01", END, new String[0]);
  }

  private Dataset<Row> staged(Row... rows) {
    return rows(
        "id INT, carrier STRING, distance INT, slice STRING, slice_end TIMESTAMP, broken_rules"
            + " ARRAY<STRING>",
        rows);
  }

  private List<String> brokenRules(Gate gate, Row... rows) {
    return text(gate.mark(staged(rows), Map.of()));
  }

  private static List<String> text(Dataset<Row> marked) {
    return marked.collectAsList().stream()
        .map(row -> row.getInt(0) + " " + row.getList(row.fieldIndex("broken_rules")))
        .sorted()
        .toList();
  }

  private static String plan(Dataset<Row> frame) {
    return frame.queryExecution().executedPlan().toString();
  }
}
