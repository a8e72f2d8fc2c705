package dev.penstock.features;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** How often each input is there; the most frequent ones. */
final class MostFrequent implements CountedInputs {
  /** More frequent ones first, then smaller ones; the entries come in the order of their values. */
  private static final Comparator<Map.Entry<Object, Integer>> MOST_FREQUENT =
      Map.Entry.<Object, Integer>comparingByValue().reversed();

  private final int most;
  private final TreeMap<Object, Integer> counts;

  MostFrequent(Window.Feature feature) {
    this.most = AggregateFunction.number(feature.parameter());
    this.counts = new TreeMap<>(Wire.order(feature.type()));
  }

  @Override
  public void add(Object input, int times) {
    counts.merge(normal(input), times, Integer::sum);
  }

  @Override
  public void remove(Object input, int times) {
    counts.computeIfPresent(normal(input), (value, count) -> count == times ? null : count - times);
  }

  /** The zeros of both signs are one value where values are told apart, as in SQL. */
  static Object normal(Object input) {
    if (input instanceof Double number) {
      return number + 0.0;
    }
    return input instanceof Float number ? (Object) (number + 0.0f) : input;
  }

  @Override
  public Object value() {
    return counts.isEmpty()
        ? null
        : counts.entrySet().stream()
            .sorted(MOST_FREQUENT)
            .limit(most)
            .map(Map.Entry::getKey)
            .toList();
  }
}
