package dev.penstock.features;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import scala.Function1;

/**
 * The {@code latest} features of a group and the time since: columns of the newest event known at T
 * with T - delay - maxAge &lt; event time &lt;= T - delay. Of those with the same time the one with
 * the greatest key is the newest, in a table without key the one known last; where they tie too,
 * the one with the greatest values.
 *
 * @param delay microseconds, not negative
 * @param maxAge microseconds, positive; {@link Long#MAX_VALUE}: without bound
 * @param key types of the source's key columns, the first of the event's values after its times;
 *     without a key that of the time since when it is known
 * @param own positions of the same columns in the as-of rows, to leave the row itself out; empty:
 *     the as-of rows are not rows of this source
 * @param values types of the {@code latest} columns, the event's values after its key
 * @param timeSince whether the seconds since the newest event follow them
 * @param output position of the first feature column among those of the pass
 */
record Newest(
    long delay,
    long maxAge,
    List<DataType> key,
    List<Integer> own,
    List<DataType> values,
    boolean timeSince,
    int output)
    implements Serializable {

  State open(GroupPlan plan, StateMemory memory) {
    return new State(this, plan, memory);
  }

  /** The same for rows that have the as-of rows' columns in these slots. */
  Newest withOwnAt(int[] slots) {
    List<Integer> positions = own.stream().map(column -> Walk.SLOTS + slots[column]).toList();
    return new Newest(delay, maxAge, key, positions, values, timeSince, output);
  }

  /** Ascending: the newest is the last. */
  Comparator<Event> order() {
    Comparator<Event> order = order(key);
    for (int i = 0; i < values.size(); i++) {
      order = order.thenComparing(field(Event.TIMES + key.size() + i, values.get(i)));
    }
    return order.thenComparingLong(Event::until);
  }

  /** By time, then by the key of the source. */
  static Comparator<Event> order(List<DataType> key) {
    Comparator<Event> order = Comparator.comparingLong(Event::time);
    for (int i = 0; i < key.size(); i++) {
      order = order.thenComparing(field(Event.TIMES + i, key.get(i)));
    }
    return order;
  }

  /** Sets the time since the newest event, if it is wanted. */
  void writeTimeSince(JoinedFeatures features, long now, long time) {
    if (timeSince) {
      features.putDouble(output + values.size(), secondsBetween(time, now));
    }
  }

  /** The double nearest to the seconds, however far apart the microseconds are. */
  static double secondsBetween(long from, long to) {
    long micros = to - from;
    boolean overflows = ((to ^ from) & (to ^ micros)) < 0;
    return overflows
        ? new BigDecimal(to).subtract(new BigDecimal(from)).movePointLeft(6).doubleValue()
        : micros / 1e6;
  }

  /** Whether an event is the as-of row itself. */
  boolean isOwn(GroupPlan plan, InternalRow event, InternalRow asOf) {
    for (int i = 0; i < own.size(); i++) {
      Object value = asOf.isNullAt(own.get(i)) ? null : asOf.get(own.get(i), key.get(i));
      if (!Objects.deepEquals(plan.field(event, Event.TIMES + i), value)) {
        return false;
      }
    }
    return !own.isEmpty();
  }

  /** Whether two events are versions of one row of the source. */
  boolean sameKey(GroupPlan plan, InternalRow a, InternalRow b) {
    for (int i = Event.TIMES; i < Event.TIMES + key.size(); i++) {
      if (!Objects.deepEquals(plan.field(a, i), plan.field(b, i))) {
        return false;
      }
    }
    return true;
  }

  private static Comparator<Event> field(int index, DataType type) {
    Comparator<Object> order = Wire.order(type);
    return (a, b) -> order.compare(a.value(index), b.value(index));
  }

  /** The events of one key that can still be the newest; times never go back. */
  static final class State {
    private final Newest newest;
    private final List<Comparator<Object>> keyOrders;
    private final List<Function1<Object, Object>> toSpark;
    private final TimedQueue entering;
    private final TreeSet<Event> events;

    private State(Newest newest, GroupPlan plan, StateMemory memory) {
      this.newest = newest;
      this.entering = new TimedQueue(plan, memory);
      this.keyOrders = newest.key().stream().map(Wire::order).toList();
      this.toSpark = newest.values().stream().map(GroupState::toSpark).toList();
      this.events = new TreeSet<>(newest.order());
    }

    void arrive(Event event, long now) {
      long enters = event.enters(newest.delay());
      long leaves = leaves(event);
      if (leaves <= enters || leaves <= now) {
        return;
      }
      if (enters > now) {
        entering.add(enters, event.apart());
      } else {
        enter(event);
      }
    }

    void advance(long now) {
      for (Event event = entering.pollDue(now); event != null; event = entering.pollDue(now)) {
        if (leaves(event) > now) {
          enter(event);
        }
      }
      while (!events.isEmpty() && leaves(events.first()) <= now) {
        events.pollFirst();
      }
    }

    private void enter(Event event) {
      if (!isNeverNewest(event) && events.add(event)) {
        forgetWhatIsNeverNewestAgain(event);
      }
    }

    /** One below others that stay as long, as {@link #forgetWhatIsNeverNewestAgain} says. */
    private boolean isNeverNewest(Event event) {
      Event above = events.higher(event);
      if (above == null || leaves(above) < leaves(event)) {
        return false;
      }
      Event next = newest.own().isEmpty() ? above : events.higher(above);
      return next == above
          || (next != null && leaves(next) >= leaves(event) && !sameKey(above, next));
    }

    /** An event below others that stay as long: below one, or two if one may be left out as own. */
    private void forgetWhatIsNeverNewestAgain(Event event) {
      long stays = leaves(event);
      Event next = events.lower(event);
      if (!newest.own().isEmpty()) {
        if (next == null || sameKey(next, event)) {
          return;
        }
        stays = Math.min(stays, leaves(next));
        next = events.lower(next);
      }
      while (next != null && leaves(next) <= stays) {
        events.remove(next);
        next = events.lower(next);
      }
    }

    /**
     * Sets the features as of {@code now}, the time last advanced to.
     *
     * @param own key of the row that the features are for; empty if it is no row of this source
     */
    void write(JoinedFeatures features, long now, Object[] own) {
      Iterator<Event> fromNewest = events.descendingIterator();
      while (fromNewest.hasNext()) {
        Event event = fromNewest.next();
        if (leaves(event) <= now) {
          fromNewest.remove();
        } else if (!isOwn(event, own)) {
          for (int i = 0; i < newest.values().size(); i++) {
            Object value = event.value(Event.TIMES + newest.key().size() + i);
            features.put(newest.output() + i, toSpark.get(i).apply(value));
          }
          newest.writeTimeSince(features, now, event.time());
          return;
        }
      }
    }

    private long leaves(Event event) {
      return event.leaves(newest.delay(), newest.maxAge());
    }

    private boolean isOwn(Event event, Object[] own) {
      if (own.length == 0) {
        return false;
      }
      for (int i = 0; i < keyOrders.size(); i++) {
        if (keyOrders.get(i).compare(event.value(Event.TIMES + i), own[i]) != 0) {
          return false;
        }
      }
      return true;
    }

    private boolean sameKey(Event a, Event b) {
      for (int i = 0; i < keyOrders.size(); i++) {
        int field = Event.TIMES + i;
        if (keyOrders.get(i).compare(a.value(field), b.value(field)) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
