package dev.penstock.features;

import static org.apache.spark.sql.functions.date_from_unix_date;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_date;
import static org.apache.spark.sql.functions.unix_micros;

import java.util.Arrays;
import java.util.Comparator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampType;

/**
 * How a value of a type travels through the walk: timestamps as microseconds and dates as days, so
 * that no calendar and no time zone touches them; everything else as Spark gives it.
 */
final class Wire {
  private Wire() {}

  static DataType type(DataType type) {
    if (type instanceof TimestampType) {
      return DataTypes.LongType;
    }
    return type instanceof DateType ? DataTypes.IntegerType : type;
  }

  static Column to(Column column, DataType type) {
    if (type instanceof TimestampType) {
      return unix_micros(column);
    }
    return type instanceof DateType ? unix_date(column) : column;
  }

  static Column from(Column column, DataType type) {
    if (type instanceof TimestampType) {
      return timestamp_micros(column);
    }
    return type instanceof DateType ? date_from_unix_date(column) : column;
  }

  /**
   * The order of Spark's ORDER BY, nulls first, for values on the wire: strings by their code
   * points, NaN after all numbers (but -0.0 before 0.0); a type that has no order goes by its text.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  static Comparator<Object> order(DataType type) {
    Comparator<Object> order;
    if (type instanceof StringType) {
      order = (a, b) -> compareCodePoints((String) a, (String) b);
    } else if (type instanceof BinaryType) {
      order = (a, b) -> Arrays.compareUnsigned((byte[]) a, (byte[]) b);
    } else {
      order =
          (a, b) ->
              a instanceof Comparable left
                  ? left.compareTo(b)
                  : String.valueOf(a).compareTo(String.valueOf(b));
    }
    return Comparator.nullsFirst(order);
  }

  private static int compareCodePoints(String left, String right) {
    int length = Math.min(left.length(), right.length());
    for (int i = 0; i < length; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        // A surrogate stands for a code point above all that are one char.
        boolean aIsPart = Character.isSurrogate(a);
        boolean bIsPart = Character.isSurrogate(b);
        return aIsPart == bIsPart ? Character.compare(a, b) : aIsPart ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }
}
