package dev.penstock.features;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.internal.config.package$;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.TaskMemoryManager;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.collection.unsafe.sort.PrefixComparators;
import org.apache.spark.util.collection.unsafe.sort.RecordComparator;
import org.apache.spark.util.collection.unsafe.sort.UnsafeExternalSorter;
import org.apache.spark.util.collection.unsafe.sort.UnsafeSorterIterator;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/**
 * The rows of a task in the order of their first column, a BIGINT, by Spark's own sorter: by radix,
 * within the memory of the task, and on disk where that is not enough. Rows of one number come in
 * any order.
 *
 * <p>They are copied out a few at a time: in their order they lie anywhere in memory, and a
 * processor waits for several of them no longer than for one (measured: a fifth of a pass). So the
 * rows that it gives can be kept.
 */
final class SortedRows extends AbstractIterator<UnsafeRow> {
  private static final int AT_A_TIME = 32;

  private final Iterator<Object> unsorted;
  private final int columns;
  private UnsafeExternalSorter sorter;
  private Loan loan;
  private UnsafeSorterIterator sorted;

  private final Object[] bases = new Object[AT_A_TIME];
  private final long[] offsets = new long[AT_A_TIME];
  private final int[] lengths = new int[AT_A_TIME];
  private final UnsafeRow[] rows = new UnsafeRow[AT_A_TIME];
  private int next;
  private int end;
  private long taken;

  /**
   * @param unsorted {@link UnsafeRow}s, as an exchange gives them
   * @param columns how many they have
   */
  SortedRows(Iterator<Object> unsorted, int columns) {
    this.unsorted = unsorted;
    this.columns = columns;
  }

  @Override
  public boolean hasNext() {
    try {
      if (sorter == null) {
        sort();
      }
      if (next == end) {
        copyOut();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return next < end;
  }

  @Override
  public UnsafeRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return rows[next++];
  }

  private void sort() throws IOException {
    TaskContext task = TaskContext.get();
    TaskMemoryManager memory = task.taskMemoryManager();
    SparkEnv spark = SparkEnv.get();
    SparkConf conf = spark.conf();
    package$ config = package$.MODULE$;
    sorter =
        UnsafeExternalSorter.create(
            memory,
            spark.blockManager(),
            spark.serializerManager(),
            task,
            AnyOrder::new,
            PrefixComparators.LONG,
            (int) (long) (Long) conf.get(config.SHUFFLE_SORT_INIT_BUFFER_SIZE()),
            memory.pageSizeBytes(),
            (int) conf.get(config.SHUFFLE_SPILL_NUM_ELEMENTS_FORCE_SPILL_THRESHOLD()),
            true);
    while (unsorted.hasNext()) {
      UnsafeRow row = (UnsafeRow) unsorted.next();
      sorter.insertRecord(
          row.getBaseObject(), row.getBaseOffset(), row.getSizeInBytes(), row.getLong(0), false);
    }
    loan = new Loan(memory);
    boolean isInMemory = sorter.getSpillSize() == 0 && loan.begin();
    sorted = isInMemory ? sorter.getIterator(0) : sorter.getSortedIterator();
    task.taskMetrics().incPeakExecutionMemory(sorter.getPeakMemoryUsedBytes());
  }

  private static final class AnyOrder extends RecordComparator {
    @Override
    public int compare(
        Object left, long leftOffset, int leftLength, Object right, long offset, int length) {
      return 0;
    }
  }

  private void copyOut() throws IOException {
    next = 0;
    end = 0;
    int size = 0;
    synchronized (this) {
      // What comes from disk is read into one place, row after row.
      int most = sorter.getSpillSize() == 0 ? AT_A_TIME : 1;
      while (end < most && sorted.hasNext()) {
        sorted.loadNext();
        bases[end] = sorted.getBaseObject();
        offsets[end] = sorted.getBaseOffset();
        lengths[end] = sorted.getRecordLength();
        size += lengths[end++];
      }
      byte[] copies = new byte[size];
      long to = Platform.BYTE_ARRAY_OFFSET;
      for (int i = 0; i < end; i++) {
        copy(bases[i], offsets[i], copies, to, lengths[i]);
        rows[i] = new UnsafeRow(columns);
        rows[i].pointTo(copies, to, lengths[i]);
        to += lengths[i];
      }
      taken += end;
    }
    if (end == 0) {
      sorter.cleanupResources();
      loan.end();
    }
  }

  /** By words, of which a row has a whole number: cheaper than a call for so few. */
  private static void copy(Object base, long offset, byte[] copies, long to, int length) {
    for (int at = 0; at < length; at += Long.BYTES) {
      Platform.putLong(copies, to + at, Platform.getLong(base, offset + at));
    }
  }

  /**
   * The iterator that Spark can have spill takes a lock for each row, and no row is loaded before
   * that lock is taken: a tenth of a pass. So it stands in only when another operator of the task
   * needs the memory.
   */
  private final class Loan extends MemoryConsumer {
    Loan(TaskMemoryManager memory) {
      super(memory, memory.getTungstenMemoryMode());
    }

    /** Whether it will be asked for memory: only who has some is. */
    boolean begin() {
      return acquireMemory(1) == 1;
    }

    void end() {
      freeMemory(getUsed());
    }

    @Override
    public long spill(long size, MemoryConsumer by) throws IOException {
      synchronized (SortedRows.this) {
        if (sorter.getSpillSize() > 0 || !sorted.hasNext()) {
          return 0;
        }
        sorted = sorter.getSortedIterator(); // the same order: what sorts is stable
        for (long i = 0; i < taken; i++) {
          sorted.loadNext();
        }
        return sorter.spill(size, by);
      }
    }
  }
}
