package dev.penstock.jobs.pipeline;

import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Which pipeline a command is about, or all of them; a picocli mixin. */
public final class SomePipelinesOptions {
  @Parameters(
      arity = "0..1",
      paramLabel = "PIPELINE",
      description = "A name under conf/pipelines, or a path; without it all of conf/pipelines.")
  private String nameOrPath;

  @Mixin private SettingsOptions options = new SettingsOptions();

  /** All pipelines, if none was named. */
  public List<Pipelines.Loaded> load() {
    Settings settings = options.settings();
    return nameOrPath == null
        ? Pipelines.loadAll(settings.pipelines(), settings)
        : List.of(Pipelines.load(nameOrPath, settings));
  }

  /** The settings, with this process's environment. */
  public Settings settings() {
    return options.settings();
  }

  /** Whether one was named. */
  public boolean isOne() {
    return nameOrPath != null;
  }
}
