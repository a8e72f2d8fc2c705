package dev.penstock.jobs.loop;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came of bringing a decision to Airflow.
 *
 * @param outcome in one word
 * @param slice the decision's interval; blank if there is none to deliver
 * @param dag the DAG that trains; blank as well
 * @param run the id of its run; blank as well
 * @param isRecorded whether the ledger got a row for it now
 * @param message in a sentence, with the next step if there is one
 * @param exit as {@code Exit} defines it
 */
public record Delivery(
    Outcome outcome,
    String slice,
    String dag,
    String run,
    boolean isRecorded,
    String message,
    int exit) {

  /** What came of it. */
  public enum Outcome {
    /** The training run is new. */
    CREATED,
    /** It was there: an earlier try made it. */
    ATTACHED,
    /** It is not there; the decision is kept, to be delivered later. */
    KEPT,
    /** No decision waits for delivery. */
    NOTHING;

    String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** For machines; without values that are blank. */
  public Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("outcome", outcome.text());
    if (!slice.isEmpty()) {
      json.put("date", slice);
      json.put("dag", dag);
      json.put("run_id", run);
    }
    json.put("message", message);
    return json;
  }

  /** For people. */
  public String line() {
    return "trigger  " + (slice.isEmpty() ? "" : slice + ": ") + message;
  }
}
