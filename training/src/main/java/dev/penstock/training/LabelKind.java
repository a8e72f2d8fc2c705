package dev.penstock.training;

/** What a label is: a predicate that is true or false, or a number. */
public enum LabelKind {
  /** The label is 0 or 1; a prediction is the probability of 1. */
  CLASSIFICATION,
  /** The label is a number; a prediction is that number's estimate. */
  REGRESSION
}
