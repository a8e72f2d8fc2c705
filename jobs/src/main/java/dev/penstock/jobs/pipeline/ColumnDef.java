package dev.penstock.jobs.pipeline;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A declared column.
 *
 * @param name snake_case
 * @param type a scalar type
 * @param comment what the column means; from {@code COMMENT 'text'}
 */
public record ColumnDef(String name, DataType type, @NotHashed Optional<String> comment) {

  /** The columns as Spark's type, all nullable, in order. */
  static StructType struct(List<ColumnDef> columns) {
    return new StructType(columns.stream().map(ColumnDef::field).toArray(StructField[]::new));
  }

  private StructField field() {
    StructField field = new StructField(name, type, true, Metadata.empty());
    return comment.map(field::withComment).orElse(field);
  }
}
