package dev.penstock.features;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;

/**
 * How the inputs of a window's events become one value. Inputs that are null are left out; without
 * any a count is 0 and everything else null.
 *
 * <p>All are exact, whatever comes late or is corrected, but for {@link #COUNT_DISTINCT} of a
 * window with more than m = 16,384 different inputs, and {@link #TOP_K} and {@link #PERCENTILE} of
 * one with more than m inputs. Those are estimated from a sample, of the m inputs or events with
 * the smallest hashes. It depends on the events in the window and on nothing else, so that an
 * estimate too is the same in any order and partitioning, and whatever came and went before. An
 * event is told apart by its table's key, its time and its input, in a table without key by the
 * times; equal ones are drawn all or none, so that the errors are greater in such a table if many
 * happen at one time.
 */
public enum AggregateFunction {
  /** Number of events, BIGINT; with an input the number of those where it is not null. */
  COUNT("count(*)", Parameter.NONE),
  /**
   * Number of different inputs, BIGINT; NaN equals NaN, and -0.0 equals 0.0. Of more than m (m - 1)
   * / h, where h from 0 to 1 is the m-th smallest hash, and m + 1 at least: relative standard error
   * 1 / sqrt(m - 2), 0.8 %. By Bar-Yossef et al., Counting distinct elements in a data stream,
   * 2002, and Beyer et al., On synopses for distinct-value estimation under multiset operations,
   * 2007.
   */
  COUNT_DISTINCT("count(distinct x)", Parameter.NONE),
  /** Exact sum: BIGINT of integers, DECIMAL of decimals, DOUBLE (rounded once) of others. */
  SUM("sum(x)", Parameter.NONE),
  /** Exact sum divided by the number of inputs, DOUBLE. */
  AVG("avg(x)", Parameter.NONE),
  /** Smallest input, of its type; NaN is greater than every number. */
  MIN("min(x)", Parameter.NONE),
  /** Greatest input, of its type; NaN is greater than every number. */
  MAX("max(x)", Parameter.NONE),
  /** How many of the conditions that are not null are true, DOUBLE from 0 to 1. */
  SHARE("share(condition)", Parameter.NONE),
  /**
   * Standard deviation of a sample, sqrt((n sum(x^2) - sum(x)^2) / (n (n - 1))), DOUBLE; null for a
   * single input, NaN if one is not finite.
   */
  STDDEV("stddev(x)", Parameter.NONE),
  /** Input of the oldest event, of its type. Ties are broken as by {@code latest}. */
  FIRST("first(x)", Parameter.NONE),
  /** Input of the newest event, of its type. Ties are broken as by {@code latest}. */
  LAST("last(x)", Parameter.NONE),
  /** Inputs of the k newest events, newest first, ARRAY of their type; fewer if there are fewer. */
  LAST_K("last_k(x, 3)", Parameter.NUMBER),
  /**
   * The k most frequent inputs, most frequent first, smaller ones first among equally frequent,
   * ARRAY of their type; fewer if there are fewer. Of a sample those that are most frequent in it:
   * a share p of the inputs is p there too, with the standard error sqrt(p (1 - p) / m), at most
   * 0.4 %.
   */
  TOP_K("top_k(x, 3)", Parameter.NUMBER),
  /**
   * The quantile p, DOUBLE: of n sorted inputs the one at position p (n - 1) from 0, interpolated
   * between its neighbours, as Spark's {@code percentile}. {@code median(x)} is that of 0.5. Of a
   * sample that of the sample: the share of all inputs below it has the standard error sqrt(p (1 -
   * p) / m), 0.4 % at the median.
   */
  PERCENTILE("percentile(x, 0.9)", Parameter.SHARE),
  /**
   * Exponentially decayed sum, DOUBLE: an input counts half after the half-life, a quarter after
   * two; its age is the time from the event to the end of the window.
   */
  DECAYED_SUM("decayed_sum(x, 7d)", Parameter.HALF_LIFE);

  /** What a function takes beside its input. */
  private enum Parameter {
    NONE,
    NUMBER,
    SHARE,
    HALF_LIFE
  }

  private static final int MOST_VALUES = 1_000;

  private final String example;
  private final Parameter parameter;

  AggregateFunction(String example, Parameter parameter) {
    this.example = example;
    this.parameter = parameter;
  }

  /** As a pipeline file writes its name. */
  String text() {
    return this == COUNT_DISTINCT ? "count" : name().toLowerCase(Locale.ROOT);
  }

