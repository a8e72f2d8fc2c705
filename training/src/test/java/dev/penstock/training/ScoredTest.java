package dev.penstock.training;

import static dev.penstock.training.Metric.ACCURACY;
import static dev.penstock.training.Metric.BRIER;
import static dev.penstock.training.Metric.LOG_LOSS;
import static dev.penstock.training.Metric.MAE;
import static dev.penstock.training.Metric.PR_AUC;
import static dev.penstock.training.Metric.RMSE;
import static dev.penstock.training.Metric.ROC_AUC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoredTest {
  private static Scored scored(double[] labels, double... predictions) {
    return new Scored(labels, predictions);
  }

  private static double[] labels(double... labels) {
    return labels;
  }

  @Test
  void rocAucCountsPairsAndHalvesTies() {
    // Pairs (positive, negative): 0.8>0.6, 0.8>0.4, 0.8>0.4, 0.4<0.6, 0.4=0.4, 0.4=0.4: 3 + 2/2 of
    // 6.
    Scored scored = scored(labels(1, 0, 1, 0, 0), 0.8, 0.6, 0.4, 0.4, 0.4);
    assertThat(scored.value(ROC_AUC)).hasValue(4.0 / 6);
  }

  @Test
  void prAucIsAveragePrecisionWithTiesTakenTogether() {
    // At 0.8: precision 1/1, recall gained 1/2; at 0.6 none; at 0.4: precision 2/5, gained 1/2.
    Scored scored = scored(labels(1, 0, 1, 0, 0), 0.8, 0.6, 0.4, 0.4, 0.4);
    assertThat(scored.value(PR_AUC)).hasValue((1.0 + 2.0 / 5) / 2);
  }

  @Test
  void perfectAndReversedRankings() {
    assertThat(scored(labels(0, 1), 0.1, 0.9).value(ROC_AUC)).hasValue(1.0);
    assertThat(scored(labels(1, 0), 0.1, 0.9).value(ROC_AUC)).hasValue(0.0);
    assertThat(scored(labels(1, 0), 0.1, 0.9).value(PR_AUC)).hasValue(0.5);
    assertThat(scored(labels(1, 0, 0, 1), 0.0, -0.0, 0.0, -0.0).value(ROC_AUC)).hasValue(0.5);
  }

  @Test
  void logLossIsClipped() {
    assertThat(scored(labels(1, 0), 0.75, 0.5).value(LOG_LOSS).getAsDouble())
        .isEqualTo((-Math.log(0.75) - Math.log(0.5)) / 2, within(1e-15));
    assertThat(scored(labels(1), 0.0).value(LOG_LOSS).getAsDouble())
        .isEqualTo(-Math.log(1e-15), within(1e-12));
    assertThat(scored(labels(0), 1.0).value(LOG_LOSS).getAsDouble())
        .isEqualTo(-Math.log(1e-15), within(0.2));
  }

  @Test
  void lossesOfPredicatesAndNumbers() {
    Scored predicates = scored(labels(1, 0, 1, 0), 0.75, 0.5, 0.25, 0.0);
    assertThat(predicates.value(BRIER)).hasValue((0.0625 + 0.25 + 0.5625) / 4);
    assertThat(predicates.value(ACCURACY)).hasValue(0.5);
    assertThat(predicates.accuracy(0.2)).hasValue(0.75);
    Scored numbers = scored(labels(1, 2, 3), 1, 4, -1);
    assertThat(numbers.value(MAE)).hasValue(2.0);
    assertThat(numbers.value(RMSE)).hasValue(Math.sqrt(20.0 / 3));
  }

  @Test
  void rankingMetricsNeedBothClasses() {
    assertThat(scored(labels(0, 0), 0.1, 0.2).value(ROC_AUC)).isEmpty();
    assertThat(scored(labels(0, 0), 0.1, 0.2).value(PR_AUC)).isEmpty();
    assertThat(scored(labels(1, 1), 0.1, 0.2).value(ROC_AUC)).isEmpty();
    assertThat(scored(labels(1, 1), 0.1, 0.2).value(PR_AUC)).hasValue(1.0);
    assertThat(scored(labels()).value(BRIER)).isEmpty();
    assertThat(scored(labels(0, 0), 0.1, 0.2).values(LabelKind.CLASSIFICATION))
        .containsOnlyKeys(LOG_LOSS, BRIER, ACCURACY);
  }

  @Test
  void aNumberThatIsNoneIsRefused() {
    assertThatThrownBy(() -> scored(labels(0, 1), 0.5, Double.NaN))
        .hasMessage("Cannot measure row 1: label 1.0, prediction NaN");
    assertThatThrownBy(() -> scored(labels(0, 1), 0.5))
        .hasMessage("Cannot pair 2 labels with 1 predictions");
  }

  @Test
  void agreesWithTheObviousDefinitionsAlsoWhenRowsCountSeveralTimes() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      int n = 1 + random.nextInt(30);
      double[] labels = random.doubles(n).map(x -> x < 0.4 ? 1 : 0).toArray();
      double[] predictions = random.doubles(n).map(x -> Math.floor(x * 8) / 8).toArray();
      int[] counts = random.ints(n, 0, 3).toArray();
      Scored scored = new Scored(labels, predictions);
      assertClose(scored.weighted(ROC_AUC, counts), naiveRoc(labels, predictions, counts));
      assertClose(scored.weighted(PR_AUC, counts), naivePrecision(labels, predictions, counts));
    }
  }

  private static void assertClose(OptionalDouble actual, double expected) {
    if (Double.isNaN(expected)) {
      assertThat(actual).isEmpty();
    } else {
      assertThat(actual.getAsDouble()).isEqualTo(expected, within(1e-12));
    }
  }

  private static double naiveRoc(double[] labels, double[] predictions, int[] counts) {
    double won = 0;
    double pairs = 0;
    for (int p = 0; p < labels.length; p++) {
      for (int n = 0; n < labels.length; n++) {
        if (labels[p] == 1 && labels[n] == 0) {
          double pair = (double) counts[p] * counts[n];
          pairs += pair;
          won += pair * (Math.signum(predictions[p] - predictions[n]) + 1) / 2;
        }
      }
    }
    return won / pairs;
  }

  private static double naivePrecision(double[] labels, double[] predictions, int[] counts) {
    double sum = 0;
    double positives = 0;
    for (int p = 0; p < labels.length; p++) {
      double above = 0;
      double hits = 0;
      for (int i = 0; i < labels.length; i++) {
        if (predictions[i] >= predictions[p]) {
          above += counts[i];
          hits += counts[i] * labels[i];
        }
      }
      if (labels[p] == 1 && counts[p] > 0) {
        positives += counts[p];
        sum += counts[p] * hits / above;
      }
    }
    return sum / positives;
  }
}
