package dev.penstock.features;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Features the slow, obvious way: for each as-of row and feature, look at every event. Rows are
 * maps from column to value, timestamps are microseconds. What SQL says in an expression is said
 * here once more in Java, by {@code expressions}.
 */
final class Oracle {
  private final Map<String, Function<Map<String, Object>, Object>> expressions;
  private final Map<String, List<Map<String, Object>>> tables;
  private final List<String> key;
  private final Optional<String> predicted;

  /**
   * @param key the key columns of every table
   */
  Oracle(
      Map<String, Function<Map<String, Object>, Object>> expressions,
      Map<String, List<Map<String, Object>>> tables,
      List<String> key,
      Optional<String> predicted) {
    this.expressions = expressions;
    this.tables = tables;
    this.key = key;
    this.predicted = predicted;
  }

  /** The feature columns of one as-of row, in order. */
  Map<String, Object> features(FeatureGroup group, Map<String, Object> asOf) {
    Map<String, Object> features = new LinkedHashMap<>();
    for (String column : group.latest()) {
      features.put(group.name() + "__" + column, latest(group, column, asOf));
    }
    group
        .aggregate()
        .forEach(
            (name, aggregate) ->
                group
                    .windows()
                    .forEach(
                        window ->
                            features.put(
                                group.name() + "__" + name + "_" + FeatureGroup.text(window),
                                aggregate(group, aggregate, Event.micros(window), asOf))));
    return features;
  }

  private Object latest(FeatureGroup group, String column, Map<String, Object> asOf) {
    if (hasNull(group, asOf)) {
      return null;
    }
    long delay = Event.micros(group.delay());
    List<Map<String, Object>> seen = seen(group, delay, group.maxAge().map(Event::micros), asOf);
    if (predicted.equals(Optional.of(group.from()))) {
      seen.removeIf(event -> key.stream().allMatch(k -> event.get(k).equals(asOf.get(k))));
    }
    Comparator<Map<String, Object>> newest = Comparator.comparingLong(e -> (long) e.get("at"));
    for (String k : key) {
      newest = newest.thenComparing(e -> e.get(k), Oracle::compare);
    }
    return seen.stream().max(newest).map(event -> event.get(column)).orElse(null);
  }

  private Object aggregate(
      FeatureGroup group, Aggregate aggregate, long window, Map<String, Object> asOf) {
    if (hasNull(group, asOf)) {
      return null;
    }
    long delay = Event.micros(aggregate.delay().isZero() ? group.delay() : aggregate.delay());
    List<Object> inputs = new ArrayList<>();
    for (Map<String, Object> event : seen(group, delay, Optional.of(window), asOf)) {
      if (aggregate.where().map(sql -> holds(sql, event)).orElse(true)) {
        inputs.add(
            aggregate.input().isEmpty()
                ? 1
                : expressions.get(aggregate.input().get()).apply(event));
      }
    }
    inputs.removeIf(Objects::isNull);
    if (aggregate.function() == Aggregate.Function.COUNT) {
      return (long) inputs.size();
    }
    if (inputs.isEmpty()) {
      return null;
    }
    return switch (aggregate.function()) {
      case SUM -> sum(inputs);
      case AVG -> mean(inputs);
      case MIN -> inputs.stream().min(Oracle::compare).orElseThrow();
      case MAX -> inputs.stream().max(Oracle::compare).orElseThrow();
      case SHARE -> (double) inputs.stream().filter(Boolean.TRUE::equals).count() / inputs.size();
      case COUNT -> throw new IllegalStateException();
    };
  }

  private List<Map<String, Object>> seen(
      FeatureGroup group, long delay, Optional<Long> length, Map<String, Object> asOf) {
    long now = (long) asOf.get("as_of_time");
    List<Map<String, Object>> seen = new ArrayList<>();
    for (Map<String, Object> event : tables.get(group.from())) {
      Long at = (Long) event.get("at");
      Long from = (Long) event.get("known_from");
      Long until = (Long) event.get("known_until");
      boolean known = from != null && from <= now && (until == null || until > now);
      boolean same = group.by().stream().allMatch(k -> asOf.get(k).equals(event.get(k)));
      boolean wanted = group.where().map(sql -> holds(sql, event)).orElse(true);
      if (known && same && wanted && at != null && at <= now - delay) {
        if (length.isEmpty() || at > now - delay - length.get()) {
          seen.add(event);
        }
      }
    }
    return seen;
  }

  private boolean holds(String sql, Map<String, Object> event) {
    return Boolean.TRUE.equals(expressions.get(sql).apply(event));
  }

  private static boolean hasNull(FeatureGroup group, Map<String, Object> asOf) {
    return asOf.get("as_of_time") == null || group.by().stream().anyMatch(k -> asOf.get(k) == null);
  }

  static Object sum(List<Object> inputs) {
    if (inputs.get(0) instanceof BigDecimal) {
      return inputs.stream().map(BigDecimal.class::cast).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
    if (inputs.get(0) instanceof Double || inputs.get(0) instanceof Float) {
      double special = 0;
      BigDecimal sum = BigDecimal.ZERO;
      for (Object input : inputs) {
        double value = ((Number) input).doubleValue();
        if (Double.isFinite(value)) {
          sum = sum.add(new BigDecimal(value));
        } else {
          special += value;
        }
      }
      return special == 0 ? sum.doubleValue() : special;
    }
    return integers(inputs).longValueExact();
  }

  private static BigInteger integers(List<Object> inputs) {
    return inputs.stream()
        .map(input -> BigInteger.valueOf(((Number) input).longValue()))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  private static double mean(List<Object> inputs) {
    Object first = inputs.get(0);
    if (first instanceof Double || first instanceof Float) {
      return (double) sum(inputs) / inputs.size();
    }
    BigDecimal sum =
        first instanceof BigDecimal ? (BigDecimal) sum(inputs) : new BigDecimal(integers(inputs));
    return sum.divide(BigDecimal.valueOf(inputs.size()), MathContext.DECIMAL128).doubleValue();
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static int compare(Object a, Object b) {
    if (a instanceof String left) {
      return Arrays.compareUnsigned(
          left.getBytes(StandardCharsets.UTF_8), ((String) b).getBytes(StandardCharsets.UTF_8));
    }
    return ((Comparable) a).compareTo(b);
  }
}
