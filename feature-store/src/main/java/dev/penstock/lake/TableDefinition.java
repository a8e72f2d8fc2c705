package dev.penstock.lake;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;

/**
 * How a table is made when its first rows come.
 *
 * @param name path under the warehouse, such as {@code sources/departures}
 * @param schema columns; a field's comment becomes the column's, and changes with it when slices
 *     are written
 * @param partition the partition column; empty for a ledger
 * @param properties table properties, such as its owner; kept as they were if the table exists, but
 *     for {@link #DEFINITION}
 */
public record TableDefinition(
    String name, StructType schema, Optional<String> partition, Map<String, String> properties) {

  /** The column that slices are partitioned by. */
  public static final String SLICE = "slice";

  /** The property that names the pipeline which declares the table. */
  public static final String OWNER = "penstock.owner";

  /** The property that names the first slice committed: it and those before it are history. */
  public static final String FIRST_SLICE = "penstock.first-slice";

  /** The property that says how the rows are computed; changes when slices are written. */
  public static final String DEFINITION = "penstock.definition";

  /** A table of slices, owned by {@code pipeline}. */
  public static TableDefinition sliced(String name, StructType schema, String pipeline) {
    return new TableDefinition(name, schema, Optional.of(SLICE), Map.of(OWNER, pipeline));
  }

  /** A table that is only appended to. */
  public static TableDefinition ledger(String name, StructType schema) {
    return new TableDefinition(name, schema, Optional.empty(), Map.of());
  }

  /** The same table with one more property. */
  public TableDefinition with(String property, String value) {
    var all = new java.util.HashMap<>(properties);
    all.put(property, value);
    return new TableDefinition(name, schema, partition, Map.copyOf(all));
  }
}
