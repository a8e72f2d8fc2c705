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
  private Ring ring;
  private Newest.State newest;
  private final List<Window.State> windows = new ArrayList<>();

  GroupState(GroupPlan plan) {
    this.plan = plan;
    if (plan.newest().isPresent() || !plan.windows().isEmpty()) {
      ring = new Ring(plan);
    }
    plan.queued().forEach(window -> windows.add(window.open()));
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
    for (Window.State window : windows) {
      window.arrive(kept, now);
    }
  }

  /** All that the ring holds goes on in queues. */
  private void leaveRing(long now) {
    newest = plan.newest().map(Newest::open).orElse(null);
    List<Window.State> opened = plan.windows().stream().map(Window::open).toList();
    for (InternalRow row : ring.events()) {
      Event event = plan.event(row);
      if (newest != null) {
        newest.arrive(event, now);
      }
      opened.forEach(window -> window.arrive(event, now));
    }
    windows.addAll(opened);
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
    for (Window.State window : windows) {
      window.advance(now);
      window.write(features, now);
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
