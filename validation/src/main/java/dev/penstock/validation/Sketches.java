package dev.penstock.validation;

import dev.penstock.validation.Profile.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.datasketches.ArrayOfStringsSerDe;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.hll.Union;
import org.apache.datasketches.memory.Memory;

/** A profile in the making; not shared between threads. */
final class Sketches {
  private static final int HLL_LOG_K = 12;

  /** The first byte tells how many integers come before the hashes, or before the registers. */
  private static final int HLL_PREAMBLE_MASK = 0x3F;

  private static final int HLL_DENSE_START = 10 * Integer.BYTES;
  private static final int MOST_FREQUENT_SLOTS = 1024;
  private static final int LONGEST_TEXT = 256;
  private static final ArrayOfStringsSerDe TEXTS = new ArrayOfStringsSerDe();

  private final Kind kind;
  private long nulls;
  private long n;
  private final ExactSums sums;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private Moments merged = Moments.counting(0);
  private final Histogram histogram;
  private final Union hll = new Union(HLL_LOG_K);
  private final ItemsSketch<String> frequent;

  Sketches(Kind kind) {
    this.kind = kind;
    this.sums = kind == Kind.NUMBER ? new ExactSums() : null;
    this.histogram = kind == Kind.NUMBER ? new Histogram() : null;
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
    sums.add(value);
    min = Math.min(min, value);
    max = Math.max(max, value);
    histogram.add(value);
    hll.update(value);
  }

  void add(String value) {
    n++;
    frequent.update(cut(value));
    hll.update("=" + value); // HLL leaves out an empty text
  }

  void add(Profile part) {
    nulls += part.nulls();
    merged = merged.and(part.moments());
    hll.update(HllSketch.heapify(part.hll()));
    if (kind == Kind.NUMBER) {
      histogram.add(part.histogram());
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
        hll.getCompositeEstimate(),
        histogram == null ? null : histogram.toBytes(),
        hllBytes(),
        frequent == null ? null : frequentBytes());
  }

  /**
   * The same bytes for the same values: without the estimate that depends on the order in which
   * they came, which a union with itself drops, and few values in the order of their hashes.
   */
  private byte[] hllBytes() {
    Union canonical = new Union(HLL_LOG_K);
    canonical.update(hll.getResult(TgtHllType.HLL_8));
    canonical.update(hll.getResult(TgtHllType.HLL_8));
    byte[] bytes = canonical.getResult(TgtHllType.HLL_4).toCompactByteArray();
    int start = Integer.BYTES * (bytes[0] & HLL_PREAMBLE_MASK);
    if (start < HLL_DENSE_START) {
      IntBuffer coupons =
          ByteBuffer.wrap(bytes, start, bytes.length - start)
              .order(ByteOrder.LITTLE_ENDIAN)
              .asIntBuffer();
      int[] sorted = new int[coupons.remaining()];
      coupons.duplicate().get(sorted);
      Arrays.sort(sorted);
      coupons.put(sorted);
    }
    return bytes;
  }

  private Moments moments() {
    Moments added =
        sums == null ? Moments.counting(n) : new Moments(n, sums.sum(), sums.squares(), min, max);
    return added.and(merged);
  }

  static Map<String, Long> frequentValues(byte[] bytes) {
    Map<String, Long> counts = new LinkedHashMap<>();
    if (bytes != null) {
      rows(frequent(bytes), 0)
          .sorted(
              Comparator.comparing((ItemsSketch.Row<String> row) -> -row.getLowerBound())
                  .thenComparing(ItemsSketch.Row::getItem))
          .forEach(row -> counts.put(row.getItem(), row.getLowerBound()));
    }
    return counts;
  }

  /** All texts that may be more frequent than this. */
  static Set<String> mayExceed(long count, byte[] frequent) {
    return rows(frequent(frequent), count)
        .map(ItemsSketch.Row::getItem)
        .collect(Collectors.toSet());
  }

  /** The same bytes for the same counts. */
  static byte[] frequentBytes(Map<String, Long> counts) {
    ItemsSketch<String> sketch = new ItemsSketch<>(MOST_FREQUENT_SLOTS);
    new TreeMap<>(counts).forEach(sketch::update);
    return sketch.toByteArray(TEXTS);
  }

  /** What stands for a text among the frequent ones. */
  static String cut(String text) {
    return text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text;
  }

  private byte[] frequentBytes() {
    byte[] bytes = frequent.toByteArray(TEXTS);
    return frequent.getMaximumError() == 0 ? frequentBytes(frequentValues(bytes)) : bytes;
  }

  private static Stream<ItemsSketch.Row<String>> rows(ItemsSketch<String> sketch, long above) {
    return Arrays.stream(sketch.getFrequentItems(above, ErrorType.NO_FALSE_NEGATIVES));
  }

  private static ItemsSketch<String> frequent(byte[] bytes) {
    return ItemsSketch.getInstance(Memory.wrap(bytes), TEXTS);
  }
}
