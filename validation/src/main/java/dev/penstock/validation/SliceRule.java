package dev.penstock.validation;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.unix_micros;

import com.amazon.deequ.analyzers.Analyzer;
import com.amazon.deequ.analyzers.Completeness;
import com.amazon.deequ.analyzers.Compliance;
import com.amazon.deequ.analyzers.Size;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Option;
import scala.collection.immutable.List$;

/**
 * What must hold for a slice as a whole. Every rule but {@link Quarantined} is about the rows left,
 * those that broke no row rule. A rule is measured in exactly one of three ways, from the counts,
 * by a Deequ analyzer or by an SQL aggregate, and then assessed; a new rule is one more record
 * here.
 */
public sealed interface SliceRule {
  /** The rule's word in the pipeline file, as in {@code checks.rule}. */
  String name();

  /** What the rule is about, a column for most; empty for the whole slice. */
  default String subject() {
    return "";
  }

  /** Why the rule cannot be evaluated on these inputs, if it cannot; runs no job. */
  Optional<String> problem(Inputs inputs);

  /** How the measured value compares with the bound. */
  Finding assess(Measured measured, SliceFacts facts);

  /** The measure, if the counts of the slice hold it. */
  default Optional<Measured> fromCounts(Counts counts) {
    return Optional.empty();
  }

  /** Adds what the measure needs to the rows left, under the name {@code column}. */
  default Dataset<Row> prepare(Dataset<Row> left, String column, Inputs inputs) {
    return left;
  }

  /** The measure, if Deequ takes it; {@code where} chooses the slice. */
  default Optional<Analyzer<?, ?>> analyzer(String column, String where) {
    return Optional.empty();
  }

  /**
   * The measure, if SQL takes it: an aggregate of type {@code struct<value: double, n: bigint>}.
   */
  default Optional<Column> aggregate(String column, Inputs inputs) {
    return Optional.empty();
  }

  private static Column measured(Column value, Column n) {
    return struct(value.cast("double").as("value"), n.as("n"));
  }

