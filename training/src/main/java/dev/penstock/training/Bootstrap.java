package dev.penstock.training;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Percentile intervals from {@value #RESAMPLES} Poisson resamples. How often a resample holds a row
 * is a hash of seed, resample and the row's position, so the same rows in the same order give the
 * same interval everywhere. Resamples without a value (one class only) are left out.
 *
 * @param seed of the resampling
 */
public record Bootstrap(long seed) {
  /** How often the rows are drawn again. */
  public static final int RESAMPLES = 500;

  private static final double[] POISSON_UP_TO = poissonUpTo();

  /**
   * The metric and its two-sided interval.
   *
   * @param confidence above 0 and below 1, as 0.95
   */
  public Estimate interval(Metric metric, Scored scored, double confidence) {
    double[] values = resampled(scored.size(), counts -> scored.weighted(metric, counts));
    double tail = (1 - confidence) / 2;
    return new Estimate(
        scored.value(metric), quantile(values, tail), quantile(values, 1 - tail), scored.size());
  }

  /**
   * How much better the challenger is than the champion on the same rows (in the metric's good
   * direction) with two one-sided ends: the gain is above the low one with that confidence, and
   * below the high one with that confidence.
   *
   * @param challenger and the champion hold the same rows in the same order
   */
  public Estimate gain(Metric metric, Scored challenger, Scored champion, double confidence) {
    if (challenger.size() != champion.size()) {
      throw new IllegalArgumentException(
          "Cannot pair %d rows with %d".formatted(challenger.size(), champion.size()));
    }
    Function<int[], OptionalDouble> gain =
        counts -> {
          OptionalDouble ours = challenger.weighted(metric, counts);
          OptionalDouble theirs = champion.weighted(metric, counts);
          return ours.isEmpty() || theirs.isEmpty()
              ? OptionalDouble.empty()
              : OptionalDouble.of(metric.gain(ours.getAsDouble(), theirs.getAsDouble()));
        };
    double[] gains = resampled(challenger.size(), gain);
    return new Estimate(
        gain.apply(null),
        quantile(gains, 1 - confidence),
        quantile(gains, confidence),
        challenger.size());
  }

  private double[] resampled(int rows, Function<int[], OptionalDouble> statistic) {
    return IntStream.range(0, RESAMPLES)
        .parallel()
        .mapToObj(resample -> statistic.apply(counts(rows, resample)))
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .sorted()
        .toArray();
  }

  /** Nearest rank, outwards: below the middle the smaller neighbour, above it the greater. */
  private static OptionalDouble quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return OptionalDouble.empty();
    }
    double position = share * (sorted.length - 1);
    return OptionalDouble.of(
        sorted[(int) (share < 0.5 ? Math.floor(position) : Math.ceil(position))]);
  }

  int[] counts(int rows, int resample) {
    int[] counts = new int[rows];
    long start = mix(seed ^ mix(resample + 0x9E3779B97F4A7C15L));
    for (int i = 0; i < rows; i++) {
      double uniform = (mix(start + i * 0x9E3779B97F4A7C15L) >>> 11) * 0x1.0p-53;
      int count = 0;
      while (uniform >= POISSON_UP_TO[count]) {
        count++;
      }
      counts[i] = count;
    }
    return counts;
  }

  /** SplitMix64's finaliser. */
  private static long mix(long bits) {
    bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
    return bits ^ (bits >>> 31);
  }

  private static double[] poissonUpTo() {
    double[] upTo = new double[20];
    double probability = 1 / Math.E;
    double sum = 0;
    for (int k = 0; k < upTo.length; k++) {
      sum += probability;
      upTo[k] = sum;
      probability /= k + 1;
    }
    Arrays.fill(upTo, 18, 20, 1.0);
    return upTo;
  }
}
