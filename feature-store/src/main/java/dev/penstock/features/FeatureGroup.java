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
 * Features by the same key columns, from one table. A group has {@code latest} columns, the time
 * since the newest event, aggregates over windows, or several of them.
 *
 * @param name prefix of its feature columns: letters, digits and underscores
 * @param from the table whose rows are the events
 * @param by key columns of the table; empty: all events belong together
 * @param asOfBy columns of the as-of rows that hold the values of {@code by}, in the same order;
 *     other names than those put the group in a role
 * @param windows trailing windows, each ending {@code delay} before the as-of time; positive; each
 *     aggregate is computed over each of them
 * @param aggregate aggregates by name, in the order of the feature columns; empty exactly when
 *     there are no windows
 * @param latest columns whose value in the newest event is a feature; a null there is a null, not
 *     an older value
 * @param timeSinceLast whether the seconds from the newest event to the as-of time, DOUBLE, are a
 *     feature: {@code <group>__seconds_since_last}
 * @param maxAge {@code latest} and the time since look no further back than this; positive; empty:
 *     without bound
 * @param delay how long before the as-of time windows and {@code latest} end; not negative
 * @param where SQL condition over the source row; only rows for which it is true are events
 */
public record FeatureGroup(
    String name,
    String from,
    List<String> by,
    List<String> asOfBy,
    List<Duration> windows,
    Map<String, Aggregate> aggregate,
    List<String> latest,
    boolean timeSinceLast,
    Optional<Duration> maxAge,
    Duration delay,
    Optional<String> where) {
  /** Column of the time since the newest event, after the group's prefix. */
  public static final String SECONDS_SINCE_LAST = "seconds_since_last";

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  public FeatureGroup {
    by = List.copyOf(by);
    asOfBy = List.copyOf(asOfBy);
    windows = List.copyOf(windows);
    aggregate = Collections.unmodifiableMap(new LinkedHashMap<>(aggregate));
    latest = List.copyOf(latest);
    requireName("name", name);
    Aggregate.requireText("from", from);
    requireDistinct("by", by);
    requireDistinct("asOfBy", asOfBy);
    if (by.size() != asOfBy.size()) {
      throw new IllegalArgumentException(
          "asOfBy must give a column for each of by, got %s for %s".formatted(asOfBy, by));
    }
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
    if (latest.isEmpty() && !timeSinceLast && windows.isEmpty()) {
      throw new IllegalArgumentException(
          "latest or timeSinceLast must be given if there are no windows");
    }
    latest.forEach(column -> Aggregate.requireText("latest", column));
    requireDistinct("latest", latest);
    maxAge.ifPresent(age -> requirePositive("maxAge", age));
    if (maxAge.isPresent() && latest.isEmpty() && !timeSinceLast) {
      throw new IllegalArgumentException("maxAge needs latest columns or timeSinceLast");
    }
    Aggregate.requireNotNegative("delay", delay);
    where.ifPresent(sql -> Aggregate.requireText("where", sql));
    requireDistinct("aggregate", columns(name, windows, aggregate.keySet(), latest, timeSinceLast));
  }

  /** A group that is made step by step. */
  public static GroupBuilder named(String name) {
    return new GroupBuilder(name);
  }

  /**
   * The feature columns, in order: {@code <group>__<column>} for latest, the time since the newest
   * event, then {@code <group>__<aggregate>_<window>}, aggregate by aggregate.
   */
  public List<String> columns() {
    return columns(name, windows, aggregate.keySet(), latest, timeSinceLast);
  }

  /**
   * The same group in a role: the values of its key columns stand in other columns of the as-of
   * rows, as the weather of an airport at the destination of a flight.
   *
   * @param role prefix of the feature columns
   * @param columns of the as-of rows, by key column of the table; the others are as they were
   * @throws IllegalArgumentException if a key column is not one of the group's
   */
  public FeatureGroup inRole(String role, Map<String, String> columns) {
    for (String column : columns.keySet()) {
      if (!by.contains(column)) {
        throw new IllegalArgumentException(
            "%s is no key column of %s, which is by %s".formatted(column, name, by));
      }
    }
    List<String> there = new ArrayList<>();
    for (int i = 0; i < by.size(); i++) {
      there.add(columns.getOrDefault(by.get(i), asOfBy.get(i)));
    }
    return new FeatureGroup(
        role, from, by, there, windows, aggregate, latest, timeSinceLast, maxAge, delay, where);
  }

  /** The same group with one more key column, and what it is called in the as-of rows. */
  FeatureGroup alsoBy(String column, String asOfColumn) {
    List<String> here = new ArrayList<>(by);
    here.add(column);
    List<String> there = new ArrayList<>(asOfBy);
    there.add(asOfColumn);
    return new FeatureGroup(
        name, from, here, there, windows, aggregate, latest, timeSinceLast, maxAge, delay, where);
  }

  /** Whether the newest event matters. */
  boolean needsNewest() {
    return !latest.isEmpty() || timeSinceLast;
  }

  /**
   * How far before the as-of time an event can lie and still matter, delays included; empty:
   * without bound.
   */
  public Optional<Duration> reach() {
    return needsNewest() && maxAge.isEmpty() ? Optional.empty() : Optional.of(boundedReach());
  }

  /** How far the furthest of them reaches; empty: one does without bound, or there are none. */
  static Optional<Duration> reach(Collection<FeatureGroup> groups) {
    return groups.stream().allMatch(group -> group.reach().isPresent())
        ? groups.stream().map(FeatureGroup::boundedReach).max(Duration::compareTo)
        : Optional.empty();
  }

  /** How far back it reaches but for {@code latest} without a {@code maxAge}. */
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

  /** How long before the as-of time the newest event that matters lies, at least. */
  Duration leastDelay() {
    return aggregate.values().stream()
        .map(this::delayOf)
        .reduce(delay, (a, b) -> b.compareTo(a) < 0 ? b : a);
  }

  /** The same group with one more aggregate, the number of events in {@code window}. */
  public FeatureGroup counting(String aggregateName, Duration window) {
    Map<String, Aggregate> counted = new LinkedHashMap<>(aggregate);
    counted.put(aggregateName, Aggregate.parse("count(*)"));
    List<Duration> lengths = new ArrayList<>(windows);
    if (!lengths.contains(window)) {
      lengths.add(window);
    }
    return new FeatureGroup(
        name, from, by, asOfBy, lengths, counted, latest, timeSinceLast, maxAge, delay, where);
  }

  /** The same group without the parts that none of these feature columns needs. */
  FeatureGroup only(Collection<String> columns) {
    Map<String, Aggregate> needed = new LinkedHashMap<>(aggregate);
    needed
        .keySet()
        .removeIf(each -> windows.stream().noneMatch(w -> columns.contains(column(each, w))));
    List<Duration> lengths =
        windows.stream()
            .filter(w -> needed.keySet().stream().anyMatch(e -> columns.contains(column(e, w))))
            .toList();
    List<String> newest = latest.stream().filter(c -> columns.contains(column(c))).toList();
    boolean since = timeSinceLast && columns.contains(column(SECONDS_SINCE_LAST));
    Optional<Duration> age = newest.isEmpty() && !since ? Optional.empty() : maxAge;
    return new FeatureGroup(
        name, from, by, asOfBy, lengths, needed, newest, since, age, delay, where);
  }

  /** The column of what is said of the newest event. */
  String column(String ofNewest) {
    return prefixed(name, ofNewest);
  }

  /** The column of an aggregate over a window. */
  String column(String aggregateName, Duration window) {
    return prefixed(name, aggregateName + "_" + Durations.text(window));
  }

  /** The delay that holds for {@code each}: its own, or the group's if it has none. */
  Duration delayOf(Aggregate each) {
    return each.delay().isZero() ? delay : each.delay();
  }

  private static List<String> columns(
      String name,
      List<Duration> windows,
      Collection<String> aggregates,
      List<String> latest,
      boolean timeSinceLast) {
    List<String> columns = new ArrayList<>();
    latest.forEach(column -> columns.add(prefixed(name, column)));
    if (timeSinceLast) {
      columns.add(prefixed(name, SECONDS_SINCE_LAST));
    }
    for (String aggregate : aggregates) {
      windows.forEach(
          window -> columns.add(prefixed(name, aggregate + "_" + Durations.text(window))));
    }
    return columns;
  }

  private static String prefixed(String group, String feature) {
    return group + "__" + feature;
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
