package dev.penstock.jobs.pipeline;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What stands outside the pipeline file and changes what it means.
 *
 * @param conf the folder with {@code pipelines/} and {@code environments.yaml}
 * @param env the environment's name, as {@code local}
 * @param values values of {@code ${NAME}} from {@code --set}; they win over all others
 * @param overrides YAML values by key path from {@code --override}
 * @param process looks a name up in the process environment; null if it has none
 */
public record Settings(
    Path conf,
    String env,
    Map<String, String> values,
    Map<String, String> overrides,
    UnaryOperator<String> process) {
  public Settings {
    values = Map.copyOf(values);
    overrides = Collections.unmodifiableMap(new LinkedHashMap<>(overrides));
  }

  /** The file that holds the environments. */
  public Path environmentsFile() {
    return conf.resolve("environments.yaml");
  }

  /** The folder of the pipeline files. */
  public Path pipelines() {
    return conf.resolve("pipelines");
  }

  /** The file of the pipeline of that name, whether it is there or not. */
  Path pipeline(String name) {
    return pipelines().resolve(name + ".yaml");
  }

  /** The environment {@code local} of {@code conf}, with this process's environment. */
  public static Settings local(Path conf) {
    return new Settings(conf, "local", Map.of(), Map.of(), System::getenv);
  }
}
