package dev.penstock.lake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.sources.And;
import org.apache.spark.sql.sources.EqualTo;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.sources.GreaterThan;
import org.apache.spark.sql.sources.GreaterThanOrEqual;
import org.apache.spark.sql.sources.In;
import org.apache.spark.sql.sources.IsNotNull;
import org.apache.spark.sql.sources.IsNull;
import org.apache.spark.sql.sources.LessThan;
import org.apache.spark.sql.sources.LessThanOrEqual;
import org.apache.spark.sql.sources.Or;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.JavaConverters;

/** A data file of a table, and what its log says of the values in it. */
final class DataFile {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private final AddFile added;
  private JsonNode parsed;

  DataFile(AddFile added) {
    this.added = added;
  }

  /** The log's entry. */
  AddFile added() {
    return added;
  }

  /** Path relative to the table, URL-encoded. */
  String path() {
    return added.path();
  }

  /** Value of each partition column; a null for a null. */
  Map<String, String> partition() {
    return JavaConverters.mapAsJavaMap(added.partitionValues());
  }

  /** False only if no row of the file fulfils the condition; statistics may be wider than truth. */
  boolean mayHold(Filter condition) {
    if (condition instanceof And and) {
      return mayHold(and.left()) && mayHold(and.right());
    }
    if (condition instanceof Or or) {
      return mayHold(or.left()) || mayHold(or.right());
    }
    if (condition instanceof EqualTo equal) {
      return mayEqual(equal.attribute(), equal.value());
    }
    if (condition instanceof In in) {
      return Arrays.stream(in.values()).anyMatch(value -> mayEqual(in.attribute(), value));
    }
    if (condition instanceof LessThan less) {
      return least(less.attribute(), less.value()) < 0;
    }
    if (condition instanceof LessThanOrEqual less) {
      return least(less.attribute(), less.value()) <= 0;
    }
    if (condition instanceof GreaterThan greater) {
      return greatest(greater.attribute(), greater.value()) > 0;
    }
    if (condition instanceof GreaterThanOrEqual greater) {
      return greatest(greater.attribute(), greater.value()) >= 0;
    }
    if (condition instanceof IsNull isNull) {
      return nulls(isNull.attribute()).map(count -> count > 0).orElse(true);
    }
    if (condition instanceof IsNotNull isNotNull) {
      return nulls(isNotNull.attribute()).map(count -> count < rows()).orElse(true);
    }
    return true;
  }

  private boolean mayEqual(String column, Object value) {
    return least(column, value) <= 0 && greatest(column, value) >= 0;
  }

  /** How the column's least value compares with this one; less if it is not known. */
  private int least(String column, Object value) {
    return compare("minValues", column, value).orElse(-1);
  }

  /** How the column's greatest value compares with this one; greater if it is not known. */
  private int greatest(String column, Object value) {
    return compare("maxValues", column, value).orElse(1);
  }

  private Optional<Integer> compare(String which, String column, Object value) {
    JsonNode bound = bound(which, column);
    if (value instanceof String text && bound.isTextual()) {
      return Optional.of(
          UTF8String.fromString(bound.textValue()).compareTo(UTF8String.fromString(text)));
    }
    if (value instanceof Number number && bound.isNumber() && isFinite(number)) {
      return Optional.of(bound.decimalValue().compareTo(new BigDecimal(number.toString())));
    }
    if (value instanceof Timestamp || value instanceof Instant) {
      Instant instant = value instanceof Timestamp t ? t.toInstant() : (Instant) value;
      // Delta cuts bounds to milliseconds.
      return time(bound)
          .map(t -> which.equals("maxValues") ? t.plusMillis(1) : t)
          .map(instant::compareTo)
          .map(c -> -c);
    }
    if (value instanceof Date || value instanceof LocalDate) {
      LocalDate date = value instanceof Date d ? d.toLocalDate() : (LocalDate) value;
      return bound.isTextual()
          ? Optional.of(LocalDate.parse(bound.textValue()).compareTo(date))
          : Optional.empty();
    }
    return Optional.empty();
  }

  private JsonNode bound(String which, String column) {
    return partition().containsKey(column)
        ? JsonNodeFactory.instance.textNode(partition().get(column))
        : stats().path(which).path(column);
  }

  /** Whether every value of the column is null. */
  boolean holdsOnlyNulls(String column) {
    return nulls(column).map(count -> count == rows()).orElse(false);
  }

  /** No value of the column is less; as a row holds it; empty if that is not known. */
  Optional<Object> least(String column, DataType type) {
    return value(bound("minValues", column), type, 0);
  }

  /** No value of the column is greater; as a row holds it; empty if that is not known. */
  Optional<Object> greatest(String column, DataType type) {
    return value(bound("maxValues", column), type, 1);
  }

  private static Optional<Object> value(JsonNode bound, DataType type, int cutMillis) {
    if (bound.isTextual() && type instanceof StringType) {
      return Optional.of(bound.textValue());
    }
    if (bound.isTextual() && type instanceof TimestampType) {
      return time(bound).map(t -> t.plusMillis(cutMillis));
    }
    if (bound.isTextual() && type instanceof DateType) {
      return Optional.of(LocalDate.parse(bound.textValue()));
    }
    if (bound.isIntegralNumber() && type instanceof LongType) {
      return Optional.of(bound.longValue());
    }
    return bound.isIntegralNumber() && type instanceof IntegerType
        ? Optional.of(bound.intValue())
        : Optional.empty();
  }

  private static boolean isFinite(Number number) {
    return Double.isFinite(number.doubleValue());
  }

  private static Optional<Instant> time(JsonNode bound) {
    return bound.isTextual()
        ? Optional.of(OffsetDateTime.parse(bound.textValue()).toInstant())
        : Optional.empty();
  }

  private Optional<Long> nulls(String column) {
    JsonNode count = stats().path("nullCount").path(column);
    return count.isIntegralNumber() && stats().path("numRecords").isIntegralNumber()
        ? Optional.of(count.longValue())
        : Optional.empty();
  }

  /** How many rows it has; empty if that is not known. */
  Optional<Long> rowCount() {
    return stats().path("numRecords").isIntegralNumber() ? Optional.of(rows()) : Optional.empty();
  }

  private long rows() {
    return stats().path("numRecords").longValue();
  }

  private synchronized JsonNode stats() {
    if (parsed == null) {
      try {
        parsed = JSON.readTree(added.stats() == null ? "{}" : added.stats());
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("Cannot read the statistics of " + path(), e);
      }
    }
    return parsed;
  }
}
