package dev.penstock.features;

import java.util.List;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import scala.Function1;

/**
 * The state of a group for one key as time goes on: a {@link Ring}, and for what that can't hold
 * exactly, queues and accumulators that can hold everything.
 */
final class GroupState {
  private final GroupPlan plan;
  private Ring ring;
  private Newest.State newest;
  private List<Window.State> windows;

  GroupState(GroupPlan plan) {
    this.plan = plan;
    this.ring = new Ring(plan);
  }

  /**
   * @param event is read at once, not kept
   * @param now when it is seen; never goes back
   */
  void arrive(InternalRow event, long now) {
    if (ring != null && !ring.arrive(event, now)) {
      leaveRing(now);
    }
    if (ring == null) {
      arrive(plan.event(event), now);
    }
  }

  private void arrive(Event event, long now) {
    if (newest != null) {
      newest.arrive(event, now);
    }
    for (Window.State window : windows) {
      window.arrive(event, now);
    }
  }

  private void leaveRing(long now) {
    newest = plan.newest().map(Newest::open).orElse(null);
    windows = plan.windows().stream().map(Window::open).toList();
    ring.events().forEach(event -> arrive(plan.event(event), now));
    ring = null;
  }

  /** Sets the features as of {@code now}. */
  void write(JoinedFeatures features, long now) {
    if (ring != null && !ring.write(features, now)) {
      leaveRing(now);
    }
    if (ring != null) {
      return;
    }
    if (newest != null) {
      newest.advance(now);
      newest.write(features, now, own(features.row()));
    }
    for (Window.State window : windows) {
      window.advance(now);
      window.write(features);
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
