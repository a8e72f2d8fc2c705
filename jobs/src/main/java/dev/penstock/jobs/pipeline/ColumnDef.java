package dev.penstock.jobs.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/**
 * A declared column.
 *
 * @param name snake_case
 * @param type a scalar type
 * @param comment what the column means; from {@code COMMENT 'text'}
 */
public record ColumnDef(String name, DataType type, @NotHashed Optional<String> comment) {

  /** The types that a column may have. */
  static final String TYPES =
      "STRING, BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p, s), DATE,"
          + " TIMESTAMP";

  /** Reads {@code name TYPE, name TYPE COMMENT 'text', ...}. */
  static List<ColumnDef> parseAll(String text) {
    StructType struct;
    try {
      struct = new CatalystSqlParser().parseTableSchema(text);
    } catch (Exception e) { // Scala's checked exceptions are not declared
      throw new IllegalArgumentException(
          "expected name TYPE, name TYPE, ...: " + Sql.firstSentence(e));
    }
    return Arrays.stream(struct.fields()).map(ColumnDef::of).toList();
  }

  private static ColumnDef of(StructField field) {
    if (!isAvailable(field.dataType())) {
      throw new IllegalArgumentException(
          "%s %s: this type is not available yet; available: %s"
              .formatted(field.name(), field.dataType().sql(), TYPES));
    }
    if (!field.nullable()) {
      throw new IllegalArgumentException(
          "%s: NOT NULL is a rule, not a type; write it under gate, as quarantine: {%s:"
                  .formatted(field.name(), field.name() + "_given")
              + " %s IS NOT NULL}".formatted(field.name()));
    }
    Option<String> comment = field.getComment();
    return new ColumnDef(
        field.name(),
        field.dataType(),
        comment.isDefined() ? Optional.of(comment.get()) : Optional.empty());
  }

  private static boolean isAvailable(DataType type) {
    return type instanceof DecimalType
        || List.of(
                DataTypes.StringType,
                DataTypes.BooleanType,
                DataTypes.ByteType,
                DataTypes.ShortType,
                DataTypes.IntegerType,
                DataTypes.LongType,
                DataTypes.FloatType,
                DataTypes.DoubleType,
                DataTypes.DateType,
                DataTypes.TimestampType)
            .contains(type);
  }

  /** As the file writes it. */
  @Override
  public String toString() {
    return name
        + " "
        + type.sql()
        + comment.map(text -> " COMMENT '" + text.replace("'", "\\'") + "'").orElse("");
  }

  /** The columns as Spark's type, all nullable, in order. */
  static StructType struct(List<ColumnDef> columns) {
    return new StructType(columns.stream().map(ColumnDef::field).toArray(StructField[]::new));
  }

  private StructField field() {
    StructField field = new StructField(name, type, true, Metadata.empty());
    return comment.map(field::withComment).orElse(field);
  }
}
