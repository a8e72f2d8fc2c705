package dev.penstock.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.SliceFacts.Earlier;
import dev.penstock.validation.SliceRule.Quarantined;
import dev.penstock.validation.SliceRule.RowCount;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static final Instant END = Instant.parse("2013-01-31T23:59:59.999999Z");

  @Test
  void aMessageStartsWithTheComponent() {
    assertThatThrownBy(() -> new Quarantined(3))
        .hasMessage("atMost must be between 0 and 1, got 3");
    assertThatThrownBy(
            () ->
                new RowCount(
                    OptionalLong.of(9),
                    OptionalLong.of(8),
                    OptionalDouble.empty(),
                    Optional.empty()))
        .hasMessage("atMost must not be below atLeast 9, got 8");
    assertThatThrownBy(
            () ->
                new RowCount(
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalDouble.of(3),
                    Optional.empty()))
        .hasMessage("over must be set exactly when withinDeviations is, got nothing");
    assertThatThrownBy(() -> new SliceFacts("x' OR '1'='1", END, List.of()))
        .hasMessage("slice must consist of letters, digits and _ . : + -, got x' OR '1'='1");
  }

  @Test
  void aConstantHistoryAllowsAFewRowsMore() {
    assertThat(deviations(13, 10, 10, 10).outcome()).isEqualTo(Outcome.PASSED);
    assertThat(deviations(14, 10, 10, 10).reason())
        .isEqualTo("row-count 14, within 3 deviations over 28d (7 to 13) expected");
    assertThat(deviations(14, 10, 10, 10).outcome()).isEqualTo(Outcome.FAILED);
    assertThat(deviations(1030, 1000, 1000, 1000).outcome()).isEqualTo(Outcome.PASSED);
    assertThat(deviations(1031, 1000, 1000, 1000).outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void historyOutsideOfTheReachDoesNotCount() {
    List<Earlier> earlier =
        List.of(
            new Earlier(END.minus(Duration.ofDays(29)), 1),
            new Earlier(END.minus(Duration.ofDays(28)), 10),
            new Earlier(END.minus(Duration.ofDays(1)), 10),
            new Earlier(END, 1),
            new Earlier(END.plus(Duration.ofDays(1)), 1));

    assertThat(assess(5, earlier).reason())
        .isEqualTo(
            "row-count 5, within 3 deviations over 28d expected: not enough history, 2 of 3"
                + " earlier slices");
  }

  @Test
  void aCheckSurvivesItsRow() {
    Check check =
        new Check(
            "2013-01-31",
            Severity.REFUSE,
            "row-count",
            "",
            Outcome.FAILED,
            272.0,
            "at least 300",
            272,
            null,
            3.0,
            "row-count 272, at least 300 expected");

    assertThat(check.toRow().mkString("|"))
        .isEqualTo(
            "2013-01-31|refuse|row-count||272.0|at least 300|272|null|3.0|failed|row-count 272, at"
                + " least 300 expected");
    assertThat(check.toRow().size()).isEqualTo(Check.SCHEMA.size());
    Object[] values = new Object[Check.SCHEMA.size()];
    Arrays.setAll(values, check.toRow()::get);
    assertThat(Check.fromRow(new GenericRowWithSchema(values, Check.SCHEMA))).isEqualTo(check);
  }

  @Test
  void numbersReadWell() {
    assertThat(List.of(Numbers.text(0.1 + 0.2), Numbers.text(1234567), Numbers.text(1e-9)))
        .containsExactly("0.3", "1234567", "1E-9");
    assertThat(List.of(Numbers.percent(0.3), Numbers.percent(2 / 3.0), Numbers.percent(1)))
        .containsExactly("30%", "66.6667%", "100%");
    assertThat(List.of(Numbers.text(Duration.ofHours(36)), Numbers.text(Duration.ofDays(28))))
        .containsExactly("36h", "28d");
  }

  private static Finding deviations(long rows, long... earlier) {
    List<Earlier> history =
        IntStream.range(0, earlier.length)
            .mapToObj(i -> new Earlier(END.minus(Duration.ofDays(i + 1)), earlier[i]))
            .toList();
    return assess(rows, history);
  }

  private static Finding assess(long rows, List<Earlier> history) {
    RowCount rule =
        new RowCount(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalDouble.of(3),
            Optional.of(Duration.ofDays(28)));
    return rule.assess(Measured.of(rows, rows), new SliceFacts("2013-01-31", END, history));
  }
}
