package dev.penstock.features;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a {@link FeatureGroup} step by step, from texts as a pipeline file has them: durations are
 * {@code 15m 1h 7d}, aggregates {@code avg(amount)}. What takes several values is called once for
 * each.
 *
 * <pre>{@code
 * FeatureGroup.named("spend").over("payments").by("card")
 *     .window("7d").aggregate("total", "sum(amount)").build()
 * }</pre>
 */
public final class GroupBuilder {
  private final String name;
  private String from = "";
  private final List<String> by = new ArrayList<>();
  private final List<Duration> windows = new ArrayList<>();
  private final Map<String, Aggregate> aggregates = new LinkedHashMap<>();
  private final List<String> latest = new ArrayList<>();
  private boolean timeSinceLast;
  private Optional<Duration> maxAge = Optional.empty();
  private Duration delay = Duration.ZERO;
  private Optional<String> where = Optional.empty();

  GroupBuilder(String name) {
    this.name = name;
  }

  /** The table whose rows are the events. */
  public GroupBuilder over(String table) {
    from = table;
    return this;
  }

  /** A key column; without any, all events belong together. */
  public GroupBuilder by(String column) {
    by.add(column);
    return this;
  }

  /** A trailing window over which each aggregate is computed. */
  public GroupBuilder window(String length) {
    windows.add(Durations.parse(length));
    return this;
  }

  /**
   * An aggregate over each window.
   *
   * @param text as {@link Aggregate#parse} reads it
   */
  public GroupBuilder aggregate(String feature, String text) {
    return aggregate(feature, Aggregate.parse(text));
  }

  /** An aggregate over each window. */
  public GroupBuilder aggregate(String feature, Aggregate aggregate) {
    aggregates.put(feature, aggregate);
    return this;
  }

  /** A column whose value in the newest event is a feature. */
  public GroupBuilder latest(String column) {
    latest.add(column);
    return this;
  }

  /** The seconds since the newest event are a feature. */
  public GroupBuilder timeSinceLast() {
    timeSinceLast = true;
    return this;
  }

  /** The newest event counts only if it is at most this old. */
  public GroupBuilder maxAge(String age) {
    maxAge = Optional.of(Durations.parse(age));
    return this;
  }

  /** Windows and latest end this long before the as-of time. */
  public GroupBuilder delay(String length) {
    delay = Durations.parse(length);
    return this;
  }

  /** Only rows for which this SQL condition is true are events. */
  public GroupBuilder where(String condition) {
    where = Optional.of(condition);
    return this;
  }

  /**
   * The group.
   *
   * @throws IllegalArgumentException if something is missing or contradicts itself
   */
  public FeatureGroup build() {
    return new FeatureGroup(
        name, from, by, by, windows, aggregates, latest, timeSinceLast, maxAge, delay, where);
  }
}
