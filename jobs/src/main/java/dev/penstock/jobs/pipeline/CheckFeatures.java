package dev.penstock.jobs.pipeline;

import dev.penstock.features.DidYouMean;
import dev.penstock.features.Durations;
import dev.penstock.features.FeatureGroup;
import dev.penstock.jobs.pipeline.GroupSection.AggregateSection;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What must hold for feature groups; finds the columns of each. */
final class CheckFeatures {
  private final Pipeline pipeline;
  private final Pipeline visible;
  private final Map<String, StructType> schemas;
  private final Problems problems;

  /**
   * @param pipeline whose groups are checked
   * @param visible what it may name, its own and others'
   * @param schemas columns by table
   */
  CheckFeatures(
      Pipeline pipeline, Pipeline visible, Map<String, StructType> schemas, Problems problems) {
    this.pipeline = pipeline;
    this.visible = visible;
    this.schemas = schemas;
    this.problems = problems;
  }

  /** Feature columns by group; a group that has problems may be left out. */
  Map<String, StructType> run() {
    Map<String, StructType> columns = new LinkedHashMap<>();
    pipeline
        .features()
        .forEach((name, group) -> group(name, group).ifPresent(c -> columns.put(name, c)));
    return columns;
  }

  /** A problem at {@code path} if the pipeline has no such table. */
  static boolean requireTable(String table, Pipeline pipeline, Problems problems, String path) {
    Set<String> names = CheckTables.names(pipeline);
    boolean known =
        names.contains(table)
            || problems.isBroken("sources." + table)
            || problems.isBroken("tables." + table);
    if (!known) {
      problems.add(
          path, "there is no table %s; %s".formatted(table, DidYouMean.hint(table, names)));
    }
    return known;
  }

  private Optional<StructType> group(String name, GroupSection group) {
    String path = "features." + name;
    Names.problem(name, Set.of()).ifPresent(sentence -> problems.add(path, sentence));
    if (CheckTables.names(pipeline).contains(name)) {
      problems.add(path, "is a table too; give the group another name");
    }
    if (!problems.isBrokenWithin(path)) {
      shape(path, group);
    }
    if (!requireTable(group.from(), visible, problems, path + ".from")
        || !schemas.containsKey(group.from())) {
      return Optional.empty();
    }
    StructType schema = schemas.get(group.from());
    group.by().forEach(column -> CheckTables.find(schema, column, problems, path + ".by"));
    group.where().ifPresent(sql -> trying(path + ".where", () -> Sql.predicate(sql, schema)));
    return Optional.of(columns(path, name, group, schema));
  }

  private void shape(String path, GroupSection group) {
    if (group.latest().isEmpty() && !group.timeSinceLast() && group.aggregate().isEmpty()) {
      problems.add(path, "has no feature; write latest: [column], or windows and aggregate");
    }
    if (group.windows().isEmpty() && !group.aggregate().isEmpty()) {
      problems.add(path + ".aggregate", "needs windows, as windows: [1d, 7d]");
    }
    if (!group.windows().isEmpty() && group.aggregate().isEmpty()) {
      problems.add(path + ".windows", "needs aggregate, as aggregate: {events: count(*)}");
    }
    if (group.maxAge().isPresent() && group.latest().isEmpty() && !group.timeSinceLast()) {
      problems.add(path + ".max-age", "goes with latest, or with time-since-last");
    }
    if (new HashSet<>(group.windows()).size() < group.windows().size()) {
      problems.add(path + ".windows", "names one length twice");
    }
    if (group.windows().stream().anyMatch(window -> window.isZero())) {
      problems.add(path + ".windows", "must be longer than 0s");
    }
  }

  private StructType columns(String path, String name, GroupSection group, StructType schema) {
    Map<String, DataType> columns = new LinkedHashMap<>();
    for (String column : group.latest()) {
      CheckTables.find(schema, column, problems, path + ".latest")
          .map(StructField::dataType)
          .ifPresent(type -> columns.put(name + "__" + column, type));
    }
    if (group.timeSinceLast()) {
      columns.put(name + "__" + FeatureGroup.SECONDS_SINCE_LAST, DataTypes.DoubleType);
    }
    group
        .aggregate()
        .forEach(
            (aggregate, section) -> {
              String at = path + ".aggregate." + aggregate;
              Names.problem(aggregate, Set.of()).ifPresent(s -> problems.add(at, s));
              section
                  .where()
                  .ifPresent(sql -> trying(at + ".where", () -> Sql.predicate(sql, schema)));
              DataType type = aggregateType(at + ".value", section.value(), schema);
              for (String each : byValue(at + ".by", aggregate, section, schema)) {
                for (Duration window : new LinkedHashSet<>(group.windows())) {
                  String column = name + "__" + each + "_" + Durations.text(window);
                  if (columns.put(column, type) != null) {
                    problems.add(at, "makes the column %s a second time".formatted(column));
                  }
                }
              }
            });
    StructType struct = new StructType();
    for (Map.Entry<String, DataType> column : columns.entrySet()) {
      struct = struct.add(column.getKey(), column.getValue());
    }
    return struct;
  }

  /** The names of an aggregate: one, or one for each value that it is split by. */
  private Set<String> byValue(
      String path, String aggregate, AggregateSection section, StructType schema) {
    if (section.by().isEmpty()) {
      return Set.of(aggregate);
    }
    if (section.by().size() > 1) {
      problems.add(path, "splits by one column; write where for more");
    }
    Set<String> names = new LinkedHashSet<>();
    section
        .by()
        .forEach(
            (column, values) -> {
              Optional<StructField> field = CheckTables.find(schema, column, problems, path);
              if (values.isEmpty()) {
                problems.add(path + "." + column, "names no value");
              }
              for (String value : values) {
                String name = aggregate + "_" + value;
                if (Names.problem(name, Set.of()).isPresent()) {
                  problems.add(
                      path + "." + column,
                      "'%s' can't be part of a column name; write where: %s = '%s' under a name of its own"
                          .formatted(value, column, value));
                } else if (!names.add(name)) {
                  problems.add(path + "." + column, "names %s twice".formatted(value));
                }
                field
                    .filter(f -> Sql.isNumber(f.dataType()) && !value.matches("\\d+"))
                    .ifPresent(
                        f ->
                            problems.add(
                                path + "." + column,
                                "'%s' is no %s".formatted(value, f.dataType().sql())));
              }
            });
    return names;
  }

  private DataType aggregateType(String path, String value, StructType schema) {
    try {
      return Sql.ofEvents(value, schema);
    } catch (IllegalArgumentException e) {
      problems.add(path, e.getMessage());
      return DataTypes.DoubleType;
    }
  }

  private void trying(String path, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      problems.add(path, e.getMessage());
    }
  }
}
