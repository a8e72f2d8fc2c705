package dev.penstock.features;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.XxHash64Function;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Features the slow, obvious way: for each as-of row and feature, look at every event. Rows are
 * maps from column to value, timestamps are microseconds. What SQL says in an expression is said
 * here once more in Java, by {@code expressions}.
 */
final class Oracle {
  private static final Map<Class<?>, DataType> TYPES =
      Map.of(
          Boolean.class, DataTypes.BooleanType,
          Integer.class, DataTypes.IntegerType,
          Long.class, DataTypes.LongType,
          Float.class, DataTypes.FloatType,
          Double.class, DataTypes.DoubleType);

  private final Map<String, Function<Map<String, Object>, Object>> expressions;
  private final Map<String, List<Map<String, Object>>> tables;
  private final List<String> key;
  private final Optional<String> predicted;
  private final int exact;

  /**
   * @param key the key columns of every table
   * @param exact inputs at most that all features are exact of
   */
  Oracle(
      Map<String, Function<Map<String, Object>, Object>> expressions,
      Map<String, List<Map<String, Object>>> tables,
      List<String> key,
      Optional<String> predicted,
      int exact) {
    this.expressions = expressions;
    this.tables = tables;
    this.key = key;
    this.predicted = predicted;
    this.exact = exact;
  }

