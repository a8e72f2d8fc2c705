package dev.penstock.features;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Features by the same key columns, from one table. A group has {@code latest} columns, or
 * aggregates over windows, or both.
 *
 * @param name prefix of its feature columns: letters, digits and underscores
 * @param from the table whose rows are the events
 * @param by key columns, of the same names in the table and in the as-of rows; never empty
 * @param windows trailing windows, each ending {@code delay} before the as-of time; positive; each
 *     aggregate is computed over each of them
 * @param aggregate aggregates by name, in the order of the feature columns; empty exactly when
 *     there are no windows
 * @param latest columns whose value in the newest event is a feature; a null there is a null, not
 *     an older value
 * @param maxAge {@code latest} looks no further back than this; positive; empty: without bound
 * @param delay how long before the as-of time windows and {@code latest} end; not negative
 * @param where SQL condition over the source row; only rows for which it is true are events
 */
public record FeatureGroup(
    String name,
    String from,
    List<String> by,
    List<Duration> windows,
    Map<String, Aggregate> aggregate,
    List<String> latest,
    Optional<Duration> maxAge,
    Duration delay,
    Optional<String> where) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  public FeatureGroup {
    by = List.copyOf(by);
    windows = List.copyOf(windows);
    aggregate = Collections.unmodifiableMap(new LinkedHashMap<>(aggregate));
    latest = List.copyOf(latest);
    requireName("name", name);
    Aggregate.requireText("from", from);
    if (by.isEmpty()) {
      throw new IllegalArgumentException("by must name at least one key column");
    }
    requireDistinct("by", by);
    for (Duration window : windows) {
      requirePositive("windows", window);
    }
    requireDistinct("windows", windows);
    aggregate.keySet().forEach(key -> requireName("aggregate", key));
    if (!windows.isEmpty() && aggregate.isEmpty()) {
      throw new IllegalArgumentException("windows need at least one aggregate");
    }
    if (windows.isEmpty() && !aggregate.isEmpty()) {
      throw new IllegalArgumentException("aggregate needs at least one window");
    }
    if (latest.isEmpty() && windows.isEmpty()) {
      throw new IllegalArgumentException("latest must be given if there are no windows");
    }
    latest.forEach(column -> Aggregate.requireText("latest", column));
    requireDistinct("latest", latest);
    maxAge.ifPresent(age -> requirePositive("maxAge", age));
    if (maxAge.isPresent() && latest.isEmpty()) {
      throw new IllegalArgumentException("maxAge needs latest columns");
    }
    Aggregate.requireNotNegative("delay", delay);
    where.ifPresent(sql -> Aggregate.requireText("where", sql));
    requireDistinct("aggregate", columns(name, windows, aggregate.keySet(), latest));
  }

  /**
   * The feature columns, in order: {@code <group>__<column>} for latest, then {@code
   * <group>__<aggregate>_<window>}, aggregate by aggregate.
   */
  public List<String> columns() {
    return columns(name, windows, aggregate.keySet(), latest);
  }

  /**
   * How far before the as-of time an event can lie and still matter, delays included; empty:
   * without bound.
   */
  public Optional<Duration> reach() {
    return !latest.isEmpty() && maxAge.isEmpty() ? Optional.empty() : Optional.of(boundedReach());
  }

  /** The same, but for {@code latest} without a {@code maxAge}. */
  Duration boundedReach() {
    Duration reach = maxAge.map(delay::plus).orElse(Duration.ZERO);
    for (Aggregate each : aggregate.values()) {
      for (Duration window : windows) {
        Duration end = delayOf(each).plus(window);
        reach = reach.compareTo(end) < 0 ? end : reach;
      }
    }
    return reach;
  }

  /** The same group with one more aggregate, the number of events in {@code window}. */
  public FeatureGroup counting(String aggregateName, Duration window) {
    Map<String, Aggregate> counted = new LinkedHashMap<>(aggregate);
    counted.put(aggregateName, Aggregate.parse("count(*)"));
    List<Duration> lengths = new ArrayList<>(windows);
    if (!lengths.contains(window)) {
      lengths.add(window);
    }
    return new FeatureGroup(name, from, by, lengths, counted, latest, maxAge, delay, where);
  }

  /** The delay that holds for {@code each}: its own, or the group's if it has none. */
  Duration delayOf(Aggregate each) {
    return each.delay().isZero() ? delay : each.delay();
  }

  /** A duration as column names have it, in its largest whole unit: 15m, 1h, 1d, 7d. */
  public static String text(Duration duration) {
    long micros = Event.micros(duration);
    if (micros % 86_400_000_000L == 0) {
      return micros / 86_400_000_000L + "d";
    }
    if (micros % 3_600_000_000L == 0) {
      return micros / 3_600_000_000L + "h";
    }
    if (micros % 60_000_000L == 0) {
      return micros / 60_000_000L + "m";
    }
    return micros % 1_000_000L == 0 ? micros / 1_000_000L + "s" : micros + "us";
  }

  private static List<String> columns(
      String name, List<Duration> windows, Collection<String> aggregates, List<String> latest) {
    List<String> columns = new ArrayList<>();
    latest.forEach(column -> columns.add(name + "__" + column));
    for (String aggregate : aggregates) {
      windows.forEach(window -> columns.add(name + "__" + aggregate + "_" + text(window)));
    }
    return columns;
  }

  private static void requireName(String component, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "%s must be letters, digits and underscores, got '%s'".formatted(component, name));
    }
  }

  private static void requirePositive(String component, Duration duration) {
    Aggregate.requireMicroseconds(component, duration);
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(component + " must be positive, got " + duration);
    }
  }

  private static <T> void requireDistinct(String component, List<T> values) {
    Set<T> seen = new HashSet<>();
    for (T value : values) {
      if (!seen.add(value)) {
        throw new IllegalArgumentException(
            "%s must not give '%s' twice".formatted(component, value));
      }
    }
  }
}
