package dev.penstock.validation;

import java.util.Collections;
import java.util.List;

/**
 * How the rows of one slice fared under the row rules.
 *
 * @param all rows that came
 * @param left rows that broke no rule
 * @param broken per rule under quarantine, in the gate's order: rows that broke it
 */
record Counts(long all, long left, List<Long> broken) {
  static Counts none(int rules) {
    return new Counts(0, 0, Collections.nCopies(rules, 0L));
  }
}
