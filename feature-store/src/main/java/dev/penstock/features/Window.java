package dev.penstock.features;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import scala.Function1;

/**
 * A trailing window and the features over it. As of T it holds the events known at T with T - delay
 * - length &lt; event time &lt;= T - delay.
 *
 * @param delay microseconds, not negative
 * @param length microseconds, positive
 */
record Window(long delay, long length, List<Feature> features) implements Serializable {
  /**
   * @param column name, for messages
   * @param parameter of the function; empty, not null, for most
   * @param input position in the event's values; null there: the event is left out
   * @param type of the input
   * @param key types of the source's key columns, the first of the event's values after its times;
   *     empty if no feature of the group {@linkplain AggregateFunction#needsKey needs} it
   * @param exact inputs at most that what a {@link Sample} can give is exact of; positive
   * @param output position among the feature columns of the pass
   */
  record Feature(
      String column,
      AggregateFunction function,
      String parameter,
      int input,
      DataType type,
      List<DataType> key,
      int exact,
      int output)
      implements Serializable {
    /** The type of the feature on the wire. */
    DataType result() {
      return function.result(type).orElseThrow();
    }
  }

  /**
   * The window of one key as the as-of time moves on; it starts without events.
   *
   * @param log that gets the group's events from now on
   */
  State open(GroupPlan plan, EventLog log, StateMemory memory) {
    return new State(this, plan, log, memory);
  }

  /** Each event enters and leaves once; times never go back. */
  static final class State {
    private final Window window;
    private final Accumulator[] accumulators;
    private final List<Function1<Object, Object>> toSpark;
    private final EventLog.Cursor entering;
    private final EventLog.Cursor leaving;

    /** Those that are not in the log. */
    private final TimedQueue othersEntering;

    private final TimedQueue othersLeaving;

    private State(Window window, GroupPlan plan, EventLog log, StateMemory memory) {
      this.window = window;
      this.toSpark =
          window.features().stream().map(feature -> GroupState.toSpark(feature.result())).toList();
      this.accumulators =
          window.features().stream()
              .map(feature -> Accumulator.of(window, feature, plan, memory))
              .toArray(Accumulator[]::new);
      this.entering = log.cursor();
      this.leaving = log.cursor();
      this.othersEntering = new TimedQueue(plan, memory);
      this.othersLeaving = new TimedQueue(plan, memory);
    }

    /** Takes an event that the log has refused. */
    void arrive(Event event, long now) {
      long enters = event.enters(window.delay());
      long leaves = leaves(event);
      if (leaves <= enters || leaves <= now) {
        return;
      }
      if (enters > now) {
        othersEntering.add(enters, event);
      } else {
        othersLeaving.add(leaves, event);
        enter(event);
      }
    }

    /** All that is due at {@code now} enters and leaves. */
    void advance(long now) {
      Event event = entering.peek();
      while (event != null && event.enters(window.delay()) <= now) {
        enter(event);
        entering.next();
        event = entering.peek();
      }
      event = leaving.peek();
      while (event != null && leaves(event) <= now) {
        leave(event);
        leaving.next();
        event = leaving.peek();
      }
      for (event = othersEntering.pollDue(now);
          event != null;
          event = othersEntering.pollDue(now)) {
        if (leaves(event) > now) {
          othersLeaving.add(leaves(event), event);
          enter(event);
        }
      }
      for (event = othersLeaving.pollDue(now); event != null; event = othersLeaving.pollDue(now)) {
        leave(event);
      }
    }

    private long leaves(Event event) {
      return event.leaves(window.delay(), window.length());
    }

    private void enter(Event event) {
      for (int i = 0; i < accumulators.length; i++) {
        Object input = event.value(window.features().get(i).input());
        if (input != null) {
          accumulators[i].add(event, input);
        }
      }
    }

    private void leave(Event event) {
      for (int i = 0; i < accumulators.length; i++) {
        Object input = event.value(window.features().get(i).input());
        if (input != null) {
          accumulators[i].remove(event, input);
        }
      }
    }

    /** Sets the features as of {@code now}, the time last advanced to. */
    void write(JoinedFeatures features, long now) {
      for (int i = 0; i < accumulators.length; i++) {
        Feature feature = window.features().get(i);
        try {
          features.put(feature.output(), toSpark.get(i).apply(accumulators[i].value(now)));
        } catch (ArithmeticException e) {
          throw new ArithmeticException(feature.column() + ": " + e.getMessage());
        }
      }
    }
  }
}
