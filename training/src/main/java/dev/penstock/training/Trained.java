package dev.penstock.training;

import java.util.List;
import java.util.Map;

/**
 * What a training made, and why it is accepted or not.
 *
 * @param model fitted on the whole train part
 * @param point its algorithm and parameters
 * @param candidates every grid point with its metrics on the last part of the train rows
 * @param holdout the model's metrics; one that is not defined is absent
 * @param checks one per acceptance rule and group
 * @param modelHash {@link Model#canonicalHash}
 * @param partitions that the model was fitted on
 * @param trainRows labelled rows fitted on
 * @param holdoutRows labelled rows judged on
 */
public record Trained(
    Model model,
    GridPoint point,
    List<CandidateResult> candidates,
    Map<Metric, Double> holdout,
    List<AcceptanceCheck> checks,
    String modelHash,
    int partitions,
    long trainRows,
    long holdoutRows) {
  public Trained {
    candidates = List.copyOf(candidates);
    checks = List.copyOf(checks);
  }

  /** Do all acceptance rules hold? */
  public boolean accepted() {
    return checks.stream().allMatch(AcceptanceCheck::passed);
  }

  /** The sentences of the checks that decided: those that failed, or, if none did, all. */
  public List<String> reasons() {
    return checks.stream()
        .filter(check -> accepted() || !check.passed())
        .map(AcceptanceCheck::reason)
        .toList();
  }
}
