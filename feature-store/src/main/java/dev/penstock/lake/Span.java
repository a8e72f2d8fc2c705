package dev.penstock.lake;

import static org.apache.spark.sql.functions.col;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Where the values of a column lie, as the statistics of files tell; real values may span less.
 *
 * @param least as a row holds it, as {@code greatest} is
 */
record Span(String column, DataType type, Object least, Object greatest) {

  /** Of at least one file; empty if the statistics of one are silent, or all values are null. */
  static Optional<Span> of(List<DataFile> files, String column, DataType type) {
    Optional<Span> span = Optional.empty();
    for (DataFile file : files) {
      if (file.holdsOnlyNulls(column)) {
        continue;
      }
      Optional<Object> least = file.least(column, type);
      Optional<Object> greatest = file.greatest(column, type);
      if (least.isEmpty() || greatest.isEmpty()) {
        return Optional.empty();
      }
      Span own = new Span(column, type, least.get(), greatest.get());
      span = Optional.of(span.map(own::and).orElse(own));
    }
    return span;
  }

  private Span and(Span other) {
    return new Span(
        column,
        type,
        ORDER.compare(least, other.least) <= 0 ? least : other.least,
        ORDER.compare(greatest, other.greatest) >= 0 ? greatest : other.greatest);
  }

  /** What the column fulfils. */
  Column condition() {
    return col("`" + column + "`").between(Constant.of(least, type), Constant.of(greatest, type));
  }

  @SuppressWarnings("unchecked") // both are values of one column
  private static final Comparator<Object> ORDER =
      (a, b) ->
          a instanceof String text // Spark orders strings by their UTF-8 bytes
              ? UTF8String.fromString(text).compareTo(UTF8String.fromString((String) b))
              : ((Comparable<Object>) a).compareTo(b);
}
