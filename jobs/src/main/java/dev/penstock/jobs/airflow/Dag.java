package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A DAG as Airflow knows it.
 *
 * @param id its id
 * @param isPaused whether runs of it stay queued
 * @param isStale whether its file no longer has it
 * @param hasImportErrors whether its file can't be imported now
 */
public record Dag(String id, boolean isPaused, boolean isStale, boolean hasImportErrors) {
  static Dag of(JsonNode dag) {
    return new Dag(
        dag.path("dag_id").asText(),
        dag.path("is_paused").asBoolean(),
        dag.path("is_stale").asBoolean(),
        dag.path("has_import_errors").asBoolean());
  }

  /** Whether a run of it can be made. */
  public boolean isParsed() {
    return !isStale && !hasImportErrors;
  }
}
