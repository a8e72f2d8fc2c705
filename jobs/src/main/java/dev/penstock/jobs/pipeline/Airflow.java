package dev.penstock.jobs.pipeline;

import dev.penstock.lake.Cadence;
import java.time.Duration;
import java.util.Optional;

/** How Airflow runs a pipeline; only {@code dags} looks at it. */
@Doc("How Airflow runs the pipeline, for ./penstock dags.")
public record Airflow(
    @Doc(
            "The first interval that Airflow runs, as 2026-01-31: all from there on are run, those too"
                + " that were missed. Without it: only the newest.")
        Optional<String> start,
    @Doc("per-job: a task for each job. per-source: ingest has a task for each source.")
        @Default("per-job")
        Tasks tasks,
    @Doc("The Airflow connection to the Spark cluster.") @Default("spark_default")
        String connection,
    @Doc("How often a failed task is tried again; refused slices and wrong files are not.")
        @Default("5")
        long retries,
    @Doc("Until a task whose input is not there yet is tried again.") @Default("30m")
        Duration retryLater,
    @Doc("A task that runs longer is stopped, and tried again.") @Default("6h") Duration timeout) {

  /** How jobs become tasks. */
  public enum Tasks {
    PER_JOB,
    PER_SOURCE
  }

  public Airflow {
    if (retries < 0) {
      throw new IllegalArgumentException("retries must not be negative, got " + retries);
    }
  }

  /** What is wrong with {@code start}; empty if nothing. */
  Optional<String> problemOfStart(Cadence cadence) {
    if (start.isEmpty()) {
      return Optional.empty();
    }
    try {
      String name = cadence.named(start.get()).slice();
      return name.equals(start.get())
          ? Optional.empty()
          : Optional.of("'%s' is inside an interval; it starts at %s".formatted(start.get(), name));
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage());
    }
  }
}
