package dev.penstock.training;

import java.util.Map;

/**
 * How one grid point did on the validation part of the train rows.
 *
 * @param point what was fitted
 * @param validation its metrics; one that is not defined on these rows is absent
 * @param chosen was it refitted on the whole train part?
 */
public record CandidateResult(GridPoint point, Map<Metric, Double> validation, boolean chosen) {}
