package dev.penstock.features;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often each input is there: the smallest, the greatest, the most frequent. */
final class ValueCounts implements Accumulator, CountedInputs {
  /** More frequent ones first, then smaller ones; the entries come in the order of their values. */
  private static final Comparator<Map.Entry<Object, Integer>> MOST_FREQUENT =
      Map.Entry.<Object, Integer>comparingByValue().reversed();

  private final AggregateFunction function;
  private final int most;
  private final TreeMap<Object, Integer> counts;

  ValueCounts(Window.Feature feature) {
    this.function = feature.function();
    this.most = function.takesParameter() ? AggregateFunction.number(feature.parameter()) : 0;
    this.counts = new TreeMap<>(Wire.order(feature.type()));
  }

  @Override
  public void add(Event event, Object input) {
    add(input, 1);
  }

  @Override
  public void remove(Event event, Object input) {
    remove(input, 1);
  }

  @Override
  public void add(Object input, int times) {
    counts.merge(function == AggregateFunction.TOP_K ? normal(input) : input, times, Integer::sum);
  }

  @Override
  public void remove(Object input, int times) {
    counts.computeIfPresent(
        function == AggregateFunction.TOP_K ? normal(input) : input,
        (value, count) -> count == times ? null : count - times);
  }

  /** The zeros of both signs are one value where values are told apart, as in SQL. */
  static Object normal(Object input) {
    if (input instanceof Double number) {
      return number + 0.0;
    }
    return input instanceof Float number ? (Object) (number + 0.0f) : input;
  }

  @Override
  public Object value(long now) {
    return value();
  }

  @Override
  public Object value() {
    if (counts.isEmpty()) {
      return null;
    }
    return switch (function) {
      case MIN -> counts.firstKey();
      case MAX -> counts.lastKey();
      default -> mostFrequent();
    };
  }

  private List<Object> mostFrequent() {
    return counts.entrySet().stream()
        .sorted(MOST_FREQUENT)
        .limit(most)
        .map(Map.Entry::getKey)
        .toList();
  }
}
