package dev.penstock.validation;

/**
 * How a measured value compares with a rule's bound.
 *
 * @param bound the bound, for people
 * @param reason the whole comparison as a sentence
 */
record Finding(Outcome outcome, String bound, String reason) {
  /** A reason of the form {@code row-count 272, at least 300 expected}. */
  static Finding of(boolean holds, String measured, String bound) {
    return new Finding(Outcome.of(holds), bound, measured + ", " + bound + " expected");
  }

  /** Passed, because there was nothing that could break the rule. */
  static Finding nothingToJudge(String what, String bound) {
    return new Finding(Outcome.PASSED, bound, what + ", " + bound + " expected: nothing to judge");
  }
}
