package dev.penstock.jobs;

import dev.penstock.features.Durations;
import dev.penstock.jobs.airflow.Airflow;
import dev.penstock.jobs.airflow.Patience;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Secrets;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How commands reach the Airflow of their environment; a picocli mixin. */
final class AirflowOptions {
  /** How long an Airflow that restarts, or has not parsed a DAG yet, is waited for. */
  static final Duration DEADLINE = Duration.ofMinutes(2);

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "2m",
      description = "How long to wait for an Airflow that does not answer (${DEFAULT-VALUE}).")
  private String timeout = "2m";

  /** The Airflow of the environment, with the patience that was asked for. */
  Airflow connect(Pipelines.Loaded loaded) {
    return connect(loaded, duration("--timeout", timeout));
  }

  /**
   * The Airflow of the environment; not asked anything yet.
   *
   * @param deadline of each operation, with its retries
   */
  static Airflow connect(Pipelines.Loaded loaded, Duration deadline) {
    return new Airflow(
        loaded
            .airflow()
            .orElseThrow(
                () ->
                    new Exit.UserException(
                        "the environment has no Airflow; add to it in environments.yaml:"
                            + " airflow: {url: http://localhost:8080, user: admin,"
                            + " password: \"${secret:AIRFLOW_PASSWORD}\"}")),
        new Secrets(System::getenv),
        Patience.of(deadline));
  }

  /** An option's duration. */
  static Duration duration(String option, String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Exit.UserException(option + ": " + e.getMessage());
    }
  }
}
