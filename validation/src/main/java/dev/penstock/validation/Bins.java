package dev.penstock.validation;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The bins that a baseline gives to a column; every row of any profile falls into exactly one. */
sealed interface Bins {
  /** How many rows fall into each bin, always in the same order. */
  double[] counts(Profile profile);

  /** Of the rows of {@code baseline}, such that those of {@code current} can be told apart. */
  static Bins of(Profile baseline, Profile current) {
    return baseline.kind() == Profile.Kind.NUMBER
        ? Deciles.of(baseline, current)
        : Categories.of(baseline);
  }

  /**
   * From the least bucket to the first edge, between edges (each belongs to the bin below it),
   * outside of the range that the baseline has seen, null.
   *
   * @param dropped how many trailing bits of each number both histograms leave out
   * @param least the baseline's first bucket
   * @param edges the buckets of the baseline's deciles and its last one, ascending, each once;
   *     empty if it has no value
   */
  record Deciles(int dropped, long least, long[] edges) implements Bins {
    static Deciles of(Profile baseline, Profile current) {
      Histogram histogram = baseline.histogram();
      int dropped = Math.max(histogram.dropped(), current.histogram().dropped());
      histogram.dropAtLeast(dropped);
      long[] buckets = histogram.buckets();
      if (buckets.length == 0) {
        return new Deciles(dropped, 0, buckets);
      }
      LongStream tenths = LongStream.of(histogram.quantiles(.1, .2, .3, .4, .5, .6, .7, .8, .9));
      long greatest = buckets[buckets.length - 1];
      long[] edges = LongStream.concat(tenths, LongStream.of(greatest)).distinct().toArray();
      return new Deciles(dropped, buckets[0], edges);
    }

    @Override
    public double[] counts(Profile profile) {
      double[] counts = new double[edges.length + 2];
      counts[edges.length + 1] = profile.nulls();
      Histogram histogram = profile.histogram();
      histogram.dropAtLeast(dropped);
      for (long bucket : histogram.buckets()) {
        int edge = Arrays.binarySearch(edges, bucket);
        int bin = bucket < least ? edges.length : edge < 0 ? -edge - 1 : edge;
        counts[bin] += histogram.count(bucket);
      }
      return counts;
    }
  }

  /**
   * The most frequent texts, other texts that the baseline has (or may have) seen, unseen ones,
   * null.
   *
   * @param seen texts that the baseline has seen, with their counts
   * @param complete whether it has seen no others
   */
  record Categories(List<String> top, Map<String, Long> seen, boolean complete) implements Bins {
    private static final int MOST = 20;

    static Categories of(Profile baseline) {
      Map<String, Long> seen = baseline.frequentValues();
      return new Categories(
          seen.keySet().stream().limit(MOST).toList(), seen, baseline.knowsAllValues());
    }

    @Override
    public double[] counts(Profile profile) {
      double[] counts = new double[top.size() + 3];
      int other = top.size();
      int unseen = other + 1;
      counts[unseen + 1] = profile.nulls();
      double rest = profile.moments().n();
      for (Map.Entry<String, Long> text : profile.frequentValues().entrySet()) {
        int bin = top.indexOf(text.getKey());
        boolean known = !complete || seen.containsKey(text.getKey());
        counts[bin >= 0 ? bin : known ? other : unseen] += text.getValue();
        rest -= text.getValue();
      }
      counts[other] += Math.max(0, rest);
      return counts;
    }
  }
}
