package dev.penstock.validation;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.apache.datasketches.kll.KllDoublesSketch;

/** The bins that a baseline gives to a column; every row of any profile falls into exactly one. */
sealed interface Bins {
  /** How many rows fall into each bin, always in the same order. */
  double[] counts(Profile profile);

  static Bins of(Profile baseline) {
    return baseline.kind() == Profile.Kind.NUMBER ? Deciles.of(baseline) : Categories.of(baseline);
  }

  /**
   * From the least value to the first edge, between edges (each belongs to the bin below it),
   * outside of the range that the baseline has seen, null.
   *
   * @param edges the baseline's deciles and its greatest value, ascending, each once; empty if it
   *     has no value
   */
  record Deciles(double least, double[] edges) implements Bins {
    static Deciles of(Profile baseline) {
      if (baseline.moments().n() == 0) {
        return new Deciles(0, new double[0]);
      }
      KllDoublesSketch kll = Sketches.kll(baseline.kll());
      double[] tenths = kll.getQuantiles(new double[] {.1, .2, .3, .4, .5, .6, .7, .8, .9});
      double greatest = baseline.moments().max();
      double[] edges =
          DoubleStream.concat(Arrays.stream(tenths), DoubleStream.of(greatest))
              .distinct()
              .sorted()
              .toArray();
      return new Deciles(baseline.moments().min(), edges);
    }

    @Override
    public double[] counts(Profile profile) {
      double[] counts = new double[edges.length + 2];
      long n = profile.moments().n();
      counts[edges.length + 1] = profile.nulls();
      counts[edges.length] = n;
      if (n == 0 || edges.length == 0) {
        return counts;
      }
      KllDoublesSketch kll = Sketches.kll(profile.kll());
      double below = Math.rint(kll.getRank(least) * n);
      for (int i = 0; i < edges.length; i++) {
        double upTo = Math.max(below, Math.rint(kll.getRank(Math.nextUp(edges[i])) * n));
        counts[i] = upTo - below;
        counts[edges.length] -= counts[i];
        below = upTo;
      }
      counts[edges.length] = Math.max(0, counts[edges.length]);
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
