package dev.penstock.features;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The inputs by the age of their events: the oldest, the newest, the newest few. */
final class InOrder implements Accumulator {
  private final Window.Feature feature;
  private final TreeMap<Event, Integer> events;

  InOrder(Window.Feature feature) {
    this.feature = feature;
    Comparator<Object> values = Wire.order(feature.type());
    this.events =
        new TreeMap<>(
            Newest.order(feature.key())
                .thenComparing(this::input, values)
                .thenComparingLong(Event::until));
  }

  private Object input(Event event) {
    return event.value(feature.input());
  }

  @Override
  public void add(Event event, Object input) {
    events.merge(event, 1, Integer::sum);
  }

  @Override
  public void remove(Event event, Object input) {
    events.computeIfPresent(event, (key, count) -> count == 1 ? null : count - 1);
  }

  @Override
  public Object value(long now) {
    if (events.isEmpty()) {
      return null;
    }
    return switch (feature.function()) {
      case FIRST -> input(events.firstKey());
      case LAST -> input(events.lastKey());
      default -> newest(AggregateFunction.number(feature.parameter()));
    };
  }

  private List<Object> newest(int most) {
    List<Object> inputs = new ArrayList<>();
    Iterator<Map.Entry<Event, Integer>> fromNewest = events.descendingMap().entrySet().iterator();
    while (fromNewest.hasNext() && inputs.size() < most) {
      Map.Entry<Event, Integer> next = fromNewest.next();
      for (int i = 0; i < next.getValue() && inputs.size() < most; i++) {
        inputs.add(input(next.getKey()));
      }
    }
    return inputs;
  }
}
