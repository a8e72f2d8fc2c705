package dev.penstock.jobs.pipeline;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Which pipeline a command is about, and the options that change it; a picocli mixin. */
public final class PipelineOptions {
  @Parameters(
      index = "0",
      paramLabel = "PIPELINE",
      description = "A name under conf/pipelines, or the path of a pipeline file.")
  private String nameOrPath = "";

  @Mixin private SettingsOptions settings = new SettingsOptions();

  /**
   * Reads the pipeline file.
   *
   * @throws PipelineFileException with every problem of the file
   */
  public Pipelines.Loaded load() {
    return Pipelines.load(nameOrPath, settings.settings());
  }

  /** The name or path as it was given. */
  public String nameOrPath() {
    return nameOrPath;
  }

  /** The settings, with this process's environment. */
  public Settings settings() {
    return settings.settings();
  }
}
