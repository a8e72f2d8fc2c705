package dev.penstock.jobs.pipeline;

import java.util.Map;
import java.util.Optional;

/** One environment of {@code environments.yaml}: where a pipeline runs. */
@Doc("Where a pipeline runs.")
@NotYet({"alerts", "tracking"})
record Environment(
    @Doc("The folder of all tables.") String warehouse,
    @Doc("Values of ${NAME} in pipeline files.") @Default("{}") Map<String, String> values,
    @Doc("The Airflow that runs the pipelines.") Optional<AirflowServer> airflow) {

  /** Of definitions that are read to be compared, not run. */
  static final Environment NOWHERE = new Environment("", Map.of(), Optional.empty());
}
