package dev.penstock.features;

import org.apache.spark.sql.catalyst.expressions.XxHash64Function;

/**
 * How many different inputs are there: exactly as long as they are not too many, else estimated
 * from a {@link Sample} of them as (m - 1) / h, where h is the greatest of the m smallest numbers
 * as a part of all (Beyer et al., On synopses for distinct-value estimation under multiset
 * operations, 2007), and more than m, as there are.
 */
final class DistinctCount implements Accumulator {
  private final Window window;
  private final Window.Feature feature;
  private final Sample<Value> sample;

  DistinctCount(Window window, Window.Feature feature) {
    this.window = window;
    this.feature = feature;
    this.sample =
        new Sample<>(feature.exact(), Wire.order(feature.type()), joined -> {}, parted -> {});
  }

  @Override
  public void add(Event event, Object input) {
    Value value = value(event, input);
    Value known = sample.addIfNew(value);
    if (known != null) {
      known.leaves = Math.max(known.leaves, value.leaves);
    }
  }

  @Override
  public void remove(Event event, Object input) {
    Value value = value(event, input);
    Value known = sample.find(value);
    if (known != null && known.leaves <= value.leaves) {
      sample.remove(known);
    }
  }

  @Override
  public Object value(long now) {
    return sample.isFull()
        ? Math.max(feature.exact() + 1L, Math.round((feature.exact() - 1) / sample.share()))
        : (long) sample.size();
  }

  private Value value(Event event, Object input) {
    long number =
        XxHash64Function.hash(event.field(feature.input()), feature.type(), SampledInputs.SEED);
    return new Value(
        number, MostFrequent.normal(input), event.leaves(window.delay(), window.length()));
  }

  private static final class Value extends Sample.Element {
    private long leaves;

    Value(long number, Object input, long leaves) {
      super(number, input);
      this.leaves = leaves;
    }

    @Override
    long leaves() {
      return leaves;
    }
  }
}
