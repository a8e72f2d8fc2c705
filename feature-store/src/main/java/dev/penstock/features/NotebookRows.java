package dev.penstock.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Rows of any columns, some with the same name or one that the engine uses itself, as as-of rows
 * and back.
 *
 * @param asOf the column of times
 * @param keys the columns that must keep their names, each with the feature group that needs it
 */
record NotebookRows(Dataset<Row> rows, String asOf, Map<String, String> keys) {
  NotebookRows {
    requireOne(rows, asOf, "as_of");
    DataType type = rows.schema().apply(asOf).dataType();
    if (!type.equals(DataTypes.TimestampType)) {
      throw new IllegalArgumentException(
          "Cannot join features as of %s: it must be TIMESTAMP, got %s; cast it first"
              .formatted(asOf, type.sql()));
    }
    keys.forEach((key, group) -> requireOne(rows, key, "the key of " + group));
  }

  private static void requireOne(Dataset<Row> rows, String column, String what) {
    List<String> columns = List.of(rows.columns());
    int found = Collections.frequency(columns, column);
    if (found == 0) {
      throw new IllegalArgumentException(
          ("Cannot join features: the rows have no column %s, which is %s, only %s; rename the one"
                  + " that holds it")
              .formatted(column, what, String.join(", ", columns)));
    }
    if (found > 1) {
      throw new IllegalArgumentException(
          ("Cannot join features: the rows have %d columns %s, which is %s; rename or drop the"
                  + " others")
              .formatted(found, column, what));
    }
  }

  /** As the engine takes them. */
  Dataset<Row> asOfRows() {
    String[] names = names();
    int time = Arrays.asList(rows.columns()).indexOf(asOf);
    return rows.toDF(names).withColumn(PointInTime.AS_OF_TIME, BoundGroup.quoted(names[time]));
  }

  private String[] names() {
    String[] names = rows.columns();
    for (int i = 0; i < names.length; i++) {
      names[i] = keys.containsKey(names[i]) ? names[i] : "_row_" + i;
    }
    return names;
  }

  /**
   * The rows with their own columns, then {@code features}.
   *
   * @param joined what the engine made of them
   */
  Dataset<Row> restored(Dataset<Row> joined, Collection<String> features) {
    List<String> names = new ArrayList<>(List.of(rows.columns()));
    for (String feature : features) {
      if (names.contains(feature)) {
        throw new IllegalArgumentException(
            "Cannot join features: the rows have a column %s already; rename or drop it"
                .formatted(feature));
      }
      names.add(feature);
    }
    Column[] columns =
        Stream.concat(Arrays.stream(names()), features.stream())
            .map(BoundGroup::quoted)
            .toArray(Column[]::new);
    return joined.select(columns).toDF(names.toArray(String[]::new));
  }
}
