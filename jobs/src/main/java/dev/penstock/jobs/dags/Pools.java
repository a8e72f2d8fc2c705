package dev.penstock.jobs.dags;

import dev.penstock.jobs.pipeline.Airflow.Tasks;
import dev.penstock.jobs.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.List;

/** Airflow's pools of one slot: one for what a task writes, so that two never write it at once. */
public final class Pools {
  private Pools() {}

  /** The pool of a pipeline for what is named, as {@code penstock.flights.predictions}. */
  static String of(Pipeline pipeline, String written) {
    return "penstock.%s.%s".formatted(pipeline.pipeline(), written);
  }

  /** All pools that the tasks of a pipeline are in. */
  public static List<String> of(Pipeline pipeline) {
    List<String> pools = new ArrayList<>();
    if (pipeline.airflow().tasks() == Tasks.PER_JOB) {
      pools.add(of(pipeline, "sources"));
    } else {
      pipeline.sources().keySet().forEach(name -> pools.add(of(pipeline, "sources." + name)));
      pipeline.tables().keySet().forEach(name -> pools.add(of(pipeline, "sources." + name)));
    }
    if (!pipeline.features().isEmpty()) {
      pools.add(of(pipeline, "features"));
    }
    if (pipeline.model().isPresent()) {
      pools.addAll(
          List.of(of(pipeline, "predictions"), of(pipeline, "decisions"), of(pipeline, "models")));
    }
    return pools;
  }
}
