package dev.penstock.validation;

import java.util.Locale;

/** How a check went. The data is bad and the rule is bad are never the same answer. */
public enum Outcome {
  PASSED,
  /** The rule was evaluated and does not hold. */
  FAILED,
  /** The rule could not be evaluated; says nothing about the data. */
  ERRORED;

  /** As it is stored: {@code passed}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Outcome of(boolean holds) {
    return holds ? PASSED : FAILED;
  }
}
