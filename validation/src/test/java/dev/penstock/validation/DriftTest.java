package dev.penstock.validation;

import static dev.penstock.validation.ProfilesTest.numbers;
import static dev.penstock.validation.ProfilesTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DriftTest {
  @Test
  void theSameDistributionHasIndexZero() {
    assertThat(Drift.psi(numbers("a", 5, upTo(1000)), numbers("b", 5, upTo(1000))))
        .isCloseTo(0, within(0.002));
    assertThat(Drift.psi(texts("a", 3, List.of("x", "y")), texts("b", 3, List.of("x", "y"))))
        .isEqualTo(0);
  }

  @Test
  void theIndexOfSharesAsCountedByHand() {
    double half = psi(new double[] {50, 50, 0, 0}, new double[] {75, 25, 0, 0});
    assertThat(Drift.psi(flags(50, 50), flags(75, 25))).isCloseTo(half, within(1e-12));
    double text = psi(new double[] {3, 1, 0, 0, 0}, new double[] {1, 1, 0, 2, 4});
    assertThat(
            Drift.psi(
                texts("a", 0, List.of("x", "x", "x", "y")),
                texts("b", 4, List.of("x", "y", "new", "newer"))))
        .isCloseTo(text, within(1e-12));
  }

  @Test
  void aNullIsABinOfItsOwn() {
    double nulls = psi(new double[] {100, 0, 0}, new double[] {60, 0, 40});
    double[] constant = DoubleStream.generate(() -> 5).limit(60).toArray();
    Profile baseline = numbers("a", 0, DoubleStream.generate(() -> 5).limit(100).toArray());

    assertThat(Drift.psi(baseline, numbers("b", 40, constant))).isCloseTo(nulls, within(1e-12));
    assertThat(Drift.psi(numbers("a", 100), numbers("b", 100))).isEqualTo(0);
  }

  @Test
  void numbersOutsideOfTheBaselineAreABinOfTheirOwn() {
    double[] hundred = DoubleStream.generate(() -> 5).limit(100).toArray();
    double outside = psi(new double[] {100, 0, 0}, new double[] {1, 2, 0});

    assertThat(Drift.psi(numbers("a", 0, hundred), numbers("b", 0, 4, 5, 6)))
        .isCloseTo(outside, within(1e-12));
  }

  @Test
  void manyDifferentNumbersAreToldApartAsFarAsBothSidesDo() {
    double[] thousands = new Random(1).doubles(20_000, 0, 1).toArray();
    double[] others = new Random(2).doubles(20_000, 0, 1).toArray();
    double[] hundreds = new Random(3).doubles(500, 0, 1).toArray();
    double[] lower = DoubleStream.of(others).map(value -> value * value).toArray();

    assertThat(Drift.psi(numbers("a", 0, thousands), numbers("b", 0, others))).isLessThan(0.01);
    assertThat(Drift.psi(numbers("a", 0, thousands), numbers("b", 0, hundreds))).isLessThan(0.05);
    assertThat(Drift.psi(numbers("a", 0, hundreds), numbers("b", 0, thousands))).isLessThan(0.05);
    assertThat(Drift.psi(numbers("a", 0, thousands), numbers("b", 0, lower)))
        .isGreaterThan(Drift.FLOOR);
  }

  @Test
  void theFormerMiddleOfManyTextsIsNoUnseenValue() {
    List<String> many = IntStream.range(0, 5000).mapToObj(i -> "id" + i).toList();
    List<String> others = IntStream.range(5000, 10000).mapToObj(i -> "id" + i).toList();

    assertThat(Drift.psi(texts("a", 0, many), texts("b", 0, others))).isLessThan(0.2);
  }

  @Test
  void onlyColumnsOfBothSidesHaveAnIndex() {
    assertThat(Drift.psi(List.of(flags(1, 1), texts("a", 0, List.of("x"))), List.of(flags(1, 1))))
        .containsExactly(Map.entry("number", 0.0));
  }

  @Test
  void aShiftFailsWithItsNumbers() {
    Map<String, List<Profile>> baseline =
        Map.of("a", List.of(flags(500, 500)), "b", List.of(flags(500, 500)));

    Check check = Drift.compare(baseline, List.of(flags(950, 50)), Drift.FLOOR, 100).get(0);

    double psi = psi(new double[] {1000, 1000, 0, 0}, new double[] {950, 50, 0, 0});
    assertThat(check)
        .isEqualTo(
            new Check(
                "flags",
                Severity.MONITOR,
                "drift",
                "number",
                Outcome.FAILED,
                psi,
                "at most 0.2",
                1000,
                null,
                (3 + 1.645 * Math.sqrt(6)) * (1.0 / 2000 + 1.0 / 1000),
                "drift(number) %s over 1000 rows, at most 0.2 expected"
                    .formatted(Numbers.text(psi))));
  }

  @Test
  void whatTheBaselineShowsItselfIsNoDrift() {
    Map<String, List<Profile>> baseline = new LinkedHashMap<>();
    baseline.put("a", List.of(flags(950, 50)));
    baseline.put("b", List.of(flags(50, 950)));

    Check check = Drift.compare(baseline, List.of(flags(900, 100)), 0.2, 100).get(0);

    double usual = psi(new double[] {1000, 1000, 0, 0}, new double[] {950, 50, 0, 0});
    assertThat(check.outcome()).isEqualTo(Outcome.PASSED);
    assertThat(check.bound()).isEqualTo("at most " + Numbers.text(usual));
  }

  @Test
  void fewRowsAreNoDrift() {
    Map<String, List<Profile>> baseline = Map.of("a", List.of(flags(500, 500)));

    assertThat(Drift.compare(baseline, List.of(flags(99, 0)), 0.2, 100))
        .extracting(Check::outcome, Check::value, Check::reason)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                Outcome.PASSED, null, "drift(number): too few rows, 99 of 100"));
  }

  @Test
  void aColumnThatTheBaselineLacksIsErrored() {
    Map<String, List<Profile>> baseline = Map.of("a", List.of(flags(500, 500)));
    Profile text = texts("b", 0, List.of("x"));

    assertThat(Drift.compare(baseline, List.of(text), 0.2, 1))
        .extracting(check -> check.outcome() + " " + check.reason())
        .containsExactly("ERRORED drift(text): the baseline lacks it");
  }

  private static Profile flags(int zeros, int ones) {
    double[] values =
        Stream.concat(
                Collections.nCopies(zeros, 0.0).stream(), Collections.nCopies(ones, 1.0).stream())
            .mapToDouble(value -> value)
            .toArray();
    return numbers("flags", 0, values);
  }

  private static double[] upTo(int n) {
    return IntStream.range(0, n).asDoubleStream().toArray();
  }

  /** The definition, over rows per bin. */
  private static double psi(double[] expected, double[] actual) {
    double bins = expected.length;
    double all = DoubleStream.of(expected).sum() + bins / 2;
    double allActual = DoubleStream.of(actual).sum() + bins / 2;
    double sum = 0;
    for (int i = 0; i < bins; i++) {
      double share = (expected[i] + 0.5) / all;
      double actualShare = (actual[i] + 0.5) / allActual;
      sum += (actualShare - share) * Math.log(actualShare / share);
    }
    return sum;
  }
}
