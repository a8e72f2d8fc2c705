package dev.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CandidateTest {
  @Test
  void aGridIsEveryCombinationWithDefaultsFilledIn() {
    Candidate candidate =
        new Candidate(
            Algorithm.LOGISTIC_REGRESSION,
            Map.of("regParam", List.of("0.10", "1e-2"), "elasticNetParam", List.of("0", "1")));
    assertThat(candidate.gridPoints())
        .extracting(GridPoint::toString)
        .containsExactly(
            "logistic-regression(elasticNetParam=0.0, maxIter=100, regParam=0.1, tol=1.0E-6)",
            "logistic-regression(elasticNetParam=0.0, maxIter=100, regParam=0.01, tol=1.0E-6)",
            "logistic-regression(elasticNetParam=1.0, maxIter=100, regParam=0.1, tol=1.0E-6)",
            "logistic-regression(elasticNetParam=1.0, maxIter=100, regParam=0.01, tol=1.0E-6)");
    assertThat(new Candidate(Algorithm.RANDOM_FOREST, Map.of()).gridPoints()).hasSize(1);
  }

  @Test
  void unknownParametersAndValuesAreRefused() {
    assertThatThrownBy(
            () -> new Candidate(Algorithm.LINEAR_REGRESSION, Map.of("depth", List.of("3"))))
        .hasMessage(
            "depth is not a known parameter of linear-regression; known: regParam,"
                + " elasticNetParam, maxIter, tol");
    assertThatThrownBy(() -> candidate("maxDepth", "3.5"))
        .hasMessage("maxDepth must be a whole number, got '3.5'");
    assertThatThrownBy(() -> candidate("stepSize", "-1"))
        .hasMessage("stepSize must be 0 or more, got '-1'");
    assertThatThrownBy(() -> candidate("featureSubsetStrategy", "some"))
        .hasMessage(
            "featureSubsetStrategy must be one of [auto, all, sqrt, log2, onethird], got 'some'");
  }

  private static Candidate candidate(String parameter, String value) {
    return new Candidate(Algorithm.GRADIENT_BOOSTED_TREES, Map.of(parameter, List.of(value)));
  }

  @Test
  void aSpecificationHoldsTogether() {
    assertThatThrownBy(() -> spec(Algorithm.LINEAR_REGRESSION, Metric.ROC_AUC))
        .hasMessage("candidates: linear-regression does not learn true or false");
    assertThatThrownBy(() -> spec(Algorithm.RANDOM_FOREST, Metric.RMSE))
        .hasMessage(
            "chooseBy: rmse is not for labels that are true or false; use one of [roc-auc, pr-auc,"
                + " log-loss, brier, accuracy]");
  }

  private static ModelSpec spec(Algorithm algorithm, Metric metric) {
    return new ModelSpec(
        List.of("id"),
        List.of("x"),
        LabelKind.CLASSIFICATION,
        new Split(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1)),
        List.of(new Candidate(algorithm, Map.of())),
        metric,
        1,
        List.of());
  }
}
