package dev.penstock.features;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Walks rows that are sorted by key, time and side once, and gives each as-of row with its
 * features. Rows are key..., time, side, the as-of row, an event per group. An event's time is that
 * from which it can be seen at all, so state holds only what lies in the windows of one key.
 *
 * <p>An as-of row with a null in its key, or without a time, has null features, counts too.
 */
final class Walk implements MapPartitionsFunction<Row, Row> {
  /** What is computed over one group's events. */
  static final class Group implements Serializable {
    private final Newest newest;
    private final List<Window> windows;

    Group(Optional<Newest> newest, List<Window> windows) {
      this.newest = newest.orElse(null);
      this.windows = windows;
    }
  }

  private final int keys;
  private final int asOfColumns;
  private final int features;
  private final List<Group> groups;
  private final Range range;

  Walk(int keys, int asOfColumns, int features, List<Group> groups, Optional<Range> range) {
    this.keys = keys;
    this.asOfColumns = asOfColumns;
    this.features = features;
    this.groups = groups;
    this.range = range.orElse(null);
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Walked(rows);
  }

  private final class Walked implements Iterator<Row> {
    private final Iterator<Row> rows;
    private Row key;
    private List<GroupState> states = List.of();
    private Row next;

    private Walked(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      while (next == null && rows.hasNext()) {
        take(rows.next());
      }
      return next != null;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Row row = next;
      next = null;
      return row;
    }

    private void take(Row row) {
      if (key == null || !sameKey(key, row)) {
        key = row;
        states = groups.stream().map(GroupState::new).toList();
      }
      int side = row.getInt(keys + 1);
      if (side < groups.size()) {
        states.get(side).arrive(Event.of(row.getStruct(keys + 3 + side)), row.getLong(keys));
      } else {
        next = withFeatures(row);
      }
    }

    private boolean sameKey(Row left, Row right) {
      for (int i = 0; i < keys; i++) {
        if (!Objects.deepEquals(left.get(i), right.get(i))) {
          return false;
        }
      }
      return true;
    }

    private Row withFeatures(Row row) {
      Row asOf = row.getStruct(keys + 2);
      Object[] values = new Object[asOfColumns + features];
      for (int i = 0; i < asOfColumns; i++) {
        values[i] = asOf.get(i);
      }
      if (!hasNull(row)) {
        long now = row.getLong(keys);
        if (range == null || !range.holds(now)) {
          throw new IllegalArgumentException(
              "The as-of time of %s lies outside %s".formatted(asOf, range));
        }
        states.forEach(state -> state.write(values, now, asOf));
      }
      return RowFactory.create(values);
    }

    private boolean hasNull(Row row) {
      for (int i = 0; i <= keys; i++) {
        if (row.isNullAt(i)) {
          return true;
        }
      }
      return false;
    }
  }

  /** The state of a group for one key. */
  private final class GroupState {
    private final Newest.State newest;
    private final List<Window.State> windows;

    private GroupState(Group group) {
      this.newest = group.newest == null ? null : group.newest.open();
      this.windows = group.windows.stream().map(Window::open).toList();
    }

    private void arrive(Event event, long now) {
      if (newest != null) {
        newest.arrive(event, now);
      }
      for (Window.State window : windows) {
        window.arrive(event, now);
      }
    }

    private void write(Object[] values, long now, Row asOf) {
      if (newest != null) {
        newest.advance(now);
        newest.write(values, asOfColumns, now, asOf);
      }
      for (Window.State window : windows) {
        window.advance(now);
        window.write(values, asOfColumns);
      }
    }
  }
}
