package dev.penstock.validation;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.TimestampType;

/**
 * What rules are evaluated on, and whether a rule fits it. The answers need no Spark job, only the
 * schemas; an answer is the sentence to show, or empty.
 *
 * @param eventTime name of the event time's column, if there is one
 * @param referenced tables by name
 */
record Inputs(Dataset<Row> rows, Optional<String> eventTime, Map<String, Dataset<Row>> referenced) {
  /** The column of exactly this name, whatever characters it has. */
  static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  Optional<String> problemOfPredicate(String sql) {
    return problemOfType(
        sql, expr -> rows.select(expr), "a boolean", type -> type instanceof BooleanType);
  }

  Optional<String> problemOfAggregate(String sql) {
    return problemOfType(
        sql,
        expr -> rows.groupBy(col(Gate.SLICE)).agg(expr).drop(Gate.SLICE),
        "a number or a boolean",
        type -> type instanceof NumericType || type instanceof BooleanType);
  }

  Optional<String> problemOfColumn(String name) {
    return typeOf(rows, name).isPresent() ? Optional.empty() : noColumn(rows, name);
  }

  /** Whether rows can be grouped by these columns. */
  Optional<String> problemOfGrouping(List<String> columns) {
    for (String name : columns) {
      Optional<DataType> type = typeOf(rows, name);
      if (type.isEmpty()) {
        return noColumn(rows, name);
      }
      if (!(type.get() instanceof AtomicType)) {
        return Optional.of(
            "column " + name + " is " + type.get().sql() + ", which cannot be compared");
      }
    }
    return Optional.empty();
  }

  Optional<String> problemOfEventTime() {
    if (eventTime.isEmpty()) {
      return Optional.of("the rows have no event time");
    }
    Optional<DataType> type = typeOf(rows, eventTime.get());
    if (type.isEmpty()) {
      return noColumn(rows, eventTime.get());
    }
    return type.get() instanceof TimestampType
        ? Optional.empty()
        : Optional.of(
            "column " + eventTime.get() + " is " + type.get().sql() + ", not a timestamp");
  }

  Optional<String> problemOfReference(Reference reference) {
    Dataset<Row> table = referenced.get(reference.table());
    if (table == null) {
      return Optional.of("table " + reference.table() + " is not there yet");
    }
    for (String name :
        List.of(reference.tableColumn(), KnownValues.KNOWN_FROM, KnownValues.KNOWN_UNTIL)) {
      if (typeOf(table, name).isEmpty()) {
        return noColumn(table, name).map(text -> "table " + reference.table() + ": " + text);
      }
    }
    Optional<DataType> own = typeOf(rows, reference.column());
    if (own.isEmpty()) {
      return noColumn(rows, reference.column());
    }
    DataType other = typeOf(table, reference.tableColumn()).orElseThrow();
    boolean comparable =
        own.get().equals(other) || own.get() instanceof NumericType && other instanceof NumericType;
    return comparable
        ? Optional.empty()
        : Optional.of(
            "column %s is %s, %s is %s"
                .formatted(reference.column(), own.get().sql(), reference.target(), other.sql()));
  }

  private static Optional<DataType> typeOf(Dataset<Row> frame, String name) {
    return Arrays.stream(frame.schema().fields())
        .filter(field -> field.name().equals(name))
        .map(field -> field.dataType())
        .findFirst();
  }

  private static Optional<String> noColumn(Dataset<Row> frame, String name) {
    return Optional.of(
        "column " + name + " is not there, only " + String.join(", ", frame.columns()));
  }

  private interface Analysis {
    Dataset<Row> of(Column expression) throws AnalysisException;
  }

  private interface TypeTest {
    boolean fits(DataType type);
  }

  private static Optional<String> problemOfType(
      String sql, Analysis analysis, String wanted, TypeTest test) {
    try {
      DataType type = analysis.of(expr(sql)).schema().fields()[0].dataType();
      return test.fits(type)
          ? Optional.empty()
          : Optional.of(sql + " is " + type.sql() + ", not " + wanted);
    } catch (AnalysisException exception) {
      return Optional.of(sql + ": " + sentence(exception));
    }
  }

  /** Spark's message without its error class and its position in a text of one line. */
  private static String sentence(AnalysisException exception) {
    return exception
        .getSimpleMessage()
        .lines()
        .findFirst()
        .orElse("")
        .replaceFirst("^\\[[A-Z0-9_.]+] ?", "")
        .replaceFirst("; line \\d+ pos \\d+$", "");
  }
}