  private static String bounds(Optional<String> atLeast, Optional<String> atMost) {
    List<String> parts = new ArrayList<>();
    atLeast.ifPresent(bound -> parts.add("at least " + bound));
    atMost.ifPresent(bound -> parts.add("at most " + bound));
    return String.join(" and ", parts);
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

    @Override
    public Optional<String> problem(Inputs inputs) {
      return Optional.empty();
    }

    /** Deequ fails the size of nothing. */
    @Override
    public Optional<Measured> fromCounts(Counts counts) {
      return counts.left() == 0 ? Optional.of(Measured.of(0, 0)) : Optional.empty();
    }

    @Override
    public Optional<Analyzer<?, ?>> analyzer(String column, String where) {
      return Optional.of(new Size(Option.apply(where)));
    }

    @Override
    public Finding assess(Measured measured, SliceFacts facts) {
      double rows = measured.value().orElse(0.0);
      Optional<Deviations> deviations =
          over.map(
              reach -> new Deviations(withinDeviations.getAsDouble(), reach, facts.history(reach)));
      boolean holds =
          rows >= atLeast.orElse(0)
              && rows <= atMost.orElse(Long.MAX_VALUE)
              && deviations.map(range -> range.allow(rows)).orElse(true);
      List<String> parts = new ArrayList<>();
      if (atLeast.isPresent() || atMost.isPresent()) {
        parts.add(bounds(text(atLeast), text(atMost)));
      }
      deviations.ifPresent(range -> parts.add(range.bound()));
      Finding finding =
          Finding.of(holds, "row-count " + Numbers.text(rows), String.join(" and ", parts));
      return new Finding(
          finding.outcome(),
          finding.bound(),
          finding.reason() + deviations.map(Deviations::remark).orElse(""));
    }

    private static Optional<String> text(OptionalLong bound) {
      return bound.isPresent() ? Optional.of(Long.toString(bound.getAsLong())) : Optional.empty();
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

    @Override
    public Optional<String> problem(Inputs inputs) {
      return Optional.empty();
    }

    @Override
    public Optional<Measured> fromCounts(Counts counts) {
      return Optional.of(
          counts.all() == 0
              ? Measured.NOTHING
              : Measured.of((double) (counts.all() - counts.left()) / counts.all(), counts.all()));
    }

    @Override
    public Finding assess(Measured measured, SliceFacts facts) {
      String bound = "at most " + Numbers.percent(atMost);
      return measured
          .value()
          .map(
              share ->
                  Finding.of(
                      share <= atMost,
                      "quarantined %s of %d rows".formatted(Numbers.percent(share), measured.n()),
                      bound))
          .orElseGet(() -> Finding.nothingToJudge("quarantined none of 0 rows", bound));
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

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfColumn(column);
    }

    @Override
    public Dataset<Row> prepare(Dataset<Row> left, String prepared, Inputs inputs) {
      return left.withColumn(prepared, Inputs.quoted(column));
    }

    @Override
    public Optional<Analyzer<?, ?>> analyzer(String prepared, String where) {
      return Optional.of(new Completeness(prepared, Option.apply(where), Option.empty()));
    }

    @Override
    public Finding assess(Measured measured, SliceFacts facts) {
      String bound = "at least " + Numbers.percent(atLeast);
      return measured
          .value()
          .map(
              share ->
                  Finding.of(
                      share >= atLeast,
                      "%s %s of %d rows".formatted(title(), Numbers.percent(share), measured.n()),
                      bound))
          .orElseGet(() -> Finding.nothingToJudge(title() + " of 0 rows", bound));
    }

    private String title() {
      return "not-null(" + column + ")";
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

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfGrouping(columns);
    }

    @Override
    public Dataset<Row> prepare(Dataset<Row> left, String prepared, Inputs inputs) {
      return left.withColumn(prepared, not(Duplicates.isOne(left, columns, lit(true))));
    }

    @Override
    public Optional<Analyzer<?, ?>> analyzer(String prepared, String where) {
      return Optional.of(
          new Compliance(
              prepared, prepared, Option.apply(where), List$.MODULE$.empty(), Option.empty()));
    }

    @Override
    public Finding assess(Measured measured, SliceFacts facts) {
      String bound = "100%";
      String title = "unique(" + subject() + ")";
      return measured
          .value()
          .map(
              share ->
                  Finding.of(
                      share == 1,
                      "%s %s of %d rows".formatted(title, Numbers.percent(share), measured.n()),
                      bound))
          .orElseGet(() -> Finding.nothingToJudge(title + " of 0 rows", bound));
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

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfReference(reference);
    }

    @Override
    public Dataset<Row> prepare(Dataset<Row> left, String prepared, Inputs inputs) {
      return KnownValues.of(reference, inputs.referenced()).addTo(left, prepared);
    }

    @Override
    public Optional<Column> aggregate(String prepared, Inputs inputs) {
      Column known = col(prepared);
      return Optional.of(measured(avg(known.cast("double")), count(known)));
    }

    @Override
    public Finding assess(Measured measured, SliceFacts facts) {
      String bound =
          "at least %s known in %s".formatted(Numbers.percent(atLeast), reference.target());
      return measured
          .value()
          .map(
              share ->
                  Finding.of(
                      share >= atLeast,
                      "%s %s of %d values"
                          .formatted(reference.ruleName(), Numbers.percent(share), measured.n()),
                      bound))
          .orElseGet(() -> Finding.nothingToJudge(reference.ruleName() + " of 0 values", bound));
    }
  }

  /**
   * The newest event time lies less than {@code within} before the slice's end, or after it. A
   * slice without a row is not fresh.
   *
   * @param within above 0
   */
  record Fresh(Duration within) implements SliceRule {
    private static final double MICROS_PER_HOUR = 3.6e9;

    public Fresh {
      Require.that(
          within.compareTo(Duration.ZERO) > 0, "within", "must be above 0", Numbers.text(within));
    }

    @Override
    public String name() {
      return "fresh";
    }

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfEventTime();
    }

    @Override
    public Optional<Column> aggregate(String prepared, Inputs inputs) {
      Column eventTime = Inputs.quoted(inputs.eventTime().orElseThrow());
      Column age = unix_micros(max(col(Gate.SLICE_END))).minus(unix_micros(max(eventTime)));
      return Optional.of(measured(age.divide(MICROS_PER_HOUR), count(eventTime)));
    }

    @Override
    public Finding assess(Measured measured, SliceFacts facts) {
      String bound = "within " + Numbers.text(within);
      double hours = within.toNanos() / 1000 / MICROS_PER_HOUR;
      return measured
          .value()
          .map(
              age ->
                  Finding.of(
                      age <= hours,
                      "newest event %sh before the end of the slice"
                          .formatted(Numbers.text(Math.rint(age * 100) / 100)),
                      bound))
          .orElseGet(() -> Finding.of(false, "no event", bound));
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

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfAggregate(sql);
    }

    @Override
    public Optional<Column> aggregate(String prepared, Inputs inputs) {
      return Optional.of(measured(expr(sql), count(lit(1))));
    }

    @Override
    public Finding assess(Measured measured, SliceFacts facts) {
      boolean holds =
          measured
              .value()
              .map(
                  value ->
                      value >= atLeast.orElse(Double.NEGATIVE_INFINITY)
                          && value <= atMost.orElse(Double.POSITIVE_INFINITY))
              .orElse(false);
      return Finding.of(
          holds,
          name + " " + measured.value().map(Numbers::text).orElse("null"),
          bounds(text(atLeast), text(atMost)));
    }

    private static Optional<String> text(OptionalDouble bound) {
      return bound.isPresent() ? Optional.of(Numbers.text(bound.getAsDouble())) : Optional.empty();
    }
  }
}
