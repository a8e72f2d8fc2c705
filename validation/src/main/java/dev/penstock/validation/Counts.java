package dev.penstock.validation;

import java.util.List;

/**
 * How the rows of one slice fared under the row rules.
 *
 * @param all rows that came
 * @param left rows that broke no rule
 * @param broken per rule under quarantine, in the gate's order: rows that broke it
 */
record Counts(long all, long left, List<Long> broken) {}
