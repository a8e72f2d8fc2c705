package dev.penstock.jobs.pipeline;

import java.util.Map;

/** One environment of {@code environments.yaml}: where a pipeline runs. */
@Doc("Where a pipeline runs.")
@NotYet({"alerts", "tracking"})
record Environment(
    @Doc("The folder of all tables.") String warehouse,
    @Doc("Values of ${NAME} in pipeline files.") @Default("{}") Map<String, String> values) {}
