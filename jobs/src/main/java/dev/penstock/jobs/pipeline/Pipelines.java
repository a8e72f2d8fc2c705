package dev.penstock.jobs.pipeline;

import dev.penstock.training.LabelKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;
import org.yaml.snakeyaml.nodes.Node;

/** Reads pipeline files. Starts no Spark session. */
public final class Pipelines {
  private Pipelines() {}

  /**
   * A pipeline file that was read and has no problem.
   *
   * @param file as the user would name it
   * @param pipeline its content, with defaults; {@code ${secret:NAME}} stands as it is
   * @param warehouse the folder of all tables, from the environment
   * @param schemas columns of each source and derived table, by name, in the order of the file
   * @param featureColumns columns of each feature group, by name
   * @param labelKind what the label is; empty exactly without a model
   */
  public record Loaded(
      String file,
      Pipeline pipeline,
      String warehouse,
      Map<String, StructType> schemas,
      Map<String, StructType> featureColumns,
      Optional<LabelKind> labelKind) {

    /** The feature columns that the model takes, in the order of the file; empty without model. */
    public List<String> modelColumns() {
      List<String> columns = new ArrayList<>();
      for (Model.ModelFeature feature : pipeline.model().map(Model::features).orElse(List.of())) {
        StructType group = featureColumns.get(feature.name());
        if (group == null || feature.sql().isPresent()) {
          columns.add(feature.name());
        } else {
          Arrays.stream(feature.inRole(group).fields())
              .filter(field -> CheckModel.isUsable(field.dataType()))
              .forEach(field -> columns.add(field.name()));
        }
      }
      return List.copyOf(columns);
    }
  }

  /** What was found, with all problems; {@code loaded} is empty if the file can't be used. */
  private record Outcome(Optional<Loaded> loaded, List<Problem> problems) {}

  /**
   * Reads a pipeline file.
   *
   * @param nameOrPath a name under {@code pipelines/} of the conf folder, or a path
   * @throws PipelineFileException with every problem of the file
   */
  public static Loaded load(String nameOrPath, Settings settings) {
    Path file = find(nameOrPath, settings);
    Outcome outcome = read(file, settings, true);
    List<Problem> problems = new ArrayList<>(outcome.problems());
    problems.addAll(TableOwners.clashes(file, files(settings.conf().resolve("pipelines"))));
    if (!problems.isEmpty()) {
      throw new PipelineFileException(problems);
    }
    return outcome.loaded().orElseThrow();
  }

  /**
   * Reads what {@link ResolvedText} wrote: nothing is to be filled in. The warehouse is empty.
   *
   * @throws PipelineFileException if this version of the program can't read it any more
   */
  public static Loaded parse(String text) {
    Problems problems = new Problems("(frozen definitions)");
    YamlText yaml = new YamlText();
    Optional<Loaded> loaded =
        yaml.compose("(frozen definitions)", text, problems)
            .flatMap(
                root ->
                    new RecordReader(yaml, problems, UnaryOperator.identity())
                        .read(Pipeline.class, root))
            .map(found -> checked("(frozen definitions)", found, "", problems));
    if (!problems.all().isEmpty()) {
      throw new PipelineFileException(problems.all());
    }
    return loaded.orElseThrow();
  }

  private static Loaded checked(String file, Pipeline found, String warehouse, Problems problems) {
    Map<String, StructType> schemas = new CheckTables(found, problems).run();
    new CheckGate(found, schemas, problems).run();
    Map<String, StructType> groups = new CheckFeatures(found, schemas, problems).run();
    Optional<LabelKind> kind = new CheckModel(found, schemas, groups, problems).run();
    return new Loaded(file, found, warehouse, schemas, groups, kind);
  }

