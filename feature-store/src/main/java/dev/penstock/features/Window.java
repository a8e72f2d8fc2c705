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
   *     empty if order doesn't matter
   * @param output position among the feature columns of the pass
   */
  record Feature(
      String column,
      AggregateFunction function,
      String parameter,
      int input,
      DataType type,
      List<DataType> key,
      int output)
      implements Serializable {
    /** The type of the feature on the wire. */
    DataType result() {
      return function.result(type).orElseThrow();
    }
  }

  /** The window of one key as the as-of time moves on; it starts without events. */
  State open() {
    return new State(this);
  }

  /** Each event enters and leaves once; times never go back. */
  static final class State {
    private final Window window;
    private final Accumulator[] accumulators;
    private final List<Function1<Object, Object>> toSpark;
    private final TimedQueue<Event> entering = new TimedQueue<>();
    private final TimedQueue<Event> leaving = new TimedQueue<>();

    private State(Window window) {
      this.window = window;
      this.toSpark =
          window.features().stream().map(feature -> GroupState.toSpark(feature.result())).toList();
      this.accumulators =
          window.features().stream()
              .map(feature -> Accumulator.of(window, feature))
              .toArray(Accumulator[]::new);
    }

    void arrive(Event event, long now) {
      advance(now);
      long enters = event.enters(window.delay());
      long leaves = event.leaves(window.delay(), window.length());
      if (leaves <= enters || leaves <= now) {
        return;
      }
      if (enters > now) {
        entering.add(enters, event);
      } else {
        enter(event, leaves);
      }
    }

    void advance(long now) {
      for (Event event = entering.pollDue(now); event != null; event = entering.pollDue(now)) {
        long leaves = event.leaves(window.delay(), window.length());
        if (leaves > now) {
          enter(event, leaves);
        }
      }
      for (Event event = leaving.pollDue(now); event != null; event = leaving.pollDue(now)) {
        for (int i = 0; i < accumulators.length; i++) {
          Object input = event.value(window.features().get(i).input());
          if (input != null) {
            accumulators[i].remove(event, input);
          }
        }
      }
    }

    private void enter(Event event, long leaves) {
      leaving.add(leaves, event);
      for (int i = 0; i < accumulators.length; i++) {
        Object input = event.value(window.features().get(i).input());
        if (input != null) {
          accumulators[i].add(event, input);
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
