package dev.penstock.validation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What must hold for a slice as a whole. Every rule but {@link Quarantined} is about the rows left,
 * those that broke no row rule.
 */
public sealed interface SliceRule {
  /** The rule's word in the pipeline file, as in {@code checks.rule}. */
  String name();

  /** What the rule is about, a column for most; empty for the whole slice. */
  default String subject() {
    return "";
  }

  /**
   * How many rows are left. An empty slice has 0.
   *
   * @param withinDeviations how many standard deviations the count may lie from the mean of the
   *     earlier slices; above 0. With fewer than three earlier slices it always holds
   * @param over how far the earlier slices reach back from the slice's end; set exactly when {@code
   *     withinDeviations} is
   */
  record RowCount(
      OptionalLong atLeast,
      OptionalLong atMost,
      OptionalDouble withinDeviations,
      Optional<Duration> over)
      implements SliceRule {
    public RowCount {
      Require.notNegative("atLeast", atLeast);
      Require.notNegative("atMost", atMost);
      Require.that(
          atLeast.isEmpty() || atMost.isEmpty() || atLeast.getAsLong() <= atMost.getAsLong(),
          "atMost",
          "must not be below atLeast " + atLeast.orElse(0),
          atMost.orElse(0));
      Require.that(
          withinDeviations.orElse(1) > 0,
          "withinDeviations",
          "must be above 0",
          withinDeviations.orElse(0));
      Require.that(
          over.isPresent() == withinDeviations.isPresent(),
          "over",
          "must be set exactly when withinDeviations is",
          over.map(Numbers::text).orElse("nothing"));
      Require.that(
          over.map(reach -> reach.compareTo(Duration.ZERO) > 0).orElse(true),
          "over",
          "must be above 0",
          over.map(Numbers::text).orElse(""));
      Require.that(
          atLeast.isPresent() || atMost.isPresent() || withinDeviations.isPresent(),
          "atLeast",
          "or atMost or withinDeviations must be set",
          "nothing");
    }

    @Override
    public String name() {
      return "row-count";
    }
  }

  /**
   * The share of quarantined rows among all rows of the slice.
   *
   * @param atMost a share, 0 to 1
   */
  record Quarantined(double atMost) implements SliceRule {
    public Quarantined {
      Require.share("atMost", atMost);
    }

    @Override
    public String name() {
      return "quarantined";
    }
  }

  /**
   * The share of rows whose {@code column} is not null.
   *
   * @param atLeast a share, 0 to 1
   */
  record NotNull(String column, double atLeast) implements SliceRule {
    public NotNull {
      Require.notBlank("column", column);
      Require.share("atLeast", atLeast);
    }

    @Override
    public String name() {
      return "not-null";
    }

    @Override
    public String subject() {
      return column;
    }
  }

  /**
   * No two rows of the slice agree in all these columns; a row with a null in one of them agrees
   * with none.
   *
   * @param columns never empty, no name twice
   */
  record Unique(List<String> columns) implements SliceRule {
    public Unique {
      Require.that(!columns.isEmpty(), "columns", "must not be empty", columns);
      Require.that(
          columns.stream().distinct().count() == columns.size(),
          "columns",
          "must not name a column twice",
          columns);
      columns = List.copyOf(columns);
    }

    @Override
    public String name() {
      return "unique";
    }

    @Override
    public String subject() {
      return String.join(", ", columns);
    }
  }

  /**
   * The share of the rows with a value whose value exists in the referenced table.
   *
   * @param atLeast a share, 0 to 1
   */
  record References(Reference reference, double atLeast) implements SliceRule {
    public References {
      Require.share("atLeast", atLeast);
    }

    @Override
    public String name() {
      return "references";
    }

    @Override
    public String subject() {
      return reference.column();
    }
  }

  /**
   * The newest event time lies less than {@code within} before the slice's end, or after it. A
   * slice without a row is not fresh.
   *
   * @param within above 0
   */
  record Fresh(Duration within) implements SliceRule {
    public Fresh {
      Require.that(
          within.compareTo(Duration.ZERO) > 0, "within", "must be above 0", Numbers.text(within));
    }

    @Override
    public String name() {
      return "fresh";
    }
  }

  /**
   * A number that the user names and computes. Null, the result over no row for most, is out of any
   * bound.
   *
   * @param sql an aggregate over the slice's rows with a number or a boolean as its result
   */
  record Aggregate(String name, String sql, OptionalDouble atLeast, OptionalDouble atMost)
      implements SliceRule {
    public Aggregate {
      Require.notBlank("name", name);
      Require.notBlank("sql", sql);
      Require.inOrder(atLeast, atMost);
      Require.that(
          atLeast.isPresent() || atMost.isPresent(), "atLeast", "or atMost must be set", "nothing");
    }
  }
}
