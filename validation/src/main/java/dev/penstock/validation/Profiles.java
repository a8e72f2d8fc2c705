package dev.penstock.validation;

import dev.penstock.validation.Profile.Kind;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** Takes the profiles of a frame. */
public final class Profiles {
  private static final double MICROS_PER_SECOND = 1e6;
  private static final long SECONDS_PER_DAY = 86_400;

  private Profiles() {}

  /** Whether columns of this type have a profile; arrays, maps, structs and binaries have none. */
  public static boolean canProfile(DataType type) {
    return type instanceof StringType || isNumber(type);
  }

  /**
   * The profiles of columns over groups of rows, in one Spark job if {@code rows} needs no shuffle:
   * each partition is read once and sketched, the sketches (at most some 10 KB each) are shuffled
   * by group and column and merged. One merged profile per group and column comes to the driver.
   * Frequent texts among more than 768 different ones take a second job. Equal rows have equal
   * profiles, whatever their order and partitions.
   *
   * @param columns each of a type that {@link #canProfile}
   * @param groupColumn never null in any row; its text becomes the profiles' slice
   * @return ordered by group, then as {@code columns} are; nothing for a group without a row
   * @throws IllegalArgumentException for a column of another type
   */
  public static List<Profile> of(Dataset<Row> rows, List<String> columns, String groupColumn) {
    Column noneBroken = functions.array().cast("array<string>");
    return ScanRows.of(rows, Inputs.quoted(groupColumn), noneBroken, List.of(), columns).profiles();
  }

  static Kind kind(Dataset<Row> rows, String name) {
    DataType type = typeOf(rows, name);
    if (!canProfile(type)) {
      throw new IllegalArgumentException(
          "Cannot profile column %s: it is %s".formatted(name, type.sql()));
    }
    return type instanceof StringType ? Kind.TEXT : Kind.NUMBER;
  }

  private static boolean isNumber(DataType type) {
    return type instanceof NumericType
        || type instanceof BooleanType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType
        || type instanceof DateType;
  }

  /** The column as what its profile is taken of: a text or a double. */
  static Column comparable(Dataset<Row> rows, String name) {
    DataType type = typeOf(rows, name);
    Column column = Inputs.quoted(name);
    if (type instanceof StringType) {
      return column;
    }
    if (type instanceof TimestampType || type instanceof TimestampNTZType) {
      return functions.unix_micros(column.cast("timestamp")).divide(MICROS_PER_SECOND);
    }
    if (type instanceof DateType) {
      return functions.unix_date(column).cast("double").multiply(SECONDS_PER_DAY);
    }
    return column.cast("double");
  }

  private static DataType typeOf(Dataset<Row> rows, String name) {
    return Arrays.stream(rows.schema().fields())
        .filter(field -> field.name().equals(name))
        .map(field -> field.dataType())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Cannot profile column %s: there is only %s"
                        .formatted(name, String.join(", ", rows.columns()))));
  }
}
