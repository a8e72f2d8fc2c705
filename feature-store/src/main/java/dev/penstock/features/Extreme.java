package dev.penstock.features;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.types.DataType;
import scala.Function2;

/**
 * The smallest or the greatest input of windows that end at one position: those events before it
 * that no later one surpasses, in their order. The first of them within a window is its extreme.
 */
final class Extreme {
  private final int position;
  private final Function2<SpecializedGetters, Object, Object> read;
  private final boolean smallest;
  private int[] positions = new int[8];
  private Object[] values = new Object[8];
  private int head;
  private int tail;
  private int next;

  Extreme(int position, DataType type, boolean smallest) {
    this.position = position;
    this.read = InternalRow.getAccessor(type, false);
    this.smallest = smallest;
  }

  /** Forgets all; {@link #moveTo} starts anew. */
  void reset() {
    head = 0;
    tail = 0;
    next = 0;
  }

  void moveDown(int by) {
    for (int i = head; i < tail; i++) {
      positions[i] -= by;
    }
    next = Math.max(0, next - by);
  }

  /** Takes the events up to before {@code to}; those before {@code from} matter no more. */
  void moveTo(int from, int to, InternalRow[] events) {
    if (next < from) {
      head = 0;
      tail = 0;
      next = from;
    }
    while (head < tail && positions[head] < from) {
      head++;
    }
    for (; next < to; next++) {
      if (!events[next].isNullAt(position)) {
        add(read.apply(events[next], position));
      }
    }
  }

  private void add(Object value) {
    while (head < tail && surpasses(value, values[tail - 1])) {
      tail--;
    }
    if (tail == positions.length) {
      makeRoom();
    }
    positions[tail] = next;
    values[tail++] = value;
  }

  @SuppressWarnings("unchecked") // both are values of one ordered type
  private boolean surpasses(Object value, Object other) {
    int order = ((Comparable<Object>) value).compareTo(other);
    return smallest ? order <= 0 : order >= 0;
  }

  private void makeRoom() {
    int size = tail - head;
    int capacity = size > positions.length / 2 ? positions.length * 2 : positions.length;
    int[] roomyPositions = new int[capacity];
    Object[] roomyValues = new Object[capacity];
    System.arraycopy(positions, head, roomyPositions, 0, size);
    System.arraycopy(values, head, roomyValues, 0, size);
    positions = roomyPositions;
    values = roomyValues;
    head = 0;
    tail = size;
  }

  /** Of the window that begins at {@code from}; null if it has no input. */
  Object value(int from) {
    int found = Arrays.binarySearch(positions, head, tail, from);
    int first = found >= 0 ? found : -found - 1;
    return first < tail ? values[first] : null;
  }
}