  /**
   * Reads all files of a folder; each table, group and model is declared by one of them.
   *
   * @throws PipelineFileException with every problem of all files
   */
  public static List<Loaded> loadAll(Path folder, Settings settings) {
    List<Problem> problems = new ArrayList<>();
    List<Loaded> all = new ArrayList<>();
    List<Path> files = files(folder);
    for (Path file : files) {
      Outcome outcome = read(file, settings, false);
      problems.addAll(outcome.problems());
      problems.addAll(TableOwners.clashes(file, files.subList(0, files.indexOf(file))));
      outcome.loaded().ifPresent(all::add);
    }
    if (!problems.isEmpty()) {
      throw new PipelineFileException(problems);
    }
    return all;
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path find(String nameOrPath, Settings settings) {
    Path path = Path.of(nameOrPath);
    if (Files.isRegularFile(path)) {
      return path;
    }
    Path folder = settings.conf().resolve("pipelines");
    Path named = folder.resolve(nameOrPath + ".yaml");
    if (!nameOrPath.contains("/") && Files.isRegularFile(named)) {
      return named;
    }
    List<String> names =
        files(folder).stream()
            .map(file -> file.getFileName().toString().replaceFirst("\\.yaml$", ""))
            .toList();
    throw new PipelineFileException(
        List.of(
            new Problem(
                nameOrPath,
                0,
                "",
                nameOrPath.endsWith(".yaml")
                    ? "there is no such file"
                    : "there is no such file, and no %s; %s"
                        .formatted(named, DidYouMean.hint(nameOrPath, names)))));
  }

  private static Outcome read(Path file, Settings settings, boolean isTheOne) {
    Problems problems = new Problems(file.toString());
    Set<String> asked = new TreeSet<>();
    Optional<Environment> environment = environment(settings, problems, asked);
    Values values = new Values(settings, environment.map(Environment::values).orElse(Map.of()));
    YamlText yaml = new YamlText();
    Optional<Node> root =
        text(file, problems).flatMap(text -> yaml.compose(file.toString(), text, problems));
    if (root.isEmpty()) {
      return new Outcome(Optional.empty(), problems.all());
    }
    if (isTheOne) {
      settings.overrides().forEach((path, text) -> yaml.override(root.get(), path, text, problems));
    }
    Optional<Pipeline> pipeline =
        new RecordReader(yaml, problems, values::fill).read(Pipeline.class, root.get());
    if (isTheOne) {
      asked.addAll(values.asked());
      unused(settings, asked, problems);
    }
    Optional<Loaded> loaded =
        pipeline.map(
            found -> {
              requireName(found, file, problems);
              String warehouse = environment.map(Environment::warehouse).orElse("");
              return checked(file.toString(), found, warehouse, problems);
            });
    return new Outcome(loaded.filter(found -> problems.all().isEmpty()), problems.all());
  }

  private static Optional<String> text(Path file, Problems problems) {
    try {
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      problems.add(file.toString(), 0, "", "cannot be read as UTF-8 text: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static void requireName(Pipeline pipeline, Path file, Problems problems) {
    Names.problem(pipeline.pipeline(), Set.of())
        .ifPresent(sentence -> problems.add("pipeline", sentence));
    String name = file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
    if (!name.equals(pipeline.pipeline())) {
      problems.add(
          "pipeline",
          "is '%s', the file is %s; give both one name"
              .formatted(pipeline.pipeline(), file.getFileName()));
    }
    if (pipeline.sources().isEmpty()
        && !problems.isBroken("sources")
        && problems.all().stream().noneMatch(p -> p.key().startsWith("sources"))) {
      problems.add("sources", "declares no source; a pipeline begins with one");
    }
  }

  /** A {@code --set} that nothing asks for is a typo. */
  private static void unused(Settings settings, Set<String> asked, Problems problems) {
    for (String name : settings.values().keySet()) {
      if (!asked.contains(name)) {
        problems.add(
            "--set " + name,
            0,
            "",
            "the file has no ${%s}; %s".formatted(name, DidYouMean.hint(name, asked)));
      }
    }
  }

  private static Optional<Environment> environment(
      Settings settings, Problems problems, Set<String> asked) {
    Path file = settings.environmentsFile();
    if (!Files.isRegularFile(file)) {
      problems.add(file.toString(), 0, "", "is missing; it says where tables are, by environment");
      return Optional.empty();
    }
    Problems own = new Problems(file.toString());
    YamlText yaml = new YamlText();
    Values values = new Values(settings, Map.of());
    Map<String, Environment> all = new LinkedHashMap<>();
    text(file, own)
        .flatMap(text -> yaml.compose(file.toString(), text, own))
        .ifPresent(
            root ->
                all.putAll(
                    new RecordReader(yaml, own, values::fill).readMap(Environment.class, root)));
    asked.addAll(values.asked());
    own.all().forEach(p -> problems.add(p.file(), p.line(), p.key(), p.sentence()));
    if (!all.containsKey(settings.env()) && own.all().isEmpty()) {
      problems.add(
          "--env " + settings.env(),
          0,
          "",
          "%s has no such environment; %s"
              .formatted(file, DidYouMean.hint(settings.env(), all.keySet())));
    }
    return Optional.ofNullable(all.get(settings.env()));
  }
}
