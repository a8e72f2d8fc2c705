package dev.penstock.features;

import dev.penstock.lake.Lake;
import dev.penstock.lake.TableDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The feature groups of a warehouse, for notebooks and programs without its pipeline files: lists
 * them, and joins their features to any rows.
 *
 * <p>Groups are known by the tables that pipelines materialise, {@code features/<group>}; features
 * are always computed by {@link PointInTime} from {@code sources/<table>}, never read from there.
 * Nothing is written. Expressions mean what they mean in a pipeline's run, whatever the time zone
 * and dialect of the caller's session.
 */
public final class FeatureStore {
  private static final String FEATURES = "features";
  private static final String SOURCES = "sources";

  private final Lake lake;
  private final Optional<String> predicted;
  private final Map<String, StoredGroup> roles;

  private FeatureStore(Lake lake, Optional<String> predicted, Map<String, StoredGroup> roles) {
    this.lake = lake;
    this.predicted = predicted;
    this.roles = Map.copyOf(roles);
  }

  /**
   * Opens a warehouse.
   *
   * @param warehouse the folder of all tables
   * @throws IllegalArgumentException if there is no feature group
   */
  public static FeatureStore open(SparkSession spark, String warehouse) {
    SparkSession pipelines = spark.newSession();
    pipelines.conf().set("spark.sql.session.timeZone", "UTC");
    pipelines.conf().set("spark.sql.ansi.enabled", "false");
    FeatureStore store =
        new FeatureStore(new Lake(pipelines, warehouse), Optional.empty(), Map.of());
    if (store.names().isEmpty()) {
      throw new IllegalArgumentException(
          ("Cannot find a feature group in the warehouse %s: there is no table under features/;"
                  + " check the path, or run a pipeline that declares features")
              .formatted(warehouse));
    }
    return store;
  }

  /**
   * The rows that features are joined to are rows of {@code table} and carry its key columns: what
   * is said of the newest event leaves the row itself out, as in training and scoring.
   *
   * @param table a source or derived table of the warehouse
   * @throws IllegalArgumentException if there is no such table
   */
  public FeatureStore predicting(String table) {
    List<String> tables = lake.folders(SOURCES);
    if (!tables.contains(table)) {
      throw new IllegalArgumentException(
          "Cannot predict rows of %s: there is no such table; %s"
              .formatted(table, DidYouMean.hint(table, tables)));
    }
    return new FeatureStore(lake, Optional.of(table), roles);
  }

  /**
   * The same store, which also joins one of its groups in a role: by other columns of the rows.
   *
   * @param role what {@link #join} knows it by, and the prefix of its feature columns
   * @param columns of the rows, by key column of the group; the others are as they were
   * @throws IllegalArgumentException if there is no such group or key column, or a group has the
   *     role's name
   */
  public FeatureStore inRole(String role, String group, Map<String, String> columns) {
    if (names().contains(role) || roles.containsKey(role)) {
      throw new IllegalArgumentException(
          "There is a feature group %s already; give the role another name".formatted(role));
    }
    StoredGroup stored = group(group);
    Map<String, StoredGroup> more = new HashMap<>(roles);
    more.put(
        role,
        new StoredGroup(stored.definition().inRole(role, columns), stored.owner(), stored.types()));
    return new FeatureStore(lake, predicted, more);
  }

  /** All groups, by name; tables that no pipeline has described are left out. */
  public List<StoredGroup> groups() {
    return names().stream().map(this::stored).flatMap(Optional::stream).toList();
  }

