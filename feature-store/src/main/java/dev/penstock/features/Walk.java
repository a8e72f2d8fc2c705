package dev.penstock.features;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * Sorts rows by {@link Packing}, walks them once, and gives each as-of row with its features. Rows
 * are {@code packed} and the {@link Slots}, the key in the first of them. State holds only what
 * lies in the windows of the keys that share their bits, mostly one.
 *
 * <p>An as-of row with a null in its key, or without a time, has null features, counts too.
 */
final class Walk extends AbstractFunction1<Iterator<Object>, Iterator<Object>>
    implements Serializable {
  /** Where the slots begin. */
  static final int SLOTS = 1;

  private final Packing packing;
  private final int columns;
  private final DataType[] key;
  private final int asOfTime;
  private final int features;
  private final List<GroupPlan> groups;
  private final Range range;

  Walk(
      Packing packing,
      List<DataType> slots,
      int keys,
      int asOfTimeSlot,
      int features,
      List<GroupPlan> groups,
      Optional<Range> range) {
    this.packing = packing;
    this.columns = SLOTS + slots.size();
    this.key = slots.subList(0, keys).toArray(DataType[]::new);
    this.asOfTime = SLOTS + asOfTimeSlot;
    this.features = features;
    this.groups = groups;
    this.range = range.orElse(null);
  }

  Packing packing() {
    return packing;
  }

  /** How many columns each row has. */
  int columns() {
    return columns;
  }

  List<GroupPlan> groups() {
    return groups;
  }

  @Override
  public Iterator<Object> apply(Iterator<Object> rows) {
    return new Walked(new SortedRows(rows, columns));
  }

  /** The values of a key, as Spark holds them. */
  private record Key(Object[] values) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key that && Arrays.deepEquals(values, that.values);
    }

    @Override
    public int hashCode() {
      return Arrays.deepHashCode(values);
    }
  }

  private final class Walked extends scala.collection.AbstractIterator<Object> {
    private final SortedRows rows;
    private final GroupPlan[] plans = groups.toArray(GroupPlan[]::new);
    private final Map<Key, GroupState[]> others = new HashMap<>();
    private long bucket;
    private Key current;
    private GroupState[] states;
    private final JoinedFeatures joined = new JoinedFeatures(columns, features);
    private boolean hasNext;

    private Walked(SortedRows rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      while (!hasNext && rows.hasNext()) {
        take(rows.next());
      }
      return hasNext;
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      hasNext = false;
      return joined;
    }

    private void take(InternalRow row) {
      long packed = row.getLong(0);
      int side = packing.side(packed);
      if (side < plans.length) {
        moveTo(packed, row);
        states[side].arrive(row, packing.time(packed));
        return;
      }
      joined.begin(row);
      if (!row.isNullAt(asOfTime) && hasKey(row)) {
        long now = row.getLong(asOfTime);
        if (range == null || !range.holds(now)) {
          throw new IllegalArgumentException(
              "The as-of time %d (microseconds since 1970) lies outside %s".formatted(now, range));
        }
        moveTo(packed, row);
        for (GroupState state : states) {
          state.write(joined, now);
        }
      }
      hasNext = true;
    }

    private boolean hasKey(InternalRow row) {
      for (int i = 0; i < key.length; i++) {
        if (row.isNullAt(SLOTS + i)) {
          return false;
        }
      }
      return true;
    }

    /** Makes the states of a row's key current. */
    private void moveTo(long packed, InternalRow row) {
      long its = packing.bucket(packed);
      if (states == null || its != bucket) {
        others.clear();
        bucket = its;
        begin(keyOf(row));
      } else if (!isCurrent(row)) {
        others.put(current, states);
        Key of = keyOf(row);
        GroupState[] known = others.get(of);
        if (known == null) {
          begin(of);
        } else {
          current = of;
          states = known;
        }
      }
    }

    private boolean isCurrent(InternalRow row) {
      for (int i = 0; i < key.length; i++) {
        Object value = current.values[i];
        boolean same =
            key[i] instanceof LongType
                ? row.getLong(SLOTS + i) == (Long) value
                : Objects.deepEquals(row.get(SLOTS + i, key[i]), value);
        if (!same) {
          return false;
        }
      }
      return true;
    }

    private Key keyOf(InternalRow row) {
      Object[] values = new Object[key.length];
      for (int i = 0; i < values.length; i++) {
        Object value = row.get(SLOTS + i, key[i]);
        values[i] = value instanceof UTF8String text ? text.clone() : value;
      }
      return new Key(values);
    }

    private void begin(Key of) {
      current = of;
      states = new GroupState[plans.length];
      for (int i = 0; i < plans.length; i++) {
        states[i] = new GroupState(plans[i]);
      }
    }
  }
}
