package dev.penstock.validation;

import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import java.util.Locale;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * One rule, judged: a row of the ledger table {@code checks}.
 *
 * @param slice the slice that was judged; never blank
 * @param rule the rule's name, e.g. {@code row-count}; never blank
 * @param subject what the rule is about, e.g. a column; empty if the whole slice
 * @param value what was measured; null if nothing could be
 * @param bound what was expected, for people; empty if the rule could not be evaluated
 * @param n how many rows, or values, the value rests on
 * @param low lower end of the value's interval; null without one
 * @param high upper end of the value's interval; null without one
 * @param reason a sentence for people; never blank
 */
public record Check(
    String slice,
    Severity severity,
    String rule,
    String subject,
    Outcome outcome,
    Double value,
    String bound,
    long n,
    Double low,
    Double high,
    String reason) {
  /** {@code severity} and {@code verdict} in lower case; the other columns are the components. */
  public static final StructType SCHEMA =
      new StructType()
          .add("slice", StringType, false)
          .add("severity", StringType, false)
          .add("rule", StringType, false)
          .add("subject", StringType, false)
          .add("value", DoubleType, true)
          .add("bound", StringType, false)
          .add("n", LongType, false)
          .add("low", DoubleType, true)
          .add("high", DoubleType, true)
          .add("verdict", StringType, false)
          .add("reason", StringType, false);

  public Check {
    Require.notBlank("slice", slice);
    Require.notBlank("rule", rule);
    Require.notBlank("reason", reason);
    Require.that(subject != null, "subject", "must not be null", null);
    Require.that(bound != null, "bound", "must not be null", null);
    Require.that(n >= 0, "n", "must not be negative", n);
  }

  /** This check as a row of {@link #SCHEMA}. */
  public Row toRow() {
    return RowFactory.create(
        slice, severity.text(), rule, subject, value, bound, n, low, high, outcome.text(), reason);
  }

  /** The check that a row with (at least) the columns of {@link #SCHEMA} holds. */
  public static Check fromRow(Row row) {
    return new Check(
        row.getAs("slice"),
        Severity.valueOf(row.<String>getAs("severity").toUpperCase(Locale.ROOT)),
        row.getAs("rule"),
        row.getAs("subject"),
        Outcome.valueOf(row.<String>getAs("verdict").toUpperCase(Locale.ROOT)),
        row.getAs("value"),
        row.getAs("bound"),
        row.<Long>getAs("n"),
        row.getAs("low"),
        row.getAs("high"),
        row.getAs("reason"));
  }
}
