package dev.penstock.jobs.pipeline;

import java.nio.file.Path;
import java.util.List;

/** Reads pipeline files. */
public final class Pipelines {
  private Pipelines() {}

  /**
   * A pipeline file that was read and has no problem.
   *
   * @param file as the user would name it
   * @param pipeline its content
   * @param warehouse the folder of all tables
   */
  public record Loaded(String file, Pipeline pipeline, String warehouse) {}

  /**
   * Reads a pipeline file.
   *
   * @param nameOrPath a name under {@code pipelines/} of the conf folder, or a path
   * @throws PipelineFileException with every problem of the file
   */
  public static Loaded load(String nameOrPath, Settings settings) {
    throw new UnsupportedOperationException(nameOrPath + settings);
  }

  /**
   * Reads all files of a folder; each table is declared by one of them.
   *
   * @throws PipelineFileException with every problem of all files
   */
  public static List<Loaded> loadAll(Path folder, Settings settings) {
    throw new UnsupportedOperationException(folder.toString() + settings);
  }
}
