package dev.penstock.jobs.pipeline;

import dev.penstock.features.DidYouMean;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What must hold for sources and derived tables; finds the columns of each. */
final class CheckTables {
  private final Pipeline pipeline;
  private final Pipeline visible;
  private final Problems problems;
  private final Map<String, StructType> schemas = new LinkedHashMap<>();
  private final Deque<String> reading = new ArrayDeque<>();
  private final Set<String> failed = new HashSet<>();

  /**
   * @param pipeline whose tables are checked
   * @param visible what it may name, its own and others'
   * @param others columns of the others' tables
   */
  CheckTables(
      Pipeline pipeline, Pipeline visible, Map<String, StructType> others, Problems problems) {
    this.pipeline = pipeline;
    this.visible = visible;
    this.problems = problems;
    schemas.putAll(others);
  }

  /** Columns by table; a table whose columns can't be told is left out, and has its problem. */
  Map<String, StructType> run() {
    pipeline.sources().forEach(this::source);
    pipeline.tables().keySet().forEach(this::schema);
    pipeline.tables().forEach(this::derived);
    return schemas;
  }

  /** All names of tables, also of those that are broken. */
  static Set<String> names(Pipeline pipeline) {
    Set<String> names = new TreeSet<>(pipeline.sources().keySet());
    names.addAll(pipeline.tables().keySet());
    return names;
  }

  private void source(String name, Source source) {
    String path = "sources." + name;
    Names.problem(name, Set.of()).ifPresent(sentence -> problems.add(path, sentence));
    long formats =
        List.of(source.csv(), source.json(), source.parquet()).stream()
            .filter(Optional::isPresent)
            .count();
    if (formats != 1) {
      problems.add(
          path + ".csv",
          formats == 0
              ? "has no files; write one of csv, json, parquet: path"
              : "has files of two formats; keep one of csv, json, parquet");
    }
    source.csv().ifPresent(text -> path(path + ".csv", text));
    source.json().ifPresent(text -> path(path + ".json", text));
    source.parquet().ifPresent(text -> path(path + ".parquet", text));
    if (!problems.isBroken(path + ".columns")) {
      if (columns(path + ".columns", source.columns())) {
        schemas.put(name, source.schema());
      }
    }
    if (source.snapshot()) {
      requireSnapshot(path, source);
    } else if (source.eventTime().isEmpty() && !problems.isBroken(path + ".snapshot")) {
      problems.add(
          path + ".event-time",
          "has no event-time; name the TIMESTAMP column that says when it happened, or say"
              + " snapshot: true if each file is the whole table");
    }
    times(path, name, source);
    source.newestBy().ifPresent(column -> column(path + ".newest-by", name, column));
    if (source.newestBy().isPresent() && source.key().isEmpty()) {
      problems.add(path + ".newest-by", "orders the versions of a key; give the source a key");
    }
  }

  private void requireSnapshot(String path, Source source) {
    if (source.key().isEmpty()) {
      problems.add(
          path + ".key", "is a snapshot without key; rows of two snapshots meet by their key");
    }
    if (source.eventTime().isPresent()) {
      problems.add(path + ".event-time", "a snapshot has none: its rows hold since it came");
    }
    if (source.knownAfter().isPresent()) {
      problems.add(path + ".known-after", "goes with event-time, which a snapshot has not");
    }
    if (source.lateBy().isPresent()) {
      problems.add(path + ".late-by", "goes with event-time, which a snapshot has not");
    }
  }

  private void path(String path, String text) {
    try {
      PathDates.require(text);
      if (!problems.isBroken("every")) {
        PathDates.requireInterval(text, pipeline.cadence());
      }
    } catch (IllegalArgumentException e) {
      problems.add(path, e.getMessage());
    }
  }

  /** Whether the columns can be told from each other. */
  private boolean columns(String path, List<ColumnDef> columns) {
    Set<String> seen = new HashSet<>();
    for (ColumnDef column : columns) {
      Names.problem(column.name(), Names.RESERVED_COLUMNS)
          .ifPresent(sentence -> problems.add(path, sentence));
      if (!seen.add(column.name().toLowerCase(Locale.ROOT))) {
        problems.add(path, "%s is declared twice".formatted(column.name()));
      }
    }
    if (columns.isEmpty()) {
      problems.add(path, "declares no column");
    }
    return seen.size() == columns.size();
  }

