package dev.penstock.features;

import java.io.Serializable;
import java.util.Arrays;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * Packs rows that go to one partition into chunks, so that an exchange moves few large rows: what
 * Spark does for each row that it writes and reads takes a fifth of a pass that sends them singly
 * (measured over one group of a {@code latest}, and over three windows).
 */
final class Chunks extends AbstractFunction1<Iterator<Object>, Iterator<Object>>
    implements Serializable {
  /** Chunks with one key go to one partition. */
  static final String KEY = "key";

  static final StructType TYPE =
      new StructType().add(KEY, DataTypes.LongType, false).add("rows", DataTypes.BinaryType, false);

  private static final int ROWS = 1;
  private static final int MOST_BYTES = 1 << 15;
  private static final int LEAST_BYTES = 1 << 10;

  /** Of all chunks of a task that are not full. */
  private static final int BYTES_TOGETHER = 1 << 24;

  /** The seed of Spark's hash partitioning. */
  private static final int SEED = 42;

  private final int shift;
  private final long[] keys;

  /**
   * @param shift rows go together if their first columns, BIGINTs, are equal but for so many bits
   * @param partitions of the exchange; if it has another number they are filled less evenly
   */
  Chunks(int shift, int partitions) {
    this.shift = shift;
    this.keys = keys(partitions);
  }

  /** For each partition a key that Spark's hash partitioning sends there. */
  private static long[] keys(int partitions) {
    long[] keys = new long[partitions];
    Arrays.fill(keys, -1);
    int found = 0;
    for (long key = 0; found < partitions; key++) {
      int partition = partitionOf(key, partitions);
      if (keys[partition] < 0) {
        keys[partition] = key;
        found++;
      }
    }
    return keys;
  }

  private static int partitionOf(long key, int partitions) {
    return Math.floorMod(Murmur3_x86_32.hashLong(key, SEED), partitions);
  }

  /**
   * @param rows {@link UnsafeRow}s; each may be overwritten by the next
   */
  @Override
  public Iterator<Object> apply(Iterator<Object> rows) {
    return new Packed(rows);
  }

  private final class Packed extends AbstractIterator<Object> {
    private final Iterator<Object> rows;
    private final int mostBytes =
        Math.max(LEAST_BYTES, Math.min(MOST_BYTES, BYTES_TOGETHER / keys.length));
    private final byte[][] chunks = new byte[keys.length][];
    private final int[] sizes = new int[keys.length];
    private int rest;
    private InternalRow full;

    private Packed(Iterator<Object> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      while (full == null && rows.hasNext()) {
        add((UnsafeRow) rows.next());
      }
      for (; full == null && rest < keys.length; rest++) {
        if (sizes[rest] > 0) {
          complete(rest);
        }
      }
      return full != null;
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      InternalRow next = full;
      full = null;
      return next;
    }

    private void add(UnsafeRow row) {
      int partition = partitionOf(row.getLong(0) >> shift, keys.length);
      int length = row.getSizeInBytes();
      int needed = Long.BYTES + length;
      if (sizes[partition] > 0 && sizes[partition] + needed > chunks[partition].length) {
        complete(partition);
      }
      if (sizes[partition] == 0
          && (chunks[partition] == null || chunks[partition].length < needed)) {
        chunks[partition] = new byte[Math.max(mostBytes, needed)];
      }
      long at = Platform.BYTE_ARRAY_OFFSET + (long) sizes[partition];
      Platform.putLong(chunks[partition], at, length);
      row.writeToMemory(chunks[partition], at + Long.BYTES);
      sizes[partition] += needed;
    }

    private void complete(int partition) {
      byte[] rowsOfIt = Arrays.copyOf(chunks[partition], sizes[partition]);
      full = new GenericInternalRow(new Object[] {keys[partition], rowsOfIt});
      sizes[partition] = 0;
    }
  }

  /**
   * The rows of chunks.
   *
   * @param chunks as an exchange gives them
   * @param columns how many each row has
   * @return {@link UnsafeRow}s; each is overwritten by the next
   */
  static Iterator<Object> rows(Iterator<Object> chunks, int columns) {
    return new Unpacked(chunks, columns);
  }

  private static final class Unpacked extends AbstractIterator<Object> {
    private final Iterator<Object> chunks;
    private final UnsafeRow row;
    private Object base;
    private long at;
    private long end;

    private Unpacked(Iterator<Object> chunks, int columns) {
      this.chunks = chunks;
      this.row = new UnsafeRow(columns);
    }

    @Override
    public boolean hasNext() {
      while (at == end && chunks.hasNext()) {
        UnsafeRow chunk = (UnsafeRow) chunks.next();
        long place = chunk.getLong(ROWS); // as UnsafeRow says: where it begins, and its size
        base = chunk.getBaseObject();
        at = chunk.getBaseOffset() + (place >>> Integer.SIZE);
        end = at + (int) place;
      }
      return at < end;
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int length = (int) Platform.getLong(base, at);
      row.pointTo(base, at + Long.BYTES, length);
      at += Long.BYTES + length;
      return row;
    }
  }
}
