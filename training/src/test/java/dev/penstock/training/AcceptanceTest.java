package dev.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AcceptanceTest {
  private static final double[] LABELS = {1, 0, 1, 0, 0};
  private static final double[] PREDICTIONS = {0.8, 0.6, 0.4, 0.4, 0.4};
  private static final OptionalDouble NONE = OptionalDouble.empty();

  private static Accept.Threshold atLeast(Metric metric, double bound) {
    return new Accept.Threshold(metric, OptionalDouble.of(bound), NONE, Optional.empty(), 0);
  }

  private static Accept.Threshold by(double bound, long minRows) {
    return new Accept.Threshold(
        Metric.ROC_AUC, OptionalDouble.of(bound), NONE, Optional.of("origin"), minRows);
  }

  private static List<AcceptanceCheck> judge(Accept rule, String... origins) {
    Holdout holdout =
        new Holdout(
            new Scored(LABELS, PREDICTIONS),
            Optional.empty(),
            Optional.empty(),
            Map.of("origin", Arrays.asList(origins)));
    return new Acceptance(holdout, 42).judge(List.of(rule));
  }

  @Test
  void aValueWithinItsBoundPasses() {
    assertThat(judge(atLeast(Metric.ROC_AUC, 0.6)))
        .containsExactly(
            new AcceptanceCheck(
                "roc-auc",
                "holdout",
                OptionalDouble.of(4.0 / 6),
                "at-least 0.6",
                5,
                NONE,
                NONE,
                true,
                "roc-auc of holdout is 0.6667 over 5 rows, within at-least 0.6"));
  }

  @Test
  void aValueOutsideItsBoundsFails() {
    AcceptanceCheck tooLow = judge(atLeast(Metric.ROC_AUC, 0.7)).get(0);
    assertThat(tooLow.passed()).isFalse();
    assertThat(tooLow.reason())
        .isEqualTo("roc-auc of holdout is 0.6667 over 5 rows, below at-least 0.7");
    Accept both =
        new Accept.Threshold(
            Metric.BRIER, OptionalDouble.of(0.01), OptionalDouble.of(0.1), Optional.empty(), 0);
    AcceptanceCheck tooHigh = judge(both).get(0);
    assertThat(tooHigh.passed()).isFalse();
    assertThat(tooHigh.reason())
        .isEqualTo("brier of holdout is 0.2160 over 5 rows, above at-least 0.01, at-most 0.1");
  }

  @Test
  void eachGroupIsJudgedAndSmallOnesAreSkipped() {
    List<AcceptanceCheck> checks = judge(by(0.9, 2), "JFK", "JFK", "EWR", "EWR", "LGA");
    assertThat(checks)
        .extracting(AcceptanceCheck::reason)
        .containsExactly(
            "roc-auc of origin=EWR is 0.5000 over 2 rows, below at-least 0.9",
            "roc-auc of origin=JFK is 1.0000 over 2 rows, within at-least 0.9",
            "skipped: origin=LGA has 1 rows, fewer than min-rows 2");
    assertThat(checks).extracting(AcceptanceCheck::passed).containsExactly(false, true, true);
    assertThat(checks.get(2).value()).isEmpty();
  }

  @Test
  void aMetricThatIsNotDefinedFails() {
    AcceptanceCheck check = judge(by(0.5, 0), "A", "B", "A", "A", "A").get(1);
    assertThat(check.passed()).isFalse();
    assertThat(check.reason()).isEqualTo("roc-auc of origin=B is not defined: no row has label 1");
  }

  @Test
  void withoutAChampionTheComparisonPassesAndSaysSo() {
    assertThat(judge(new Accept.AgainstChampion(Metric.PR_AUC, 0.02, 0.95)))
        .containsExactly(
            new AcceptanceCheck(
                "pr-auc against champion",
                "holdout",
                NONE,
                "may-lose 0.02 with confidence 95%",
                5,
                NONE,
                NONE,
                true,
                "there is no champion to compare with"));
  }

  /** 400 rows, ranked perfectly by {@code good} and half-right by {@code poor}. */
  private static List<AcceptanceCheck> against(boolean challengerIsGood, double mayLose) {
    double[] labels = IntStream.range(0, 400).mapToDouble(i -> i % 2).toArray();
    double[] good = IntStream.range(0, 400).mapToDouble(i -> i % 2 == 1 ? 0.9 : 0.1).toArray();
    double[] poor = IntStream.range(0, 400).mapToDouble(i -> i % 3 == 1 ? 0.9 : 0.1).toArray();
    Holdout holdout =
        new Holdout(
            new Scored(labels, challengerIsGood ? good : poor),
            Optional.of(new Scored(labels, challengerIsGood ? poor : good)),
            Optional.of("v3"),
            Map.of());
    return new Acceptance(holdout, 42)
        .judge(List.of(new Accept.AgainstChampion(Metric.BRIER, mayLose, 0.95)));
  }

  @Test
  void aBetterChallengerPassesAndAWorseOneFails() {
    AcceptanceCheck better = against(true, 0.0).get(0);
    assertThat(better.passed()).isTrue();
    assertThat(better.value().getAsDouble()).isPositive();
    assertThat(better.reason())
        .startsWith(
            "brier is 0.0100, champion v3 has 0.4080 over the same 400 rows: with confidence 95%"
                + " the gain is at least 0.3612, ")
        .endsWith("within the allowed loss of 0.0");
    AcceptanceCheck worse = against(false, 0.02).get(0);
    assertThat(worse.passed()).isFalse();
    assertThat(worse.low().getAsDouble()).isBetween(-0.45, -0.40);
    assertThat(worse.reason()).endsWith("beyond the allowed loss of 0.02");
    assertThat(against(false, 0.5).get(0).passed()).isTrue();
  }

  @Test
  void theSameSeedGivesTheSameInterval() {
    assertThat(against(true, 0)).isEqualTo(against(true, 0));
  }

  @Test
  void anIntervalCoversTheTruthAboutAsOftenAsItSays() {
    int covered = 0;
    for (int round = 0; round < 200; round++) {
      var random = new java.util.Random(round);
      double[] labels = random.doubles(400).map(x -> x < 0.3 ? 1 : 0).toArray();
      Estimate estimate =
          new Bootstrap(round).interval(Metric.MAE, new Scored(labels, new double[400]), 0.9);
      if (estimate.low().getAsDouble() <= 0.3 && 0.3 <= estimate.high().getAsDouble()) {
        covered++;
      }
    }
    assertThat(covered).isBetween(168, 192);
  }

  @Test
  void aResampleHoldsEachRowOnceOnAverage() {
    int[] counts = new Bootstrap(1).counts(100_000, 3);
    assertThat(Arrays.stream(counts).average().getAsDouble()).isBetween(0.99, 1.01);
    assertThat(Arrays.stream(counts).filter(c -> c == 0).count()).isBetween(36_300L, 37_300L);
    assertThat(new Bootstrap(1).counts(5, 3)).isEqualTo(Arrays.copyOf(counts, 5));
    assertThat(new Bootstrap(2).counts(100, 3)).isNotEqualTo(Arrays.copyOf(counts, 100));
  }

  @Test
  void aRuleWithoutBoundsIsRefused() {
    assertThatThrownBy(() -> new Accept.Threshold(Metric.RMSE, NONE, NONE, Optional.empty(), 0))
        .hasMessage("atLeast or atMost must be given");
  }
}
