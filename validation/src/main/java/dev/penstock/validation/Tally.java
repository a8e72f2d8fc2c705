package dev.penstock.validation;

import dev.penstock.validation.RowCounts.Range;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/**
 * A number of rows with the least and the greatest value of some columns, in Spark's order of their
 * types: NaN is the greatest number, nulls are left out. Not shared between threads.
 */
final class Tally implements Serializable {
  private final Object[] least;
  private final Object[] greatest;
  private long rows;

  /**
   * @param columns how many columns' ranges are wanted
   */
  Tally(int columns) {
    least = new Object[columns];
    greatest = new Object[columns];
  }

  /** Whether columns of this type have a range: a row's values of it are ordered in Java too. */
  static boolean canRange(DataType type) {
    return type instanceof AtomicType && !(type instanceof YearMonthIntervalType);
  }

  /**
   * @param row from position {@code first} on it has the ranged columns, each of a type that {@link
   *     #canRange}
   */
  void add(Row row, int first) {
    rows++;
    for (int i = 0; i < least.length; i++) {
      Object value = row.get(first + i);
      include(i, value, value);
    }
  }

  void add(Tally part) {
    rows += part.rows;
    for (int i = 0; i < least.length; i++) {
      include(i, part.least[i], part.greatest[i]);
    }
  }

  int columns() {
    return least.length;
  }

  long rows() {
    return rows;
  }

  /** Empty if no row has a value. */
  Optional<Range> range(int column) {
    return Optional.ofNullable(least[column]).map(value -> new Range(value, greatest[column]));
  }

  private void include(int column, Object low, Object high) {
    if (low == null) {
      return;
    }
    if (least[column] == null || compare(low, least[column]) < 0) {
      least[column] = low;
    }
    if (greatest[column] == null || compare(high, greatest[column]) > 0) {
      greatest[column] = high;
    }
  }

  @SuppressWarnings("unchecked") // both are values of one orderable column
  private static int compare(Object a, Object b) {
    if (a instanceof String text) {
      return compareTexts(text, (String) b);
    }
    if (a instanceof byte[] bytes) {
      return Arrays.compareUnsigned(bytes, (byte[]) b);
    }
    return ((Comparable<Object>) a).compareTo(b);
  }

  /**
   * Spark orders texts by their UTF-8 bytes, that is, by code points. Only surrogates are out of
   * their place in Java's order: they stand for code points above all others.
   */
  private static int compareTexts(String a, String b) {
    int same = 0;
    int shorter = Math.min(a.length(), b.length());
    while (same < shorter && a.charAt(same) == b.charAt(same)) {
      same++;
    }
    if (same < shorter) {
      boolean surrogate = Character.isSurrogate(a.charAt(same));
      if (surrogate != Character.isSurrogate(b.charAt(same))) {
        return surrogate ? 1 : -1;
      }
    }
    return a.compareTo(b);
  }
}
