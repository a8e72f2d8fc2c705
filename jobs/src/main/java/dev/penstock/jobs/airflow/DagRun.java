package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A run of a DAG.
 *
 * @param dag the DAG's id
 * @param id of the run
 * @param state queued, running, success or failed
 * @param conf what it was triggered with; empty without
 * @param startedAt as Airflow writes it; empty while it waits
 * @param endedAt as Airflow writes it; empty before
 */
public record DagRun(
    String dag,
    String id,
    String state,
    Map<String, String> conf,
    Optional<String> startedAt,
    Optional<String> endedAt) {

  static DagRun of(JsonNode run) {
    Map<String, String> conf = new LinkedHashMap<>();
    run.path("conf")
        .fields()
        .forEachRemaining(
            entry ->
                conf.put(
                    entry.getKey(),
                    entry.getValue().isTextual()
                        ? entry.getValue().asText()
                        : entry.getValue().toString()));
    return new DagRun(
        run.path("dag_id").asText(),
        run.path("dag_run_id").asText(),
        run.path("state").asText(),
        conf,
        Optional.ofNullable(run.path("start_date").asText(null)),
        Optional.ofNullable(run.path("end_date").asText(null)));
  }

  /** Whether nothing more will happen. */
  public boolean isOver() {
    return isSuccess() || state.equals("failed");
  }

  /** Whether all of it went well. */
  public boolean isSuccess() {
    return state.equals("success");
  }

  /** For machines. */
  public Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("dag", dag);
    json.put("run_id", id);
    json.put("state", state);
    json.put("conf", conf);
    json.put("started_at", startedAt.orElse(null));
    json.put("ended_at", endedAt.orElse(null));
    return json;
  }
}
