package dev.penstock.jobs.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A table that SQL derives from other tables, as they were known at the end of the interval. */
@Doc("A table that SQL derives from other tables, as known at the end of the interval.")
@NotYet({"retain", "personal-data", "on-schema-change"})
public record DerivedTable(
    @Doc("One SELECT over the tables under reads.") String sql,
    @Doc("The tables that the SQL reads, each with how far back: {transactions: 45d}.")
        Map<String, Duration> reads,
    @Doc("Columns of the result that name a thing; never null.") List<String> key,
    @Doc("The TIMESTAMP column of the result that says when it happened.")
        Optional<String> eventTime,
    @Doc("A row is known this long after its event. Without it: when its interval has ended.")
        Optional<Duration> knownAfter,
    @Doc("The TIMESTAMP column of the result that says since when a row is known.")
        Optional<String> knownTime,
    @Doc("The rules that a slice must pass before anything reads it.") @Default("{}")
        GateSection gate)
    implements Table {

  @Override
  public Set<String> dependsOn() {
    Set<String> names = new TreeSet<>(Table.super.dependsOn());
    names.addAll(reads.keySet());
    return names;
  }
}
