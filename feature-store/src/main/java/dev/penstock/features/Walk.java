package dev.penstock.features;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * Sorts rows by {@link Packing}, walks them once, and gives each as-of row with the features of its
 * role. Rows are {@code packed} and the {@link Slots}. State holds only what lies in the windows of
 * the keys that share their bits, mostly one.
 *
 * <p>Sides are those of the sources, then those of the roles.
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
  private final int[][] keyOfRoles;
  private final int asOfTime;
  private final int features;
  private final List<GroupPlan> plans;
  private final int[][] plansOfSources;
  private final int[][] plansOfRoles;
  private final Range range;
  private final Limits limits;

  /**
   * @param key types of the key on the wire; events have it in the first slots
   * @param keyOfRoles slots of the key in the as-of rows, by role
   */
  Walk(
      Packing packing,
      List<DataType> slots,
      List<DataType> key,
      int[][] keyOfRoles,
      int asOfTimeSlot,
      Sources sources,
      List<GroupPlan> plans,
      Optional<Range> range,
      Limits limits) {
    this.packing = packing;
    this.columns = SLOTS + slots.size();
    this.key = key.toArray(DataType[]::new);
    this.keyOfRoles = keyOfRoles;
    this.asOfTime = SLOTS + asOfTimeSlot;
    this.features = sources.types().size();
    this.plans = plans;
    this.plansOfSources = sources.plansOfSources();
    this.plansOfRoles = sources.plansOfRoles();
    this.range = range.orElse(null);
    this.limits = limits;
  }

  Packing packing() {
    return packing;
  }

  /** How many columns each row has. */
  int columns() {
    return columns;
  }

  /** What is computed for a role's group. */
  GroupPlan plan(int role, int group) {
    return plans.get(plansOfRoles[role][group]);
  }

  @Override
  public Iterator<Object> apply(Iterator<Object> rows) {
    return new Walked(new SortedRows(Chunks.rows(rows, columns), columns));
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
    private final int sources = plansOfSources.length;
    private final int[] keyOfEvents = IntStream.range(0, key.length).toArray();
    private final int[][] ofRoles =
        Stream.of(plansOfRoles)
            .map(all -> IntStream.of(all).distinct().toArray())
            .toArray(int[][]::new);
    private final Map<Key, GroupState[]> others = new HashMap<>();
    private long bucket;
    private Key current;
    private GroupState[] states;
    private final JoinedFeatures joined = new JoinedFeatures(columns, features);
    private final StateMemory memory = StateMemory.ofTask(limits, columns);
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
      if (side < sources) {
        moveTo(packed, row, keyOfEvents);
        for (int plan : plansOfSources[side]) {
          states[plan].arrive(row, packing.time(packed));
        }
        return;
      }
      int role = side - sources;
      joined.begin(row);
      if (!row.isNullAt(asOfTime) && hasKey(row, keyOfRoles[role])) {
        long now = row.getLong(asOfTime);
        if (range == null || !range.holds(now)) {
          throw new IllegalArgumentException(
              "The as-of time %d (microseconds since 1970) lies outside %s".formatted(now, range));
        }
        moveTo(packed, row, keyOfRoles[role]);
        for (int plan : ofRoles[role]) {
          states[plan].write(joined, now);
        }
      }
      hasNext = true;
    }

    private boolean hasKey(InternalRow row, int[] slots) {
      for (int slot : slots) {
        if (row.isNullAt(SLOTS + slot)) {
          return false;
        }
      }
      return true;
    }

    /** Makes the states of a row's key current. */
    private void moveTo(long packed, InternalRow row, int[] slots) {
      long its = packing.bucket(packed);
      if (states == null || its != bucket) {
        others.clear();
        memory.clear();
        bucket = its;
        begin(keyOf(row, slots));
      } else if (!isCurrent(row, slots)) {
        others.put(current, states);
        Key of = keyOf(row, slots);
        GroupState[] known = others.get(of);
        if (known == null) {
          begin(of);
        } else {
          current = of;
          states = known;
        }
      }
    }

    private boolean isCurrent(InternalRow row, int[] slots) {
      for (int i = 0; i < slots.length; i++) {
        Object value = current.values[i];
        boolean same =
            key[i] instanceof LongType
                ? row.getLong(SLOTS + slots[i]) == (Long) value
                : Objects.deepEquals(row.get(SLOTS + slots[i], key[i]), value);
        if (!same) {
          return false;
        }
      }
      return true;
    }

    private Key keyOf(InternalRow row, int[] slots) {
      Object[] values = new Object[key.length];
      for (int i = 0; i < values.length; i++) {
        Object value = row.get(SLOTS + slots[i], key[i]);
        values[i] = value instanceof UTF8String text ? text.clone() : value;
      }
      return new Key(values);
    }

    private void begin(Key of) {
      current = of;
      states = new GroupState[plans.size()];
      for (int i = 0; i < states.length; i++) {
        states[i] = new GroupState(plans.get(i), memory);
      }
    }
  }
}
