package dev.penstock.jobs.dags;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of the files that Airflow parses.
 *
 * @param folder may not be there yet
 * @param settings what every task is given beside its pipeline and interval
 */
public record DagFiles(Path folder, Settings settings) {

  /**
   * What is, and what should be.
   *
   * @param file in the folder
   * @param is its text; empty if it is not there
   * @param wanted its text; empty for a written file whose pipeline is gone
   * @param tasks of the interval's DAG, for people
   */
  public record Change(Path file, Optional<String> is, Optional<String> wanted, String tasks) {
    /** Whether the file is not as it should be. */
    public boolean isStale() {
      return !is.equals(wanted);
    }

    /** What is wrong with a stale file, and what to do. */
    public String complaint() {
      if (wanted.isEmpty()) {
        return file + ": no pipeline file makes it any more; delete it";
      }
      return "%s: %s; run ./penstock dags"
          .formatted(file, is.isEmpty() ? "is missing" : "is not what its pipeline file says");
    }
  }

  /**
   * Compares the files with what pipelines say.
   *
   * @param areAll whether {@code pipelines} are all that there are, so that other files of ours are
   *     of none
   * @throws Exit.UserException if a file has the name of a pipeline and was not written by us
   */
  public List<Change> compare(List<Pipelines.Loaded> pipelines, boolean areAll) {
    List<Change> changes = new ArrayList<>();
    Set<Path> wanted = new HashSet<>();
    for (Pipelines.Loaded loaded : pipelines) {
      DagFile dag = dag(loaded.pipeline());
      Path file = folder.resolve(loaded.pipeline().pipeline() + ".py");
      Optional<String> is = Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
      if (is.isPresent() && !is.get().contains(DagFile.MARK)) {
        throw new Exit.UserException(
            "%s: is not written by ./penstock dags; move it away, or choose another --out"
                .formatted(file));
      }
      wanted.add(file);
      changes.add(new Change(file, is, Optional.of(dag.text()), dag.describe()));
    }
    if (areAll) {
      ours().stream()
          .filter(file -> !wanted.contains(file))
          .forEach(
              file -> changes.add(new Change(file, Optional.of(read(file)), Optional.empty(), "")));
    }
    return changes;
  }

  /**
   * Makes the files as they should be; those of no pipeline stay.
   *
   * @return a line for each
   */
  public List<String> write(List<Change> changes) {
    List<String> lines = new ArrayList<>();
    for (Change change : changes) {
      if (change.wanted().isEmpty()) {
        lines.add(change.complaint());
      } else if (change.isStale()) {
        write(change.file(), change.wanted().get());
        lines.add("%s: written (%s)".formatted(change.file(), change.tasks()));
      } else {
        lines.add(change.file() + ": current");
      }
    }
    return lines;
  }

  private DagFile dag(Pipeline pipeline) {
    List<String> options = new ArrayList<>(List.of("--env", settings.env()));
    settings.values().entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .forEach(
            entry -> options.addAll(List.of("--set", entry.getKey() + "=" + entry.getValue())));
    settings
        .overrides()
        .forEach((key, value) -> options.addAll(List.of("--override", key + "=" + value)));
    return new DagFile(
        pipeline,
        options,
        ConfigHash.of(
            pipeline, pipeline.description(), pipeline.uses(), pipeline.airflow(), options));
  }

  private List<Path> ours() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".py"))
          .filter(file -> read(file).contains(DagFile.MARK))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  /** Whole or not at all: Airflow may parse the folder at any time. */
  private void write(Path file, String text) {
    try {
      Files.createDirectories(folder);
      Path half = Files.createTempFile(folder, ".", ".tmp");
      Files.writeString(half, text);
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }
}
