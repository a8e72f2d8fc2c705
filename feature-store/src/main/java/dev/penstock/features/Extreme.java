package dev.penstock.features;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.LongType;
import scala.Function2;

/**
 * The smallest or the greatest input of windows that end at one position: those events before it
 * that no later one surpasses, in their order. The first of them within a window is its extreme.
 */
final class Extreme {
  private static final int FIRST_CAPACITY = 8;

  private final int position;
  private final boolean isLong;
  private final boolean isDouble;
  private final Function2<SpecializedGetters, Object, Object> read;
  private final boolean smallest;
  private int[] positions = new int[FIRST_CAPACITY];

  /** Of BIGINT and DOUBLE, as numbers in the order of their values; null for other types. */
  private long[] numbers;

  /** Of other types, as Spark holds them. */
  private Object[] objects;

  private int head;
  private int tail;
  private int next;

  Extreme(int position, DataType type, boolean smallest) {
    this.position = position;
    this.isLong = type instanceof LongType;
    this.isDouble = type instanceof DoubleType;
    this.read = InternalRow.getAccessor(type, false);
    this.smallest = smallest;
    if (isLong || isDouble) {
      numbers = new long[FIRST_CAPACITY];
    } else {
      objects = new Object[FIRST_CAPACITY];
    }
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
        add(events[next]);
      }
    }
  }

  private void add(InternalRow event) {
    if (tail == positions.length) {
      makeRoom();
    }
    if (numbers != null) {
      long number =
          isLong
              ? event.getLong(position)
              : inOrder(Double.doubleToLongBits(event.getDouble(position)));
      while (head < tail
          && (smallest ? number <= numbers[tail - 1] : number >= numbers[tail - 1])) {
        tail--;
      }
      numbers[tail] = number;
    } else {
      Object value = read.apply(event, position);
      while (head < tail && surpasses(value, objects[tail - 1])) {
        tail--;
      }
      objects[tail] = value;
    }
    positions[tail++] = next;
  }

  /**
   * From a double's bits to a number in the order of {@link Double#compare}, and back: those of
   * negative ones go the other way.
   */
  private static long inOrder(long bits) {
    return bits ^ (bits >> (Long.SIZE - 1) & Long.MAX_VALUE);
  }

  @SuppressWarnings("unchecked") // both are values of one ordered type
  private boolean surpasses(Object value, Object other) {
    int order = ((Comparable<Object>) value).compareTo(other);
    return smallest ? order <= 0 : order >= 0;
  }

  private void makeRoom() {
    int size = tail - head;
    int capacity = size > positions.length / 2 ? positions.length * 2 : positions.length;
    positions = Arrays.copyOf(Arrays.copyOfRange(positions, head, tail), capacity);
    if (numbers != null) {
      numbers = Arrays.copyOf(Arrays.copyOfRange(numbers, head, tail), capacity);
    } else {
      objects = Arrays.copyOf(Arrays.copyOfRange(objects, head, tail), capacity);
    }
    head = 0;
    tail = size;
  }

  /** Sets a feature to that of the window which begins at {@code from}, if it has an input. */
  void write(int from, JoinedFeatures features, int feature) {
    int found = Arrays.binarySearch(positions, head, tail, from);
    int first = found >= 0 ? found : -found - 1;
    if (first == tail) {
      return;
    }
    if (isLong) {
      features.putLong(feature, numbers[first]);
    } else if (isDouble) {
      features.putDouble(feature, Double.longBitsToDouble(inOrder(numbers[first])));
    } else {
      features.put(feature, objects[first]);
    }
  }
}
