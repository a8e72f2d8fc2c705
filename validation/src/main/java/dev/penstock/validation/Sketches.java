package dev.penstock.validation;

import dev.penstock.validation.Profile.Kind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.datasketches.ArrayOfStringsSerDe;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.hll.Union;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.memory.Memory;

/** A profile in the making; not shared between threads. */
final class Sketches {
  private static final int KLL_K = 800;
  private static final int HLL_LOG_K = 12;
  private static final int MOST_FREQUENT_SLOTS = 1024;
  private static final int LONGEST_TEXT = 256;
  private static final ArrayOfStringsSerDe TEXTS = new ArrayOfStringsSerDe();

  private final Kind kind;
  private long nulls;
  private long n;
  private double mean;
  private double squaredDeviations;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private final KllDoublesSketch kll;
  private final Union hll = new Union(HLL_LOG_K);
  private final ItemsSketch<String> frequent;

  Sketches(Kind kind) {
    this.kind = kind;
    this.kll = kind == Kind.NUMBER ? KllDoublesSketch.newHeapInstance(KLL_K) : null;
    this.frequent = kind == Kind.TEXT ? new ItemsSketch<>(MOST_FREQUENT_SLOTS) : null;
  }

  Kind kind() {
    return kind;
  }

  void addNull() {
    nulls++;
  }

  /** A number that is not finite counts as none. */
  void add(double value) {
    if (!Double.isFinite(value)) {
      nulls++;
      return;
    }
    n++;
    double apart = value - mean;
    mean += apart / n;
    squaredDeviations += apart * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
    kll.update(value);
    hll.update(value);
  }

  void add(String value) {
    n++;
    String text = value.length() > LONGEST_TEXT ? value.substring(0, LONGEST_TEXT) : value;
    frequent.update(text);
    hll.update("=" + value); // HLL leaves out an empty text
  }

  void add(Profile part) {
    nulls += part.nulls();
    Moments merged = moments().and(part.moments());
    n = merged.n();
    mean = merged.mean();
    squaredDeviations = merged.squaredDeviations();
    min = merged.min();
    max = merged.max();
    hll.update(HllSketch.heapify(part.hll()));
    if (kind == Kind.NUMBER) {
      kll.merge(kll(part.kll()));
    } else {
      frequent.merge(frequent(part.frequent()));
    }
  }

  Profile profile(String slice, String column) {
    return new Profile(
        slice,
        column,
        kind,
        nulls,
        moments(),
        hll.getEstimate(),
        kll == null ? null : kll.toByteArray(),
        hll.getResult(TgtHllType.HLL_4).toCompactByteArray(),
        frequent == null ? null : frequent.toByteArray(TEXTS));
  }

  private Moments moments() {
    return new Moments(n, mean, squaredDeviations, min, max);
  }

  static KllDoublesSketch kll(byte[] bytes) {
    return KllDoublesSketch.heapify(Memory.wrap(bytes));
  }

  static Map<String, Long> frequentValues(byte[] bytes) {
    Map<String, Long> counts = new LinkedHashMap<>();
    if (bytes != null) {
      Arrays.stream(frequent(bytes).getFrequentItems(ErrorType.NO_FALSE_NEGATIVES))
          .sorted(
              Comparator.comparing((ItemsSketch.Row<String> row) -> -row.getLowerBound())
                  .thenComparing(ItemsSketch.Row::getItem))
          .forEach(row -> counts.put(row.getItem(), row.getLowerBound()));
    }
    return counts;
  }

  static boolean isExact(byte[] bytes) {
    return bytes != null && frequent(bytes).getMaximumError() == 0;
  }

  private static ItemsSketch<String> frequent(byte[] bytes) {
    return ItemsSketch.getInstance(Memory.wrap(bytes), TEXTS);
  }
}
