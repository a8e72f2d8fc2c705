package dev.penstock.features;

import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
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

  private final Runs runs = new Runs();

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
    if (buffer == null) {
      sort();
    }
    if (next == end) {
      next = 0;
      end = buffer.read(rows);
    }
    return next < end || runs.size() > 0;
  }

  @Override
  public UnsafeRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    boolean isOfRun = runs.size() > 0 && (next == end || runs.number() < rows[next].getLong(0));
    return isOfRun ? runs.next() : rows[next++];
  }

  private void sort() {
    buffer = RowBuffer.ofTask(columns);
    while (unsorted.hasNext()) {
      buffer.add((UnsafeRow) unsorted.next());
    }
    buffer.sort();
    buffer.runs().forEach(runs::add);
  }
}
