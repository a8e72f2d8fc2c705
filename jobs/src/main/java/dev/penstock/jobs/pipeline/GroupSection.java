package dev.penstock.jobs.pipeline;

import dev.penstock.features.Aggregate;
import dev.penstock.features.FeatureGroup;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** A feature group as the file writes it: features by the same key columns, from one table. */
@Doc("Features by the same key columns, from one table.")
@NotYet({"retain", "personal-data"})
public record GroupSection(
    @Doc("What the group is about, in a sentence.") @NotHashed Optional<String> description,
    @Doc("The table whose rows are the events.") String from,
    @Doc("Key columns: features of a row come from events with the same values. []: from all.")
        List<String> by,
    @Doc("Trailing windows, each ending at the as-of time: [1d, 7d].") @Default("[]")
        List<Duration> windows,
    @Doc("Aggregates over each window: {late_share: share(arr_delay > 15)}.") @Default("{}")
        Map<String, AggregateSection> aggregate,
    @Doc("Columns of the newest event.") @Default("[]") List<String> latest,
    @Doc("Whether the seconds since the newest event are a feature, seconds_since_last.")
        @Default("false")
        boolean timeSinceLast,
    @Doc("The newest event counts only if it is at most this old.") Optional<Duration> maxAge,
    @Doc("Windows and latest end this long before the as-of time.") @Default("0s") Duration delay,
    @Doc("Only events for which this SQL predicate is true.") Optional<String> where) {

  /** As the feature store takes it. */
  public FeatureGroup toFeatureGroup(String name) {
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    aggregate.forEach((key, section) -> aggregates.putAll(section.toAggregates(key)));
    return new FeatureGroup(
        name, from, by, by, windows, aggregates, latest, timeSinceLast, maxAge, delay, where);
  }

  /**
   * What features are about, by the name of the aggregate or latest column, as far as the file says
   * it.
   *
   * @param source columns of the table that the group reads
   */
  public Map<String, String> descriptions(StructType source) {
    Map<String, String> descriptions = new LinkedHashMap<>();
    for (String column : latest) {
      Option<String> comment = source.apply(column).getComment();
      if (comment.isDefined()) {
        descriptions.put(column, comment.get());
      }
    }
    aggregate.forEach(
        (name, section) ->
            section
                .description()
                .ifPresent(
                    text ->
                        section
                            .toAggregates(name)
                            .keySet()
                            .forEach(n -> descriptions.put(n, text))));
    return descriptions;
  }

  /** An aggregate over the events of a window. */
  @Doc(
      "An aggregate: count(*), count(x), count(distinct x), sum, avg, min, max, stddev, median,"
          + " first, last of x, share(predicate), percentile(x, 0.9), last_k(x, 3), top_k(x, 3),"
          + " decayed_sum(x, 7d).")
  public record AggregateSection(
      @Doc("The aggregate, as avg(amount).") String value,
      @Doc("Only events for which this SQL predicate is true.") Optional<String> where,
      @Doc("Its windows end this long before the as-of time. Without it, or 0s: the group's delay.")
          Optional<Duration> delay,
      @Doc("One aggregate for each value of a column: {merchant_category: [grocery, fuel]}.")
          @Default("{}")
          Map<String, List<String>> by,
      @Doc("What it is about, in a sentence.") @NotHashed Optional<String> description) {
    /** Reads the short form: the aggregate alone. */
    static AggregateSection parse(String text) {
      return new AggregateSection(
          text, Optional.empty(), Optional.empty(), Map.of(), Optional.empty());
    }

    /** By name: the one, or {@code <name>_<value>} for each value under {@link #by}. */
    Map<String, Aggregate> toAggregates(String name) {
      Aggregate parsed = Aggregate.parse(value);
      Aggregate one = delay.map(parsed::delayed).orElse(parsed);
      Map<String, Aggregate> all = new LinkedHashMap<>();
      if (by.isEmpty()) {
        all.put(name, where.map(one::where).orElse(one));
      }
      by.forEach(
          (column, values) ->
              values.forEach(
                  wanted -> {
                    String condition = "`%s` = '%s'".formatted(column, wanted);
                    all.put(
                        name + "_" + wanted,
                        one.where(
                            where
                                .map(sql -> "(%s) AND %s".formatted(sql, condition))
                                .orElse(condition)));
                  }));
      return all;
    }
  }
}
