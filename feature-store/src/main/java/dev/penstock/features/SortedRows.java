package dev.penstock.features;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.util.collection.unsafe.sort.UnsafeSorterSpillReader;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/**
 * The rows of a task in the order of their first column, a BIGINT: in memory, and on disk what does
 * not fit there. Rows of one number come in any order. They can be kept.
 */
final class SortedRows extends AbstractIterator<UnsafeRow> {
  private final Iterator<Object> unsorted;
  private final int columns;
  private RowBuffer buffer;
  private final UnsafeRow[] rows = new UnsafeRow[RowBuffer.AT_A_TIME];
  private int next;
  private int end;

  /** The next row of each run on disk, the first of them first. */
  private final PriorityQueue<Head> heads =
      new PriorityQueue<>(Comparator.comparingLong(head -> head.row.getLong(0)));

  private record Head(UnsafeRow row, UnsafeSorterSpillReader run) {}

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
      if (buffer == null) {
        sort();
      }
      if (next == end) {
        next = 0;
        end = buffer.read(rows);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return next < end || !heads.isEmpty();
  }

  @Override
  public UnsafeRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (!heads.isEmpty() && (next == end || isBefore(heads.peek()))) {
      return nextOfRun();
    }
    return rows[next++];
  }

  private boolean isBefore(Head head) {
    return head.row.getLong(0) < rows[next].getLong(0);
  }

  private void sort() throws IOException {
    buffer = RowBuffer.ofTask(columns);
    while (unsorted.hasNext()) {
      buffer.add((UnsafeRow) unsorted.next());
    }
    buffer.sort();
    for (UnsafeSorterSpillReader run : buffer.runs()) {
      advance(run);
    }
  }

  private UnsafeRow nextOfRun() {
    Head head = heads.remove();
    try {
      advance(head.run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return head.row;
  }

  private void advance(UnsafeSorterSpillReader run) throws IOException {
    if (run.hasNext()) {
      heads.add(new Head(RowBuffer.copy(run, columns), run));
    }
  }
}
