package dev.penstock.jobs.pipeline;

import dev.penstock.features.Aggregate;
import dev.penstock.features.FeatureGroup;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A feature group as the file writes it: features by the same key columns, from one table. */
@Doc("Features by the same key columns, from one table.")
@NotYet({"retain", "personal-data"})
public record GroupSection(
    @Doc("The table whose rows are the events.") String from,
    @Doc("Key columns: features of a row come from events with the same values.") List<String> by,
    @Doc("Trailing windows, each ending at the as-of time: [1d, 7d].") @Default("[]")
        List<Duration> windows,
    @Doc("Aggregates over each window: {late_share: share(arr_delay > 15)}.") @Default("{}")
        Map<String, AggregateSection> aggregate,
    @Doc("Columns of the newest event.") @Default("[]") List<String> latest,
    @Doc("The newest event counts only if it is at most this old.") Optional<Duration> maxAge,
    @Doc("Windows and latest end this long before the as-of time.") @Default("0s") Duration delay,
    @Doc("Only events for which this SQL predicate is true.") Optional<String> where) {

  /** As the feature store takes it. */
  public FeatureGroup toFeatureGroup(String name) {
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    aggregate.forEach((key, section) -> aggregates.put(key, section.toAggregate()));
    return new FeatureGroup(name, from, by, windows, aggregates, latest, maxAge, delay, where);
  }

  /** An aggregate over the events of a window. */
  @Doc("An aggregate: count(*), count(x), sum(x), avg(x), min(x), max(x) or share(predicate).")
  public record AggregateSection(
      @Doc("The aggregate, as avg(amount).") String value,
      @Doc("Only events for which this SQL predicate is true.") Optional<String> where,
      @Doc("Its windows end this long before the as-of time. Without it, or 0s: the group's delay.")
          Optional<Duration> delay) {
    /** Reads the short form: the aggregate alone. */
    static AggregateSection parse(String text) {
      return new AggregateSection(text, Optional.empty(), Optional.empty());
    }

    private Aggregate toAggregate() {
      Aggregate parsed = Aggregate.parse(value);
      Aggregate delayed = delay.map(parsed::delayed).orElse(parsed);
      return where.map(delayed::where).orElse(delayed);
    }
  }
}
