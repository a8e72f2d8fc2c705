package dev.penstock.jobs.pipeline;

import dev.penstock.jobs.pipeline.Pipelines.Loaded;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.StructType;

/**
 * A pipeline file together with the files under its {@code uses:}. It may name what those declare;
 * what they in turn use stays out of sight, although their groups look into it.
 *
 * @param own the file
 * @param files the others, each without a problem
 */
record Uses(Pipeline own, List<Loaded> files) {

  /** The file as if it declared all that it may name. */
  Pipeline visible() {
    return own.declaring(files.stream().map(Loaded::pipeline).toList(), name -> true);
  }

  /** Columns of the other files' tables, also of those out of sight. */
  Map<String, StructType> schemas() {
    Map<String, StructType> schemas = new LinkedHashMap<>();
    files.forEach(file -> schemas.putAll(file.schemas()));
    return schemas;
  }

  /** Feature columns of the other files' groups. */
  Map<String, StructType> featureColumns() {
    Map<String, StructType> columns = new LinkedHashMap<>();
    for (Loaded file : files) {
      file.pipeline()
          .features()
          .keySet()
          .forEach(group -> columns.put(group, file.featureColumns().get(group)));
    }
    return columns;
  }

  /**
   * The file as if it declared all that its own parts need: read alone, its model's features mean
   * the same.
   */
  Pipeline whole() {
    List<Pipeline> wholes = files.stream().map(Loaded::whole).toList();
    Pipeline all = own.declaring(wholes, name -> true);
    Set<String> needed = new TreeSet<>(read());
    Deque<String> open = new ArrayDeque<>(needed);
    while (!open.isEmpty()) {
      all.table(open.pop())
          .ifPresent(table -> table.dependsOn().stream().filter(needed::add).forEach(open::push));
    }
    needed.addAll(groups());
    return own.declaring(wholes, needed::contains);
  }

  /** The tables of other pipelines that a run reads, each with the pipeline that owns it. */
  Map<String, String> inputs() {
    Map<String, String> owners = new TreeMap<>();
    for (String table : read()) {
      for (Loaded file : files) {
        if (file.pipeline().table(table).isPresent()) {
          owners.put(table, file.pipeline().pipeline());
        } else if (file.inputs().containsKey(table)) {
          owners.put(table, file.inputs().get(table));
        }
      }
    }
    return owners;
  }

  /** The tables of other files that the file's parts read. */
  private Set<String> read() {
    Set<String> names = new TreeSet<>();
    own.sources().values().forEach(source -> names.addAll(source.dependsOn()));
    own.tables().values().forEach(table -> names.addAll(table.dependsOn()));
    own.features().values().forEach(group -> names.add(group.from()));
    Map<String, GroupSection> all = visible().features();
    groups().forEach(group -> names.add(all.get(group).from()));
    own.model()
        .ifPresent(model -> names.addAll(List.of(model.predict().each(), model.label().from())));
    names.removeAll(CheckTables.names(own));
    return names;
  }

  /** The groups of other files that the model takes. */
  private Set<String> groups() {
    Set<String> others = featureColumns().keySet();
    return own.model().stream()
        .flatMap(model -> model.features().stream())
        .filter(feature -> feature.sql().isEmpty() && others.contains(feature.name()))
        .map(Model.ModelFeature::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Names that stand for a table in one file and for a group in another. That two declare one table
   * or one group is {@link TableOwners}' concern.
   */
  void check(Problems problems) {
    Set<String> tables = CheckTables.names(own);
    Set<String> groups = new TreeSet<>(own.features().keySet());
    for (int i = 0; i < files.size(); i++) {
      Pipeline whole = files.get(i).whole();
      String path = "uses[%d]".formatted(i);
      for (String table : CheckTables.names(whole)) {
        if (groups.contains(table)) {
          clash(path, files.get(i), table, "table", "group", problems);
        }
      }
      for (String group : whole.features().keySet()) {
        if (tables.contains(group)) {
          clash(path, files.get(i), group, "group", "table", problems);
        }
      }
      tables.addAll(CheckTables.names(whole));
      groups.addAll(whole.features().keySet());
    }
  }

  private static void clash(
      String path, Loaded file, String name, String kind, String other, Problems problems) {
    problems.add(
        path,
        "%s brings a %s %s, and there is a %s of that name; give one of them another name"
            .formatted(file.pipeline().pipeline(), kind, name, other));
  }
}
