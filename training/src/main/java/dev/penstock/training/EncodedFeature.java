package dev.penstock.training;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;

/** How one feature column becomes elements of the vector. A new kind is one more record. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = EncodedFeature.Number.class, name = "number"),
  @JsonSubTypes.Type(value = EncodedFeature.Category.class, name = "category")
})
public sealed interface EncodedFeature {
  /** The feature column. */
  String name();

  /** The names of its elements, in order. */
  List<String> elements();

  /** The elements' values, DOUBLE and never null. */
  List<Column> expressions();

  /** A column by its whole name, dots included. */
  static Column column(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  /**
   * A number, or a boolean as 0 and 1.
   *
   * @param fill stands for a missing value
   * @param missing is there an element that is 1 for a missing value?
   */
  record Number(String name, double fill, boolean missing) implements EncodedFeature {
    @Override
    public List<String> elements() {
      return missing ? List.of(name, name + "=<missing>") : List.of(name);
    }

    @Override
    public List<Column> expressions() {
      Column value = valueOrNull(name);
      Column filled = when(value.isNull(), lit(fill)).otherwise(value);
      return missing ? List.of(filled, indicator(value.isNull())) : List.of(filled);
    }

    /** The column as a DOUBLE, null if it is null, NaN or infinite. */
    static Column valueOrNull(String name) {
      Column value = column(name).cast("double");
      return when(abs(value).leq(Double.MAX_VALUE), value);
    }
  }

  /**
   * A text, one element per frequent value.
   *
   * @param values that have an element of their own, sorted
   */
  record Category(String name, List<String> values) implements EncodedFeature {
    public Category {
      values = List.copyOf(values);
    }

    @Override
    public List<String> elements() {
      List<String> elements = new ArrayList<>();
      values.forEach(value -> elements.add(name + "=" + value));
      elements.add(name + "=<other>");
      elements.add(name + "=<missing>");
      return elements;
    }

    @Override
    public List<Column> expressions() {
      Column text = column(name);
      List<Column> columns = new ArrayList<>();
      values.forEach(value -> columns.add(indicator(text.eqNullSafe(lit(value)))));
      columns.add(indicator(text.isNotNull().and(not(text.isin(values.toArray())))));
      columns.add(indicator(text.isNull()));
      return columns;
    }
  }

  private static Column indicator(Column condition) {
    return when(condition, 1.0).otherwise(0.0);
  }
}
