package dev.penstock.jobs.pipeline;

import dev.penstock.validation.Gate;
import dev.penstock.validation.Reference;
import dev.penstock.validation.RowRule;
import dev.penstock.validation.SliceRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules that a slice must pass before anything reads it, as the file writes them. */
@Doc("The rules that a slice must pass before anything reads it.")
public record GateSection(
    @Doc("Row rules: a row that breaks one goes to quarantine.") @Default("{}")
        Quarantine quarantine,
    @Doc("Slice rules over the rows left: one broken rule stops the slice.") @Default("{}")
        SliceRules refuse,
    @Doc("Slice rules that are reported and stop nothing.") @Default("{}") SliceRules warn) {

  /** As validation takes it. */
  public Gate toGate() {
    return new Gate(
        quarantine.rules().entrySet().stream()
            .map(rule -> new RowRule(rule.getKey(), rule.getValue()))
            .toList(),
        quarantine.unique(),
        references(quarantine.references()),
        refuse.toRules(),
        warn.toRules());
  }

  /** The tables that the gate looks values up in, by name, each once. */
  public Set<String> referencedTables() {
    return Stream.of(quarantine.references(), refuse.references(), warn.references())
        .flatMap(references -> references.values().stream())
        .map(Target::table)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Reference> references(Map<String, Target> references) {
    return references.entrySet().stream()
        .map(e -> new Reference(e.getKey(), e.getValue().table(), e.getValue().column()))
        .toList();
  }

  /** Rules about single rows. */
  @Doc("Row rules, name: SQL predicate. A row for which it is false is refused; null passes.")
  public record Quarantine(
      @Doc("Columns whose values must not be repeated in a slice: [a, b], or several: [[a], [b]].")
          @Default("[]")
          List<List<String>> unique,
      @Doc("Values that must exist in another table: {carrier: airlines.carrier}; null passes.")
          @Default("{}")
          Map<String, Target> references,
      @OtherKeys @Doc("SQL predicate over the row.") @Default("{}") Map<String, String> rules) {}

  /** Rules about a whole slice. */
  @Doc("Slice rules; name: {sql: AGGREGATE, at-least:, at-most:} is a rule of your own.")
  public record SliceRules(
      @Doc("How many rows a slice may have.") Optional<RowCount> rowCount,
      @Doc("Share of the slice's rows that may be in quarantine.")
          Optional<Quarantined> quarantined,
      @Doc("Share of rows with a value, at least, by column: {tailnum: 95%}.") @Default("{}")
          Map<String, Double> notNull,
      @Doc("Columns whose values must not be repeated in a slice: [a, b], or several: [[a], [b]].")
          @Default("[]")
          List<List<String>> unique,
      @Doc("Values that must exist in another table: {carrier: airlines.carrier}; null passes.")
          @Default("{}")
          Map<String, Target> references,
      @Doc("How recent the newest event must be.") Optional<Fresh> fresh,
      @OtherKeys @Doc("A rule of your own about the slice.") @Default("{}")
          Map<String, Aggregate> aggregates) {

    private List<SliceRule> toRules() {
      List<SliceRule> rules = new ArrayList<>();
      rowCount.ifPresent(
          rule ->
              rules.add(
                  new SliceRule.RowCount(
                      rule.atLeast(), rule.atMost(), rule.withinDeviations(), rule.over())));
      quarantined.ifPresent(rule -> rules.add(new SliceRule.Quarantined(rule.atMost())));
      notNull.forEach((column, share) -> rules.add(new SliceRule.NotNull(column, share)));
      unique.forEach(columns -> rules.add(new SliceRule.Unique(columns)));
      GateSection.references(references)
          .forEach(reference -> rules.add(new SliceRule.References(reference, 1)));
      fresh.ifPresent(rule -> rules.add(new SliceRule.Fresh(rule.within())));
      aggregates.forEach(
          (name, rule) ->
              rules.add(new SliceRule.Aggregate(name, rule.sql(), rule.atLeast(), rule.atMost())));
      return List.copyOf(rules);
    }
  }

  /** Bounds of a slice's row count; at least one of them. */
  @Doc("How many rows a slice may have.")
  public record RowCount(
      @Doc("Fewest rows.") OptionalLong atLeast,
      @Doc("Most rows.") OptionalLong atMost,
      @Doc("Standard deviations around the mean of the slices in `over`.")
          OptionalDouble withinDeviations,
      @Doc("How far back within-deviations looks.") Optional<Duration> over) {

    public RowCount {
      if (atLeast.isEmpty() && atMost.isEmpty() && withinDeviations.isEmpty()) {
        throw new IllegalArgumentException("needs a bound: at-least, at-most or within-deviations");
      }
      if (atLeast.isPresent() && atLeast.getAsLong() < 0) {
        throw new IllegalArgumentException(
            "atLeast must not be negative, got " + atLeast.getAsLong());
      }
      if (atMost.isPresent() && atMost.getAsLong() < atLeast.orElse(0)) {
        throw new IllegalArgumentException(
            "atMost must not be below at-least, got " + atMost.getAsLong());
      }
      if (withinDeviations.isPresent() && withinDeviations.getAsDouble() <= 0) {
        throw new IllegalArgumentException(
            "withinDeviations must be above 0, got " + withinDeviations.getAsDouble());
      }
      if (withinDeviations.isPresent() != over.isPresent()) {
        throw new IllegalArgumentException(
            "within-deviations and over go together, as {within-deviations: 3, over: 28d}");
      }
    }
  }

  /** Bound of the share of rows in quarantine. */
  @Doc("Share of the slice's rows that may be in quarantine.")
  public record Quarantined(@Doc("Largest share, as 30% or 0.3.") double atMost) {
    public Quarantined {
      if (!(atMost >= 0 && atMost <= 1)) {
        throw new IllegalArgumentException("atMost is a share from 0% to 100%, got " + atMost);
      }
    }
  }

  /** Bound of the newest event's age. */
  @Doc("How recent the newest event must be.")
  public record Fresh(
      @Doc("The newest event lies this close before the end of the interval.") Duration within) {}

  /** Bounds of an aggregate over the slice. */
  @Doc("A rule of your own: an aggregate over the slice and its bounds.")
  public record Aggregate(
      @Doc("SQL aggregate over the slice's rows, as avg(amount).") String sql,
      @Doc("Smallest value.") OptionalDouble atLeast,
      @Doc("Largest value.") OptionalDouble atMost) {
    public Aggregate {
      if (atLeast.isEmpty() && atMost.isEmpty()) {
        throw new IllegalArgumentException("needs a bound: at-least or at-most");
      }
      if (atMost.orElse(Double.MAX_VALUE) < atLeast.orElse(-Double.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "atMost must not be below at-least, got " + atMost.getAsDouble());
      }
    }
  }

  /**
   * A column of another table, written {@code table.column}.
   *
   * @param table its name
   * @param column its column
   */
  public record Target(String table, String column) {
    /** Reads {@code table.column}. */
    static Target parse(String text) {
      String[] parts = text.split("\\.", -1);
      if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
        throw new IllegalArgumentException(
            "expected table.column, as airlines.carrier, got '%s'".formatted(text));
      }
      return new Target(parts[0], parts[1]);
    }

    @Override
    public String toString() {
      return table + "." + column;
    }
  }
}