  private void derived(String name, DerivedTable table) {
    String path = "tables." + name;
    Names.problem(name, Set.of()).ifPresent(sentence -> problems.add(path, sentence));
    if (pipeline.sources().containsKey(name)) {
      problems.add(path, "is a source too; two tables need two names");
    }
    if (table.eventTime().isEmpty()) {
      problems.add(path, "has no event-time; name the TIMESTAMP column that says when it happened");
    }
    if (table.key().isEmpty()) {
      problems.add(path + ".key", "names no column; rows of a derived table are versions of a key");
    }
    if (schemas.containsKey(name)) {
      for (String column : schemas.get(name).fieldNames()) {
        Names.problem(column, Names.RESERVED_COLUMNS)
            .ifPresent(sentence -> problems.add(path + ".sql", sentence));
      }
    }
    times(path, name, table);
  }

  private void times(String path, String name, Table table) {
    table.key().forEach(column -> column(path + ".key", name, column));
    table.eventTime().ifPresent(column -> timestamp(path + ".event-time", name, column));
    table.knownTime().ifPresent(column -> timestamp(path + ".known-time", name, column));
    if (table.knownAfter().isPresent() && table.knownTime().isPresent()) {
      problems.add(path + ".known-time", "says the same as known-after; keep one of them");
    }
  }

  private void column(String path, String table, String column) {
    if (schemas.containsKey(table)) {
      find(schemas.get(table), column, problems, path);
    }
  }

  private void timestamp(String path, String table, String column) {
    if (schemas.containsKey(table)) {
      requireTimestamp(schemas.get(table), column, problems, path);
    }
  }

  /** The column; a problem at {@code path} if there is none. */
  static Optional<StructField> find(
      StructType schema, String column, Problems problems, String path) {
    Optional<StructField> found =
        Arrays.stream(schema.fields()).filter(f -> f.name().equals(column)).findFirst();
    if (found.isEmpty()) {
      problems.add(
          path,
          "there is no column %s; %s"
              .formatted(column, DidYouMean.hint(column, List.of(schema.fieldNames()))));
    }
    return found;
  }

  static void requireTimestamp(StructType schema, String column, Problems problems, String path) {
    find(schema, column, problems, path)
        .filter(field -> !field.dataType().equals(DataTypes.TimestampType))
        .ifPresent(
            field ->
                problems.add(
                    path,
                    "%s must be a TIMESTAMP, it is %s".formatted(column, field.dataType().sql())));
  }

  /** The columns of any table; those of a derived one need those of the tables that it reads. */
  private Optional<StructType> schema(String name) {
    if (schemas.containsKey(name) || !pipeline.tables().containsKey(name)) {
      return Optional.ofNullable(schemas.get(name));
    }
    if (failed.contains(name)) {
      return Optional.empty();
    }
    if (reading.contains(name)) {
      List<String> circle = new ArrayList<>(reading);
      circle = circle.subList(circle.indexOf(name), circle.size());
      problems.add(
          "tables." + name + ".reads",
          "goes in a circle: %s -> %s".formatted(String.join(" -> ", circle), name));
      failed.addAll(circle);
      return Optional.empty();
    }
    reading.addLast(name);
    Optional<StructType> found = derivedSchema(name, pipeline.tables().get(name));
    reading.removeLast();
    found.ifPresentOrElse(schema -> schemas.put(name, schema), () -> failed.add(name));
    return Optional.ofNullable(schemas.get(name));
  }

  private Optional<StructType> derivedSchema(String name, DerivedTable table) {
    String path = "tables." + name;
    Map<String, StructType> reads = new LinkedHashMap<>();
    for (Map.Entry<String, Duration> read : table.reads().entrySet()) {
      String at = path + ".reads." + read.getKey();
      if (!names(visible).contains(read.getKey())) {
        if (!problems.isBroken("sources." + read.getKey())
            && !problems.isBroken("tables." + read.getKey())) {
          problems.add(
              at,
              "there is no table %s; %s"
                  .formatted(read.getKey(), DidYouMean.hint(read.getKey(), names(visible))));
        }
        return Optional.empty();
      }
      if (read.getValue().isZero()) {
        problems.add(at, "must reach back further than 0s");
      }
      Optional<StructType> schema = schema(read.getKey());
      if (schema.isEmpty()) {
        return Optional.empty();
      }
      reads.put(read.getKey(), schema.get().add("known_from", DataTypes.TimestampType));
    }
    if (reads.isEmpty() || problems.isBroken(path + ".sql")) {
      problems.add(path + ".reads", "names no table");
      return Optional.empty();
    }
    try {
      return Optional.of(DerivedSql.columns(table.sql(), reads));
    } catch (IllegalArgumentException e) {
      problems.add(path + ".sql", e.getMessage());
      return Optional.empty();
    }
  }
}
