package dev.penstock.jobs.pipeline;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that change what a pipeline file means; a picocli mixin. */
public final class SettingsOptions {
  @Option(
      names = "--env",
      paramLabel = "NAME",
      defaultValue = "local",
      description = "Environment of environments.yaml (default: ${DEFAULT-VALUE}).")
  private String env = "local";

  @Option(
      names = "--set",
      paramLabel = "NAME=value",
      description = "Value of $${NAME} in the pipeline file; may be repeated.")
  private Map<String, String> values = new LinkedHashMap<>();

  @Option(
      names = "--override",
      paramLabel = "KEY=value",
      description = "Value of a key, as model.seed=7; may be repeated.")
  private Map<String, String> overrides = new LinkedHashMap<>();

  @Option(
      names = "--conf-dir",
      paramLabel = "FOLDER",
      defaultValue = "${env:PENSTOCK_CONF:-conf}",
      description = "Folder of pipelines/ and environments.yaml (default: ${DEFAULT-VALUE}).")
  private Path conf = Path.of("conf");

  /** The settings, with this process's environment. */
  public Settings settings() {
    return new Settings(conf, env, values, overrides, System::getenv);
  }
}
