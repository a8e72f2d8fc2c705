package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExactSumTest {
  private static double sum(List<Double> values) {
    ExactSum sum = new ExactSum();
    values.forEach(sum::add);
    return sum.value();
  }

  @Test
  void itIsTheDoubleNearestToTheTrueSumInAnyOrder() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      List<Double> values = new ArrayList<>();
      BigDecimal exact = BigDecimal.ZERO;
      int spread = 1 + random.nextInt(i % 10 == 0 ? 1_000 : 60);
      for (int k = random.nextInt(12); k >= 0; k--) {
        double value = Math.scalb(random.nextDouble() - 0.5, random.nextInt(spread) - spread / 2);
        values.add(value);
        exact = exact.add(new BigDecimal(value));
      }
      double expected = exact.doubleValue();
      assertThat(sum(values)).as("seed %d: %s", seed, values).isEqualTo(expected);
      Collections.shuffle(values, random);
      assertThat(sum(values)).as("seed %d: %s", seed, values).isEqualTo(expected);
    }
  }

  @Test
  void whatIsTakenOutLeavesNoTrace() {
    ExactSum sum = new ExactSum();
    for (double value : new double[] {1e308, 1e308, 0.1, Double.NaN, Double.MIN_VALUE}) {
      sum.add(value);
    }
    sum.add(Double.POSITIVE_INFINITY);
    sum.add(Double.NEGATIVE_INFINITY);
    assertThat(sum.value()).isNaN();
    sum.subtract(Double.NaN);
    assertThat(sum.value()).isNaN();
    sum.subtract(Double.NEGATIVE_INFINITY);
    assertThat(sum.value()).isEqualTo(Double.POSITIVE_INFINITY);
    sum.subtract(Double.POSITIVE_INFINITY);
    assertThat(sum.value()).as("2e308 is beyond the doubles").isEqualTo(Double.POSITIVE_INFINITY);
    sum.subtract(1e308);
    sum.subtract(1e308);
    assertThat(sum.value()).isEqualTo(0.1);
    sum.subtract(0.1);
    assertThat(sum.value()).isEqualTo(Double.MIN_VALUE);
    sum.subtract(Double.MIN_VALUE);
    assertThat(sum.value()).isEqualTo(0.0);
  }

  @Test
  void tiesGoToTheEvenDouble() {
    double ulp = Math.ulp(1.0);
    assertThat(sum(List.of(1.0, ulp / 2))).isEqualTo(1.0);
    assertThat(sum(List.of(1.0 + ulp, ulp / 2))).isEqualTo(1.0 + 2 * ulp);
    assertThat(sum(List.of(1.0, ulp / 2, Double.MIN_VALUE))).isEqualTo(1.0 + ulp);
    assertThat(sum(List.of(-1.0, -ulp / 2, -Double.MIN_VALUE))).isEqualTo(-1.0 - ulp);
    assertThat(sum(List.of(-0.0))).isEqualTo(0.0);
  }
}
