package dev.penstock.training;

import java.util.OptionalDouble;

/**
 * The outcome of one acceptance rule, for the whole holdout or for one group of it.
 *
 * @param rule as in {@code roc-auc}, or {@code pr-auc against champion}
 * @param subject {@code holdout}, or the group, as in {@code origin=EWR}
 * @param value what was measured: the metric, or the gain over the champion; empty if it is not
 *     defined (only one class) or was not measured (too few rows, no champion)
 * @param bound as in {@code at-least 0.6}
 * @param n rows measured
 * @param low lower end of the interval, where there is one
 * @param high upper end of the interval, where there is one
 * @param passed does the rule hold? A group that is too small to judge passes
 * @param reason one sentence with the numbers
 */
public record AcceptanceCheck(
    String rule,
    String subject,
    OptionalDouble value,
    String bound,
    long n,
    OptionalDouble low,
    OptionalDouble high,
    boolean passed,
    String reason) {}
