package dev.penstock.jobs.airflow;

import dev.penstock.jobs.pipeline.ConfigHash;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A run of a pipeline's training DAG.
 *
 * @param dag its id
 * @param id of the run
 * @param conf what it is told: date and reason
 */
public record TrainingRun(String dag, String id, Map<String, String> conf) {
  private static final int DIGITS = 12;

  /**
   * The run for an interval.
   *
   * @param identity the same identity is the same run
   */
  public static TrainingRun of(String pipeline, String slice, String reason, String identity) {
    Map<String, String> conf = new LinkedHashMap<>();
    conf.put("date", slice);
    conf.put("reason", reason);
    return new TrainingRun(
        dag(pipeline),
        "penstock__%s__%s".formatted(slice, ConfigHash.of(identity).substring(0, DIGITS)),
        conf);
  }

  /** The id of a pipeline's training DAG. */
  public static String dag(String pipeline) {
    return pipeline + ".train";
  }
}