  static Optional<AggregateFunction> named(String text) {
    return Arrays.stream(values())
        .filter(function -> function != COUNT_DISTINCT && function.text().equals(text))
        .findFirst();
  }

  /** How each is written. */
  static List<String> examples() {
    return Arrays.stream(values()).map(AggregateFunction::example).toList();
  }

  String example() {
    return example;
  }

  boolean takesParameter() {
    return parameter != Parameter.NONE;
  }

  String parameterMeans() {
    return switch (parameter) {
      case NONE -> "nothing";
      case NUMBER -> "how many values";
      case SHARE -> "a share from 0 to 1";
      case HALF_LIFE -> "a half-life";
    };
  }

  /**
   * @throws IllegalArgumentException with a sentence if it is not what the function takes
   */
  void checkParameter(Optional<String> text) {
    if (text.isPresent() != takesParameter()) {
      throw new IllegalArgumentException(
          "%s takes %s beside its input, got %s"
              .formatted(text(), parameterMeans(), text.orElse("nothing")));
    }
    switch (parameter) {
      case NONE -> {}
      case NUMBER -> number(text.orElseThrow());
      case SHARE -> share(text.orElseThrow());
      case HALF_LIFE -> halfLife(text.orElseThrow());
    }
  }

  /** How many values; from 1 on. */
  static int number(String text) {
    if (!text.matches("[1-9]\\d{0,3}") || Integer.parseInt(text) > MOST_VALUES) {
      throw new IllegalArgumentException(
          "expected a whole number of values from 1 to %d, got '%s'".formatted(MOST_VALUES, text));
    }
    return Integer.parseInt(text);
  }

  static double share(String text) {
    if (!text.matches("0|1|0?\\.\\d+|[01]\\.0*")) {
      throw new IllegalArgumentException(
          "expected a share from 0 to 1, as 0.9, got '%s'".formatted(text));
    }
    return Double.parseDouble(text);
  }

  /** In microseconds; positive. */
  static long halfLife(String text) {
    Duration halfLife = Durations.parse(text);
    if (halfLife.isZero()) {
      throw new IllegalArgumentException("a half-life must be longer than 0s");
    }
    return Event.micros(halfLife);
  }

  /** Whether it depends on which row of the source an event is of. */
  boolean needsKey() {
    return switch (this) {
      case FIRST, LAST, LAST_K -> true; // of events of one time the greater key is the newer
      case TOP_K, PERCENTILE -> true; // a sample is drawn by key and time
      default -> false;
    };
  }

  /** Whether prefix sums or a monotonic queue give it, and not an {@link Accumulator}. */
  boolean isOfARing() {
    return switch (this) {
      case COUNT, SUM, AVG, MIN, MAX, SHARE -> true;
      default -> false;
    };
  }

  /** The type of the result for inputs of {@code input}; empty if it can't take them. */
  public Optional<DataType> result(DataType input) {
    boolean number = input instanceof NumericType;
    return switch (this) {
      case COUNT -> Optional.of(DataTypes.LongType);
      case COUNT_DISTINCT -> Optional.of(DataTypes.LongType).filter(type -> isOrdered(input));
      case SHARE ->
          Optional.<DataType>of(DataTypes.DoubleType)
              .filter(type -> input.equals(DataTypes.BooleanType));
      case AVG, STDDEV, PERCENTILE, DECAYED_SUM ->
          Optional.<DataType>of(DataTypes.DoubleType).filter(type -> number);
      case SUM -> Optional.of(input).filter(type -> number).map(AggregateFunction::sumType);
      case MIN, MAX -> Optional.of(input).filter(AggregateFunction::isOrdered);
      case FIRST, LAST -> Optional.of(input);
      case LAST_K -> Optional.of(new ArrayType(input, false));
      case TOP_K ->
          Optional.of(input)
              .filter(AggregateFunction::isOrdered)
              .map(type -> new ArrayType(type, false));
    };
  }

  private static DataType sumType(DataType input) {
    if (input instanceof DecimalType decimal) {
      return new DecimalType(
          Math.min(DecimalType.MAX_PRECISION(), decimal.precision() + 10), decimal.scale());
    }
    return input.equals(DataTypes.DoubleType) || input.equals(DataTypes.FloatType)
        ? DataTypes.DoubleType
        : DataTypes.LongType;
  }

  private static boolean isOrdered(DataType type) {
    return type instanceof NumericType
        || type instanceof StringType
        || Set.of(
                DataTypes.BooleanType,
                DataTypes.DateType,
                DataTypes.TimestampType,
                DataTypes.TimestampNTZType)
            .contains(type);
  }
}
