package dev.penstock.features;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import scala.Function1;

/**
 * The state of a group for one key as time goes on: a {@link Ring}, and for features that it
 * doesn't give, or can't hold exactly, queues and accumulators that can hold everything.
 */
final class GroupState {
  private final GroupPlan plan;
  private final StateMemory memory;
  private Ring ring;
  private Newest.State newest;
  private final List<Windows> windows = new ArrayList<>();

  /** Windows that get the same events, from their first on. */
  private final class Windows {
    private final EventLog log = new EventLog(plan, memory);
    private final List<Window.State> states;

    Windows(List<Window> opened) {
      states = opened.stream().map(window -> window.open(plan, log, memory)).toList();
    }

    void arrive(Event event, long now) {
      boolean isLogged = log.append(event);
      for (Window.State state : states) {
        state.advance(now);
      }
      if (isLogged) {
        return;
      }
      Event apart = event.apart();
      for (Window.State state : states) {
        state.arrive(apart, now);
      }
    }

    void write(JoinedFeatures features, long now) {
      for (Window.State state : states) {
        state.advance(now);
        state.write(features, now);
      }
    }
  }

  GroupState(GroupPlan plan, StateMemory memory) {
    this.plan = plan;
    this.memory = memory;
    if (plan.newest().isPresent() || !plan.windows().isEmpty()) {
      ring = new Ring(plan, memory);
    }
    open(plan.queued());
  }

  private void open(List<Window> opened) {
    if (!opened.isEmpty()) {
      windows.add(new Windows(opened));
    }
  }

  /**
   * @param event is kept
   * @param now when it is seen; never goes back
   */
  void arrive(InternalRow event, long now) {
    if (!plan.reaches(event)) {
      return;
    }
    if (ring != null && !ring.arrive(event, now)) {
      leaveRing(now);
    }
    if (newest == null && windows.isEmpty()) {
      return;
    }
    Event kept = plan.event(event);
    if (newest != null) {
      newest.arrive(kept, now);
    }
    for (Windows each : windows) {
      each.arrive(kept, now);
    }
  }

  /** All that the ring holds goes on in queues. */
  private void leaveRing(long now) {
    newest = plan.newest().map(latest -> latest.open(plan, memory)).orElse(null);
    int before = windows.size();
    open(plan.windows());
    List<Windows> opened = windows.subList(before, windows.size());
    ring.drain(
        row -> {
          Event event = plan.event(row);
          if (newest != null) {
            newest.arrive(event, now);
          }
          opened.forEach(each -> each.arrive(event, now));
        });
    ring = null;
  }

  /** Sets the features as of {@code now}. */
  void write(JoinedFeatures features, long now) {
    if (ring != null && !ring.write(features, now)) {
      leaveRing(now);
    }
    if (newest != null) {
      newest.advance(now);
      newest.write(features, now, own(features.row()));
    }
    for (Windows each : windows) {
      each.write(features, now);
    }
  }

  /** The as-of row's own key, in Java's values. */
  private Object[] own(InternalRow asOf) {
    Newest latest = plan.newest().orElseThrow();
    Object[] own = new Object[latest.own().size()];
    for (int i = 0; i < own.length; i++) {
      DataType type = latest.key().get(i);
      Object value =
          asOf.isNullAt(latest.own().get(i)) ? null : asOf.get(latest.own().get(i), type);
      own[i] = CatalystTypeConverters.convertToScala(value, type);
    }
    return own;
  }

  /** From Java's values of a type on the wire to those that Spark holds. */
  static Function1<Object, Object> toSpark(DataType type) {
    return CatalystTypeConverters.createToCatalystConverter(type);
  }
}
