package dev.penstock.validation;

import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * Mergeable sketches of one column over one slice: a row of the ledger table {@code profiles}.
 * Drift compares profiles, never rows. Immutable.
 *
 * <p>Numbers, booleans (0 and 1), timestamps and dates (seconds since 1970) have moments and
 * quantiles: exact with up to 2048 different numbers, and beyond told apart by their leading bits.
 * Texts have their most frequent values: all with up to 768 different ones, and beyond those that
 * make up more than 0.5 % of the rows. Equal rows have equal profiles, in whatever order.
 */
public final class Profile implements Serializable {
  /** What the column's values are compared by. */
  public enum Kind {
    NUMBER,
    TEXT;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * {@code stddev} is the population's; {@code exact_sum} and {@code exact_squares} are integers in
   * two's complement, in units of 2^-1074 and 2^-2148; {@code histogram} is {@link Histogram}'s
   * format, {@code hll} and {@code frequent_values} are DataSketches' own.
   */
  public static final StructType SCHEMA =
      new StructType()
          .add("slice", StringType, false)
          .add("column_name", StringType, false)
          .add("kind", StringType, false)
          .add("count", LongType, false)
          .add("nulls", LongType, false)
          .add("mean", DoubleType, true)
          .add("stddev", DoubleType, true)
          .add("min", DoubleType, true)
          .add("max", DoubleType, true)
          .add("exact_sum", BinaryType, true)
          .add("exact_squares", BinaryType, true)
          .add("distinct_values", DoubleType, false)
          .add("histogram", BinaryType, true)
          .add("hll", BinaryType, false)
          .add("frequent_values", BinaryType, true);

  /** Of more than 768 different texts one is kept that occurs more than once in as many rows. */
  private static final int FREQUENT_IN_ROWS = 200;

  private final String slice;
  private final String column;
  private final Kind kind;
  private final long nulls;
  private final Moments moments;
  private final double distinct;
  private final byte[] histogram;
  private final byte[] hll;
  private final byte[] frequent;

  Profile(
      String slice,
      String column,
      Kind kind,
      long nulls,
      Moments moments,
      double distinct,
      byte[] histogram,
      byte[] hll,
      byte[] frequent) {
    this.slice = slice;
    this.column = column;
    this.kind = kind;
    this.nulls = nulls;
    this.moments = moments;
    this.distinct = distinct;
    this.histogram = histogram;
    this.hll = hll;
    this.frequent = frequent;
  }

  /**
   * The profile of all rows that the given profiles were taken of.
   *
   * @param slice the name of the whole
   * @param parts of the same column and kind; never empty. Equal results need an equal order
   */
  public static Profile merge(String slice, List<Profile> parts) {
    Sketches whole = new Sketches(parts.get(0).kind);
    for (Profile part : parts) {
      if (part.kind != whole.kind() || !part.column.equals(parts.get(0).column)) {
        throw new IllegalArgumentException(
            "Cannot merge profiles: %s (%s) is not %s (%s)"
                .formatted(
                    part.column, part.kind.text(), parts.get(0).column, whole.kind().text()));
      }
      whole.add(part);
    }
    return whole.profile(slice, parts.get(0).column);
  }

  /** The profile that a row with (at least) the columns of {@link #SCHEMA} holds. */
  public static Profile fromRow(Row row) {
    long nulls = row.<Long>getAs("nulls");
    long values = row.<Long>getAs("count") - nulls;
    byte[] sum = row.getAs("exact_sum");
    Moments moments =
        sum == null
            ? Moments.counting(values)
            : new Moments(
                values,
                new BigInteger(sum),
                new BigInteger(row.<byte[]>getAs("exact_squares")),
                row.<Double>getAs("min"),
                row.<Double>getAs("max"));
    return new Profile(
        row.getAs("slice"),
        row.getAs("column_name"),
        Kind.valueOf(row.<String>getAs("kind").toUpperCase(Locale.ROOT)),
        nulls,
        moments,
        row.<Double>getAs("distinct_values"),
        row.getAs("histogram"),
        row.getAs("hll"),
        row.getAs("frequent_values"));
  }