  /**
   * One group, or role.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public StoredGroup group(String name) {
    if (roles.containsKey(name)) {
      return roles.get(name);
    }
    List<String> names = new ArrayList<>(names());
    if (!names.contains(name)) {
      names.addAll(roles.keySet());
      throw new IllegalArgumentException(
          "There is no feature group %s; %s".formatted(name, DidYouMean.hint(name, names)));
    }
    return stored(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    ("The table features/%s does not say how it is computed; run its pipeline for"
                            + " one more interval")
                        .formatted(name)));
  }

  private List<String> names() {
    return lake.folders(FEATURES);
  }

  private Optional<StoredGroup> stored(String name) {
    String table = FEATURES + "/" + name;
    Map<String, String> properties = lake.open(table).properties();
    return Optional.ofNullable(properties.get(TableDefinition.DEFINITION))
        .map(GroupDefinition::parse)
        .map(
            definition ->
                new StoredGroup(
                    definition,
                    properties.getOrDefault(TableDefinition.OWNER, ""),
                    types(definition, lake.read(table).schema())));
  }

  private static List<String> types(GroupDefinition definition, StructType table) {
    return definition.group().columns().stream()
        .map(column -> table.apply(column).dataType().sql())
        .toList();
  }

  /**
   * The rows with features as they were at each row's own time.
   *
   * <p>Each row comes back exactly once with all its columns, duplicates too, in no promised order;
   * then come the columns {@code <group>__<feature>} in the order asked for. Runs one small Spark
   * job at once, for the range of times, and one for keys of very many rows where there may be
   * some: the rows should be cheap to read again, and the same each time.
   *
   * @param rows with the groups' key columns and a column of times
   * @param asOf name of the column of times, TIMESTAMP; a row without a time has null features
   * @param features each {@code <group>.<feature>}, or {@code <group>} for all of it
   * @throws IllegalArgumentException if a group, feature or column is missing or of another type
   *     than needed; the message names it
   */
  public Dataset<Row> join(Dataset<Row> rows, String asOf, List<String> features) {
    Map<String, StoredGroup> groups = new LinkedHashMap<>();
    Set<String> wanted = new LinkedHashSet<>();
    for (String feature : features) {
      String[] parts = feature.split("\\.", 2);
      StoredGroup group = groups.computeIfAbsent(parts[0], this::group);
      wanted.addAll(parts.length == 1 ? all(group) : List.of(column(group, parts[1])));
    }
    List<FeatureGroup> needed =
        groups.values().stream().map(group -> group.definition().group().only(wanted)).toList();
    NotebookRows prepared = new NotebookRows(rows, asOf, keys(groups.values()));
    PointInTime engine = PointInTime.of(needed);
    Dataset<Row> joined =
        predicted
            .map(engine::predicting)
            .orElse(engine)
            .join(prepared.asOfRows(), events(groups.values()));
    return prepared.restored(joined, wanted);
  }

  private static List<String> all(StoredGroup group) {
    return group.definition().group().columns();
  }

  private static String column(StoredGroup group, String name) {
    List<Feature> features = group.definition().features();
    return features.stream()
        .filter(feature -> feature.name().equals(name))
        .map(Feature::column)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no feature %s.%s; %s"
                        .formatted(
                            group.name(),
                            name,
                            DidYouMean.hint(name, features.stream().map(Feature::name).toList()))));
  }

  /** The key columns that the rows must have, each with the group that needs it. */
  private Map<String, String> keys(Collection<StoredGroup> groups) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (StoredGroup group : groups) {
      FeatureGroup computed = group.definition().group();
      computed.asOfBy().forEach(column -> keys.putIfAbsent(column, group.name()));
      if (predicted.equals(Optional.of(computed.from()))) {
        group.definition().key().forEach(column -> keys.putIfAbsent(column, group.name()));
      }
    }
    return keys;
  }

  private Map<String, Events> events(Collection<StoredGroup> groups) {
    Map<String, Events> events = new HashMap<>();
    for (StoredGroup group : groups) {
      GroupDefinition definition = group.definition();
      String table = definition.group().from();
      events.computeIfAbsent(
          table,
          name ->
              new Events(
                  lake.read(SOURCES + "/" + name), definition.key(), definition.eventTime()));
    }
    return events;
  }
}
