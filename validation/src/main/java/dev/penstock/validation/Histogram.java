package dev.penstock.validation;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * How often each number occurs: every number by itself while there are at most 2048 different ones,
 * and beyond as many leading bits of each as leave at most 2048 buckets. The numbers alone decide
 * what it holds, not their order nor how they were split and merged. Not shared between threads.
 *
 * <p>Buckets are numbered in the order of the numbers. Their width relative to the numbers in them
 * is the same everywhere, and only those with a number in them count: a rank is usually right
 * within 0.35 %, but many numbers close together share a bucket if the others spread over hundreds
 * of magnitudes.
 */
final class Histogram {
  private static final int MOST_BUCKETS = 2048;
  private static final int FIRST_CAPACITY = 16;
  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
  private static final int VARINT_BITS = 7;
  private static final int MORE = 1 << VARINT_BITS;

  /** How many trailing bits of each number are left out. */
  private int dropped;

  /** Open addressing: a slot without a count is free. */
  private long[] buckets = new long[FIRST_CAPACITY];

  private long[] counts = new long[FIRST_CAPACITY];
  private int size;

  /** What {@link #toBytes} has written. */
  static Histogram of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    Histogram histogram = new Histogram();
    histogram.dropped = buffer.get();
    long bucket = 0;
    while (buffer.hasRemaining()) {
      bucket += varint(buffer);
      histogram.add(bucket, varint(buffer));
    }
    return histogram;
  }

  /** Of a finite number; both zeros are one. */
  void add(double value) {
    add(position(value) >> dropped, 1);
  }

  void add(Histogram other) {
    dropAtLeast(other.dropped);
    for (int slot = 0; slot < other.counts.length; slot++) {
      if (other.counts[slot] > 0) {
        add(other.buckets[slot] >> (dropped - other.dropped), other.counts[slot]);
      }
    }
  }

  int dropped() {
    return dropped;
  }

  /** Leaves out as many trailing bits, if it does not yet. */
  void dropAtLeast(int bits) {
    if (bits > dropped) {
      rebuild(counts.length, bits);
    }
  }

  /** Those with a number in them, ascending. */
  long[] buckets() {
    long[] sorted = new long[size];
    int next = 0;
    for (int slot = 0; slot < counts.length; slot++) {
      if (counts[slot] > 0) {
        sorted[next++] = buckets[slot];
      }
    }
    Arrays.sort(sorted);
    return sorted;
  }

  /** How many numbers are in a bucket. */
  long count(long bucket) {
    return counts[slot(bucket)];
  }

  /**
   * The buckets that these shares of the numbers lie below; there must be a number.
   *
   * @param ranks 0 to 1, ascending
   */
  long[] quantiles(double... ranks) {
    long[] sorted = buckets();
    long all = Arrays.stream(counts).sum();
    long[] quantiles = new long[ranks.length];
    int bucket = 0;
    long upTo = count(sorted[0]);
    for (int i = 0; i < ranks.length; i++) {
      long below = Math.min(all - 1, (long) (ranks[i] * all));
      while (upTo <= below) {
        upTo += count(sorted[++bucket]);
      }
      quantiles[i] = sorted[bucket];
    }
    return quantiles;
  }

  /** The number itself, or one in the middle of the bucket. */
  double value(long bucket) {
    long position = (bucket << dropped) + (1L << dropped >> 1);
    return Double.longBitsToDouble(position ^ (position >> 63 & Long.MAX_VALUE));
  }

  /** One byte for {@link #dropped}, then distance and count of each bucket, ascending. */
  byte[] toBytes() {
    ByteBuffer buffer = ByteBuffer.allocate(1 + size * 20);
    buffer.put((byte) dropped);
    long before = 0;
    for (long bucket : buckets()) {
      putVarint(buffer, bucket - before);
      putVarint(buffer, count(bucket));
      before = bucket;
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** The place of a number among all doubles. */
  private static long position(double value) {
    long bits = Double.doubleToRawLongBits(value + 0.0);
    return bits ^ (bits >> 63 & Long.MAX_VALUE);
  }

  private void add(long bucket, long count) {
    put(bucket, count);
    while (size > MOST_BUCKETS) {
      rebuild(counts.length, dropped + 1);
    }
    if (2 * size > counts.length) {
      rebuild(2 * counts.length, dropped);
    }
  }

  private void put(long bucket, long count) {
    int slot = slot(bucket);
    if (counts[slot] == 0) {
      buckets[slot] = bucket;
      size++;
    }
    counts[slot] += count;
  }

  private int slot(long bucket) {
    int mask = counts.length - 1;
    int slot =
        (int) ((bucket ^ bucket >>> 32) * GOLDEN >>> Long.numberOfLeadingZeros(counts.length) + 1);
    while (counts[slot] > 0 && buckets[slot] != bucket) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void rebuild(int capacity, int bits) {
    long[] oldBuckets = buckets;
    long[] oldCounts = counts;
    int more = bits - dropped;
    buckets = new long[capacity];
    counts = new long[capacity];
    size = 0;
    dropped = bits;
    for (int i = 0; i < oldCounts.length; i++) {
      if (oldCounts[i] > 0) {
        put(oldBuckets[i] >> more, oldCounts[i]);
      }
    }
  }

  private static void putVarint(ByteBuffer buffer, long value) {
    long rest = value;
    while ((rest & -MORE) != 0) {
      buffer.put((byte) (rest | MORE));
      rest >>>= VARINT_BITS;
    }
    buffer.put((byte) rest);
  }

  private static long varint(ByteBuffer buffer) {
    long value = 0;
    for (int shift = 0; ; shift += VARINT_BITS) {
      byte next = buffer.get();
      value |= (long) (next & (MORE - 1)) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