  /** This profile as a row of {@link #SCHEMA}. */
  public Row toRow() {
    boolean measured = kind == Kind.NUMBER && moments.n() > 0;
    return RowFactory.create(
        slice,
        column,
        kind.text(),
        count(),
        nulls,
        measured ? moments.mean() : null,
        measured ? moments.stddev() : null,
        measured ? moments.min() : null,
        measured ? moments.max() : null,
        measured ? moments.sum().toByteArray() : null,
        measured ? moments.squares().toByteArray() : null,
        distinct,
        histogram,
        hll,
        frequent);
  }

  public String slice() {
    return slice;
  }

  public String column() {
    return column;
  }

  public Kind kind() {
    return kind;
  }

  /** All rows, those without a value too. */
  public long count() {
    return moments.n() + nulls;
  }

  /** Rows without a value: null, or a number that is not finite. */
  public long nulls() {
    return nulls;
  }

  /** Empty for a text and for a column without a value, as are the following four. */
  public OptionalDouble mean() {
    return number(moments.mean());
  }

  /** Of the population. */
  public OptionalDouble stddev() {
    return number(moments.stddev());
  }

  public OptionalDouble min() {
    return number(moments.min());
  }

  public OptionalDouble max() {
    return number(moments.max());
  }

  /**
   * The value that this share of the values lies below.
   *
   * @param rank 0 to 1
   */
  public OptionalDouble quantile(double rank) {
    if (kind == Kind.TEXT || moments.n() == 0) {
      return OptionalDouble.empty();
    }
    Histogram counts = histogram();
    double value = counts.value(counts.quantiles(rank)[0]);
    return OptionalDouble.of(Math.min(Math.max(value, moments.min()), moments.max()));
  }

  /** How many different values there are, estimated within 2 %. */
  public double distinctValues() {
    return distinct;
  }

  /**
   * The most frequent texts with their counts, the most frequent first, ties by text; texts are cut
   * after 256 characters. Merged profiles have lower bounds of the counts. Empty for numbers.
   */
  public Map<String, Long> frequentValues() {
    return Sketches.frequentValues(frequent);
  }

  /** Whether {@link #frequentValues} are all values, with exact counts. */
  boolean knowsAllValues() {
    return frequentValues().values().stream().mapToLong(Long::longValue).sum() == moments.n();
  }

  /** All texts that may make up more than the share of the rows that {@link #counted} keeps. */
  Set<String> mayBeFrequent() {
    return Sketches.mayExceed(moments.n() / FREQUENT_IN_ROWS, frequent);
  }

  /**
   * This profile with these frequent values only.
   *
   * @param counts of all texts that {@link #mayBeFrequent}, exact
   */
  Profile counted(Map<String, Long> counts) {
    Map<String, Long> kept = new HashMap<>(counts);
    kept.values().removeIf(count -> count <= moments.n() / FREQUENT_IN_ROWS);
    byte[] bytes = Sketches.frequentBytes(kept);
    return new Profile(slice, column, kind, nulls, moments, distinct, histogram, hll, bytes);
  }

  Moments moments() {
    return moments;
  }

  /** Of a number. */
  Histogram histogram() {
    return Histogram.of(histogram);
  }

  byte[] hll() {
    return hll;
  }

  byte[] frequent() {
    return frequent;
  }

  private OptionalDouble number(double value) {
    return kind == Kind.NUMBER && moments.n() > 0
        ? OptionalDouble.of(value)
        : OptionalDouble.empty();
  }

  @Override
  public String toString() {
    return "Profile[%s.%s, %s, count=%d, nulls=%d]"
        .formatted(slice, column, kind.text(), count(), nulls);
  }
}