  /** The feature columns of one as-of row, in order. */
  Map<String, Object> features(FeatureGroup group, Map<String, Object> asOf) {
    Map<String, Object> features = new LinkedHashMap<>();
    for (String column : group.latest()) {
      features.put(
          group.name() + "__" + column,
          newest(group, asOf).map(event -> event.get(column)).orElse(null));
    }
    if (group.timeSinceLast()) {
      features.put(
          group.name() + "__seconds_since_last",
          newest(group, asOf)
              .map(event -> ((long) asOf.get("as_of_time") - (long) event.get("at")) / 1e6)
              .orElse(null));
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
                                group.name() + "__" + name + "_" + Durations.text(window),
                                aggregate(group, aggregate, Event.micros(window), asOf))));
    return features;
  }

  private Optional<Map<String, Object>> newest(FeatureGroup group, Map<String, Object> asOf) {
    if (hasNull(group, asOf)) {
      return Optional.empty();
    }
    long delay = Event.micros(group.delay());
    List<Map<String, Object>> seen = seen(group, delay, group.maxAge().map(Event::micros), asOf);
    if (predicted.equals(Optional.of(group.from()))) {
      seen.removeIf(event -> key.stream().allMatch(k -> event.get(k).equals(asOf.get(k))));
    }
    return seen.stream().max(inOrder());
  }

  private Comparator<Map<String, Object>> inOrder() {
    Comparator<Map<String, Object>> order = Comparator.comparingLong(e -> (long) e.get("at"));
    for (String k : key) {
      order = order.thenComparing(e -> e.get(k), Oracle::compare);
    }
    return order;
  }

  private Object aggregate(
      FeatureGroup group, Aggregate aggregate, long window, Map<String, Object> asOf) {
    if (hasNull(group, asOf)) {
      return null;
    }
    long delay = Event.micros(aggregate.delay().isZero() ? group.delay() : aggregate.delay());
    List<Object> inputs = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    List<Map.Entry<BigInteger, Object>> numbered = new ArrayList<>();
    seen(group, delay, Optional.of(window), asOf).stream()
        .filter(event -> aggregate.where().map(sql -> holds(sql, event)).orElse(true))
        .sorted(inOrder())
        .forEach(
            event -> {
              Object input =
                  aggregate.input().isEmpty()
                      ? 1
                      : expressions.get(aggregate.input().get()).apply(event);
              if (input != null) {
                inputs.add(input);
                times.add((long) event.get("at"));
                numbered.add(Map.entry(number(event, input), input));
              }
            });
    if (aggregate.function() == AggregateFunction.COUNT) {
      return (long) inputs.size();
    }
    if (aggregate.function() == AggregateFunction.COUNT_DISTINCT) {
      return different(frequencies(inputs).keySet());
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
      case STDDEV -> deviation(inputs);
      case FIRST -> inputs.get(0);
      case LAST -> inputs.get(inputs.size() - 1);
      case LAST_K -> lastOnes(inputs, Integer.parseInt(aggregate.parameter().orElseThrow()));
      case TOP_K ->
          mostFrequent(members(numbered), Integer.parseInt(aggregate.parameter().orElseThrow()));
      case PERCENTILE ->
          percentile(members(numbered), Double.parseDouble(aggregate.parameter().orElseThrow()));
      case DECAYED_SUM -> {
        long halfLife = Event.micros(Durations.parse(aggregate.parameter().orElseThrow()));
        yield decayed(inputs, times, (long) asOf.get("as_of_time") - delay, halfLife);
      }
      case COUNT, COUNT_DISTINCT -> throw new IllegalStateException();
    };
  }

  private BigInteger number(Map<String, Object> event, Object input) {
    long hash = 42;
    for (String column : key) {
      hash = hash(event.get(column), hash);
    }
    return unsigned(hash(input, hash(event.get("at"), hash)));
  }

  private static BigInteger unsigned(long number) {
    return new BigInteger(Long.toUnsignedString(number));
  }

  /** As Spark's xxhash64. */
  private static long hash(Object value, long seed) {
    if (value instanceof String text) {
      return XxHash64Function.hash(UTF8String.fromString(text), DataTypes.StringType, seed);
    }
    if (value instanceof BigDecimal decimal) {
      DecimalType type = new DecimalType(38, 6);
      return XxHash64Function.hash(Decimal.apply(decimal, 38, 6), type, seed);
    }
    return XxHash64Function.hash(value, TYPES.get(value.getClass()), seed);
  }

  /** The number of different values, or what the greatest of the smallest hashes makes of it. */
  private long different(Collection<Object> values) {
    if (values.size() <= exact) {
      return values.size();
    }
    BigInteger number =
        values.stream().map(x -> unsigned(hash(x, 42))).sorted().toList().get(exact - 1);
    return Math.max(exact + 1, Math.round((exact - 1) / (number.doubleValue() / Math.pow(2, 64))));
  }

  /** The inputs with the smallest numbers, equal ones counted once but taken all. */
  private List<Object> members(List<Map.Entry<BigInteger, Object>> numbered) {
    Comparator<Map.Entry<BigInteger, Object>> order =
        Map.Entry.<BigInteger, Object>comparingByKey()
            .thenComparing(Map.Entry.comparingByValue(Oracle::compare));
    TreeMap<Map.Entry<BigInteger, Object>, List<Object>> equal = new TreeMap<>(order);
    numbered.forEach(
        each -> equal.computeIfAbsent(each, e -> new ArrayList<>()).add(each.getValue()));
    return equal.values().stream().limit(exact).flatMap(List::stream).toList();
  }

  /** The sum of the squared differences of all pairs is n times that from the mean. */
  private static Object deviation(List<Object> inputs) {
    int n = inputs.size();
    if (n < 2) {
      return null;
    }
    if (inputs.stream().anyMatch(x -> !Double.isFinite(((Number) x).doubleValue()))) {
      return Double.NaN;
    }
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        squares = squares.add(exact(inputs.get(i)).subtract(exact(inputs.get(j))).pow(2));
      }
    }
    return Deviation.root(
        squares.divide(BigDecimal.valueOf((long) n * (n - 1)), MathContext.DECIMAL128));
  }

  private static BigDecimal exact(Object number) {
    return number instanceof Double || number instanceof Float
        ? new BigDecimal(((Number) number).doubleValue())
        : new BigDecimal(number.toString());
  }

  private static List<Object> lastOnes(List<Object> inputs, int most) {
    List<Object> newestFirst = new ArrayList<>(inputs);
    Collections.reverse(newestFirst);
    return newestFirst.subList(0, Math.min(most, newestFirst.size()));
  }

  private static Map<Object, Long> frequencies(List<Object> inputs) {
    return inputs.stream()
        .map(x -> x instanceof Double d ? (Object) (d + 0.0) : x instanceof Float f ? f + 0.0f : x)
        .collect(Collectors.groupingBy(x -> x, Collectors.counting()));
  }

  private static List<Object> mostFrequent(List<Object> inputs, int most) {
    Map<Object, Long> frequencies = frequencies(inputs);
    Comparator<Object> order = Comparator.comparing(frequencies::get);
    return frequencies.keySet().stream()
        .sorted(order.reversed().thenComparing(Oracle::compare))
        .limit(most)
        .toList();
  }

  /** As Spark's percentile says. */
  private static double percentile(List<Object> inputs, double share) {
    double[] sorted =
        inputs.stream().mapToDouble(x -> ((Number) x).doubleValue()).sorted().toArray();
    double position = (sorted.length - 1) * share;
    double below = sorted[(int) Math.floor(position)];
    double above = sorted[(int) Math.ceil(position)];
    return Math.floor(position) == Math.ceil(position) || Double.compare(below, above) == 0
        ? below
        : (Math.ceil(position) - position) * below + (position - Math.floor(position)) * above;
  }

  /** Rounded where {@link Decay} says that it is. */
  private static double decayed(List<Object> inputs, List<Long> times, long end, long halfLife) {
    TreeMap<Long, List<Object>> weights = new TreeMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      double power = StrictMath.pow(2, Math.floorMod(times.get(i), halfLife) / (double) halfLife);
      weights
          .computeIfAbsent(Math.floorDiv(times.get(i), halfLife), q -> new ArrayList<>())
          .add(((Number) inputs.get(i)).doubleValue() * power);
    }
    double total = 0;
    long at = weights.firstKey();
    for (Map.Entry<Long, List<Object>> each : weights.entrySet()) {
      total = Math.scalb(total, (int) Math.max(at - each.getKey(), -9_999));
      total += (double) sum(each.getValue());
      at = each.getKey();
    }
    total = Math.scalb(total, (int) Math.max(at - Math.floorDiv(end, halfLife), -9_999));
    return total * StrictMath.pow(2, -Math.floorMod(end, halfLife) / (double) halfLife);
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
      boolean same =
          IntStream.range(0, group.by().size())
              .allMatch(i -> asOf.get(group.asOfBy().get(i)).equals(event.get(group.by().get(i))));
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
    return asOf.get("as_of_time") == null
        || group.asOfBy().stream().anyMatch(k -> asOf.get(k) == null);
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
