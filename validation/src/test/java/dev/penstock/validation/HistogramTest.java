package dev.penstock.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistogramTest {
  private static final double[] FEW = {-1e300, -2.5, -0.0, 0.0, Double.MIN_VALUE, 3, 3, 1e300};

  @Test
  void fewNumbersAreCountedEachByItself() {
    Histogram histogram = Histogram.of(of(FEW).toBytes());

    assertThat(histogram.dropped()).isZero();
    assertThat(Arrays.stream(histogram.buckets()).mapToDouble(histogram::value))
        .containsExactly(-1e300, -2.5, 0.0, Double.MIN_VALUE, 3.0, 1e300);
    assertThat(Arrays.stream(histogram.buckets()).map(histogram::count))
        .containsExactly(1L, 1L, 2L, 1L, 2L, 1L);
  }

  @Test
  void manyNumbersAreToldApartByTheirLeadingBits() {
    double[] many = new Random(1).doubles(50_000, -1000, 1000).toArray();
    Histogram histogram = of(many);

    assertThat(histogram.buckets()).hasSizeBetween(1024, 2048).isSorted();
    assertThat(Arrays.stream(histogram.buckets()).map(histogram::count).sum()).isEqualTo(50_000);
    long[] quartiles = histogram.quantiles(0, .25, .5, .75, 1);
    assertThat(histogram.value(quartiles[1])).isCloseTo(-500, within(12.0));
    assertThat(histogram.value(quartiles[2])).isCloseTo(0, within(12.0));
    assertThat(histogram.value(quartiles[3])).isCloseTo(500, within(12.0));
    assertThat(quartiles[0]).isEqualTo(histogram.buckets()[0]);
    assertThat(quartiles[4]).isEqualTo(histogram.buckets()[histogram.buckets().length - 1]);
  }

  @Test
  void theNumbersAloneDecideWhatItHolds() {
    double[] many =
        DoubleStream.concat(
                new Random(2).doubles(30_000).map(value -> Math.pow(value, 40) - 0.5),
                IntStream.range(0, 1000).asDoubleStream())
            .toArray();
    double[] sorted = many.clone();
    Arrays.sort(sorted);
    Histogram merged = new Histogram();
    for (int from = 0; from < many.length; from += 1000) {
      merged.add(of(Arrays.copyOfRange(sorted, from, from + 1000)));
    }
    Histogram coarseFirst = of(many);
    coarseFirst.add(of(FEW));
    Histogram fineFirst = of(FEW);
    fineFirst.add(of(sorted));

    assertThat(of(sorted).toBytes()).isEqualTo(of(many).toBytes());
    assertThat(merged.toBytes()).isEqualTo(of(many).toBytes());
    assertThat(coarseFirst.toBytes()).isEqualTo(fineFirst.toBytes());
  }

  private static Histogram of(double... values) {
    Histogram histogram = new Histogram();
    for (double value : values) {
      histogram.add(value);
    }
    return histogram;
  }
}
