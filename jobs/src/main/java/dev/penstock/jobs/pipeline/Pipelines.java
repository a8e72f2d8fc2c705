package dev.penstock.jobs.pipeline;

import dev.penstock.features.DidYouMean;
import dev.penstock.training.LabelKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;

/** Reads pipeline files. Starts no Spark session. */
public final class Pipelines {
  private Pipelines() {}

  /**
   * A pipeline file that was read and has no problem.
   *
   * @param file as the user would name it
   * @param pipeline its content, with defaults; {@code ${secret:NAME}} stands as it is
   * @param whole the content as if the file also declared what it needs of the files under {@code
   *     uses:}; equal to {@code pipeline} without such files
   * @param inputs the tables under {@code uses:} that a run reads, each with the pipeline that owns
   *     it
   * @param warehouse the folder of all tables, from the environment
   * @param schemas columns of each source and derived table that the file may name or needs
   * @param featureColumns columns of each feature group that the file may name
   * @param labelKind what the label is; empty exactly without a model
   * @param airflow where the pipeline's DAGs run, from the environment; no part of any hash
   */
  public record Loaded(
      String file,
      Pipeline pipeline,
      Pipeline whole,
      Map<String, String> inputs,
      String warehouse,
      Map<String, StructType> schemas,
      Map<String, StructType> featureColumns,
      Optional<LabelKind> labelKind,
      Optional<AirflowServer> airflow) {

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

  /**
   * Reads a pipeline file.
   *
   * @param nameOrPath a name under {@code pipelines/} of the conf folder, or a path
   * @throws PipelineFileException with every problem of the file and of those that it uses
   */
  public static Loaded load(String nameOrPath, Settings settings) {
    PipelineFiles files = new PipelineFiles(settings);
    PipelineFiles.Outcome outcome = files.readTheOne(find(nameOrPath, settings));
    Set<Problem> problems = new TreeSet<>(outcome.problems());
    TableOwners owners = new TableOwners();
    List<Path> read = new ArrayList<>(files.read());
    files(settings.pipelines()).stream().filter(file -> !read.contains(file)).forEach(owners::add);
    Collections.reverse(read); // of two that clash, the one that uses the other is to be changed
    read.forEach(file -> problems.addAll(owners.add(file)));
    if (!problems.isEmpty()) {
      throw new PipelineFileException(List.copyOf(problems));
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
            .map(
                found ->
                    checked(
                        "(frozen definitions)", found, List.of(), Environment.NOWHERE, problems));
    if (!problems.all().isEmpty()) {
      throw new PipelineFileException(problems.all());
    }
    return loaded.orElseThrow();
  }

  /**
   * What a file says, with its problems.
   *
   * @param uses the files that it uses, each without a problem
   */
  static Loaded checked(
      String file, Pipeline own, List<Loaded> uses, Environment environment, Problems problems) {
    Uses used = new Uses(own, uses);
    used.check(problems);
    Pipeline visible = used.visible();
    Map<String, StructType> schemas = new CheckTables(own, visible, used.schemas(), problems).run();
    new CheckGate(own, visible, schemas, problems).run();
    Map<String, StructType> groups = used.featureColumns();
    groups.putAll(new CheckFeatures(own, visible, schemas, problems).run());
    Optional<LabelKind> kind = new CheckModel(visible, schemas, groups, problems).run();
    if (!problems.isBroken("every") && !problems.isBroken("time-zone")) {
      own.airflow()
          .problemOfStart(own.cadence())
          .ifPresent(sentence -> problems.add("airflow.start", sentence));
    }
    return new Loaded(
        file,
        own,
        used.whole(),
        used.inputs(),
        environment.warehouse(),
        schemas,
        groups,
        kind,
        environment.airflow());
  }

  /**
   * Reads all files of a folder; each table, group and model is declared by one of them.
   *
   * @throws PipelineFileException with every problem of all files
   */
  public static List<Loaded> loadAll(Path folder, Settings settings) {
    Set<Problem> problems = new TreeSet<>();
    List<Loaded> all = new ArrayList<>();
    List<Path> files = files(folder);
    TableOwners owners = new TableOwners();
    Map<Path, PipelineFiles.Outcome> read = readSideBySide(files, settings);
    for (Path file : files) {
      PipelineFiles.Outcome outcome = read.get(file);
      problems.addAll(outcome.problems());
      problems.addAll(owners.add(file));
      outcome.loaded().ifPresent(all::add);
    }
    if (!problems.isEmpty()) {
      throw new PipelineFileException(List.copyOf(problems));
    }
    return all;
  }

  /** Each core reads a part of the files, and what those use. */
  private static Map<Path, PipelineFiles.Outcome> readSideBySide(
      List<Path> files, Settings settings) {
    int parts = Math.min(Runtime.getRuntime().availableProcessors(), 1 + files.size() / 16);
    Map<Path, PipelineFiles.Outcome> all = new ConcurrentHashMap<>();
    IntStream.range(0, parts)
        .parallel()
        .forEach(
            part -> {
              PipelineFiles reading = new PipelineFiles(settings);
              files
                  .subList(files.size() * part / parts, files.size() * (part + 1) / parts)
                  .forEach(file -> all.put(file, reading.read(file)));
            });
    return all;
  }

  /** The names of all files of a folder. */
  static List<String> names(Path folder) {
    return files(folder).stream().map(Pipelines::name).toList();
  }

  /** The name of the pipeline in a file. */
  static String name(Path file) {
    return file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
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
    Path named = settings.pipeline(nameOrPath);
    if (!nameOrPath.contains("/") && Files.isRegularFile(named)) {
      return named;
    }
    throw new PipelineFileException(
        List.of(
            new Problem(
                nameOrPath,
                0,
                "",
                nameOrPath.endsWith(".yaml")
                    ? "there is no such file"
                    : "there is no such file, and no %s; %s"
                        .formatted(
                            named, DidYouMean.hint(nameOrPath, names(settings.pipelines()))))));
  }
}
