package dev.penstock.jobs.pipeline;

import dev.penstock.features.Durations;
import dev.penstock.lake.Cadence;
import dev.penstock.training.Candidate;
import dev.penstock.training.LabelKind;
import dev.penstock.training.Metric;
import dev.penstock.training.ModelSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The model: what is predicted, from which features, how it is trained and when it is accepted. */
@Doc("What is predicted, from which features, how it is trained and when it is accepted.")
@NotYet({"search", "rollout", "metrics", "score", "tracking"})
public record Model(
    @Doc("Which rows are predicted, as of when.") Predict predict,
    @Doc("The truth, when it is known.") Label label,
    @Doc(
            "Feature groups, columns of the predicted row, and name: SQL over both. A group's dates"
                + " and timestamps are there for the SQL; the model does not take them.")
        List<ModelFeature> features,
    @Doc("Which time is trained on and which is held out.") Split split,
    @Doc("Learners to compare, each with the parameters to try.") List<Candidate> candidates,
    @Doc("The metric, on the held-out rows, that chooses among the candidates.") Metric chooseBy,
    @Doc("Seed of everything that is drawn.") @Default("42") long seed,
    @Doc("What must hold before a version is promoted; all of it.") @Default("[]")
        List<Accept> accept) {

  /**
   * What training needs to know.
   *
   * @param key columns that tell one predicted row from another
   * @param featureColumns of the training set, in the order of {@link #features}
   */
  public ModelSpec spec(List<String> key, List<String> featureColumns, LabelKind labelKind) {
    return new ModelSpec(
        key,
        featureColumns,
        labelKind,
        split.toSplit(),
        candidates,
        chooseBy,
        seed,
        accept.stream().map(Accept::toAccept).toList());
  }

  /** How long after its as-of time a row's label is final. */
  public Duration maturity() {
    return label.maturesAfter().or(this::farthest).orElseThrow();
  }

  /** How far after its as-of time a row's label looks; empty for the label of a row. */
  Optional<Duration> farthest() {
    return predict.ahead().stream().max(Duration::compareTo).or(label::within);
  }

  /**
   * Which rows are predicted. With {@code as-of} the rows of a table, each once. Without it the
   * keys of a table, as of the last microsecond of each interval of {@code every}, in the version
   * that is known then, and once for each of {@code ahead}.
   */
  @Doc("Which rows are predicted, as of when: rows of a table, or its keys as of intervals' ends.")
  public record Predict(
      @Doc("The table whose rows or keys are predicted; it needs a key.") String each,
      @Doc(
              "Its TIMESTAMP column that says as of when; each row is predicted once. Without it each"
                  + " key is, as of the end of each interval of every, as it is known then.")
          Optional<String> asOf,
      @Doc(
              "Without as-of: the intervals as of whose ends keys are predicted: 15m, 1h, 1d, 1w or"
                  + " month. For a snapshot the default is the pipeline's.")
          Optional<Cadence.Every> every,
      @Doc(
              "Without as-of: a row for each of these times, its seconds in the column ahead. The"
                  + " label's window ends this long after the as-of time.")
          @Default("[]")
          List<Duration> ahead,
      @Doc("Without as-of: only keys for which this SQL predicate over their row is true.")
          Optional<String> where) {

    /** BIGINT, seconds: how far ahead a row with {@link #ahead} looks. */
    public static final String AHEAD = "ahead";
  }

  /**
   * The truth that is learned. Without {@code within} it is {@code value} of the row of {@code
   * from} that has the predicted row's key. With it, it is {@code value} over the events of {@code
   * from} that have the predicted row's values in {@code by} and whose event time lies after the
   * as-of time, and no more than {@code within} after it; with {@code ahead} that time ends, and
   * does not begin, so long after the as-of time. Either way the rows count that are known at the
   * end of the interval that trains or monitors, whatever was known earlier.
   */
  @Doc("The truth: of a row with the predicted row's key, or of the events of a time ahead.")
  public record Label(
      @Doc("The table that holds it.") String from,
      @Doc(
              "With within, columns of both tables: the events with the predicted row's values count."
                  + " A row with a null there has no label.")
          @Default("[]")
          List<String> by,
      @Doc(
              "SQL over its row: a predicate (will it happen?) or a number (how much?). With within,"
                  + " over aggregates of events, as count(*) > 0; over no event a count is 0, others"
                  + " are null.")
          String value,
      @Doc("The events of this time after the as-of time count, its end included; needs by.")
          Optional<Duration> within,
      @Doc(
              "The label of a row for which the table has none; with within, of one without an event"
                  + " for which value is null.")
          @Default("unlabelled")
          IfNone ifNone,
      @Doc(
              "A row's label is final this long after its as-of time. With within: that, or the"
                  + " longest of ahead, is the default and the least.")
          Optional<Duration> maturesAfter) {}

  /** The label of a row for which the label's table has no row. */
  public enum IfNone {
    /** The row is not trained on. */
    UNLABELLED,
    /** The label is false. */
    FALSE
  }

  /**
   * A feature of the model: the name of a group or of a column of the predicted row, or SQL.
   *
   * @param name group, column, or the name of the SQL's value
   * @param sql over the columns of the predicted row and the features of the groups
   * @param by puts the group in a role: its key columns, each with the column of the predicted row
   *     that holds its value; empty: columns of the same names
   */
  @Named(firstKey = "group")
  @Doc(
      "A feature group, a column of the predicted row, or name: SQL over both. {group:, by:} looks"
          + " a group up by other columns.")
  public record ModelFeature(
      String name,
      Optional<String> sql,
      @Doc(
              "Columns of the predicted row by key column of the group: {airport: dest}. Feature"
                  + " columns then begin with the group's name and theirs.")
          @Default("{}")
          Map<String, String> by) {

    /** What the group's feature columns begin with: its name, in a role also where it looks. */
    public String role() {
      return by.isEmpty() ? name : name + "_" + String.join("_", by.values());
    }

    /** The feature columns of the group in its role. */
    StructType inRole(StructType group) {
      StructType renamed = new StructType();
      for (StructField field : group.fields()) {
        String column = role() + field.name().substring(name.length());
        renamed = renamed.add(column, field.dataType());
      }
      return renamed;
    }
  }

  /** How time is split. */
  @Doc("Which time is trained on and which is held out; between them lies the label's maturity.")
  public record Split(
      @Doc("Least and most time to train on: 30d..90d.") Span train,
      @Doc("The newest matured time, to judge on.") Duration holdout) {
    public Split {
      if (holdout.isZero()) {
        throw new IllegalArgumentException("holdout must be longer than 0s");
      }
    }

    /** As training takes it. */
    public dev.penstock.training.Split toSplit() {
      return new dev.penstock.training.Split(train.least(), train.most(), holdout);
    }
  }

  /**
   * A least and a most duration, written {@code 30d..90d}.
   *
   * @param least above zero
   * @param most at least {@code least}
   */
  public record Span(Duration least, Duration most) {
    /** Reads {@code 30d..90d}, or {@code 60d} for both. */
    static Span parse(String text) {
      String[] ends = text.split("\\.\\.", -1);
      if (ends.length > 2) {
        throw new IllegalArgumentException(
            "expected least..most, as 30d..90d, got '%s'".formatted(text));
      }
      Span span =
          new Span(
              Durations.parse(ends[0].strip()), Durations.parse(ends[ends.length - 1].strip()));
      if (span.least.isZero()) {
        throw new IllegalArgumentException(
            "the least must be longer than 0s, got '%s'".formatted(text));
      }
      if (span.most.compareTo(span.least) < 0) {
        throw new IllegalArgumentException(
            "the most must not be below the least, got '%s'".formatted(text));
      }
      return span;
    }

    @Override
    public String toString() {
      return Durations.text(least) + ".." + Durations.text(most);
    }
  }

  /** One condition of acceptance. */
  @Doc("A condition of acceptance: bounds of a metric, or a comparison with the champion.")
  public record Accept(
      @Doc("What is measured, on the held-out rows.") Metric metric,
      @Doc("Smallest value.") OptionalDouble atLeast,
      @Doc("Largest value.") OptionalDouble atMost,
      @Doc("Column of the predicted row: the bounds hold for each of its values.")
          Optional<String> by,
      @Doc("Groups with fewer rows are not judged.") OptionalLong minRows,
      @Doc("champion: compare with the version that scores now, on the same rows.")
          Optional<Against> against,
      @Doc("How much worse than the champion it may be, in the metric's unit.")
          OptionalDouble mayLose,
      @Doc("Confidence of the comparison's one-sided interval, as 95%.")
          OptionalDouble confidence) {

    /** What a version is compared with. */
    public enum Against {
      CHAMPION
    }

    public Accept {
      boolean bounds = atLeast.isPresent() || atMost.isPresent();
      if (bounds == against.isPresent()) {
        throw new IllegalArgumentException(
            "needs either a bound (at-least, at-most) or against: champion");
      }
      if (against.isEmpty() && (mayLose.isPresent() || confidence.isPresent())) {
        throw new IllegalArgumentException("may-lose and confidence need against: champion");
      }
      if (against.isPresent() && by.isPresent()) {
        throw new IllegalArgumentException("by goes with at-least and at-most, not with against");
      }
      if (by.isEmpty() && minRows.isPresent()) {
        throw new IllegalArgumentException("min-rows goes with by");
      }
      if (atMost.orElse(Double.MAX_VALUE) < atLeast.orElse(-Double.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "atMost must not be below at-least, got " + atMost.getAsDouble());
      }
      if (mayLose.orElse(0) < 0) {
        throw new IllegalArgumentException(
            "mayLose must not be negative, got " + mayLose.getAsDouble());
      }
      if (!(confidence.orElse(0.95) > 0.5 && confidence.orElse(0.95) < 1)) {
        throw new IllegalArgumentException(
            "confidence is a share above 50% and below 100%, got " + confidence.getAsDouble());
      }
    }

    /** As training takes it. */
    public dev.penstock.training.Accept toAccept() {
      return against.isPresent()
          ? new dev.penstock.training.Accept.AgainstChampion(
              metric,
              mayLose.orElse(0),
              confidence.orElse(dev.penstock.training.Accept.AgainstChampion.DEFAULT_CONFIDENCE))
          : new dev.penstock.training.Accept.Threshold(
              metric, atLeast, atMost, by, minRows.orElse(0));
    }
  }
}
