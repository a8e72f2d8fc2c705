package dev.penstock.training;

/** Columns of a frozen training set, besides the key columns, the features and its fingerprint. */
public final class TrainingSet {
  /** TIMESTAMP, never null: the instant the row is predicted for. */
  public static final String AS_OF_TIME = "as_of_time";

  /** DOUBLE: 0 or 1 for a predicate. Rows whose label is null are not trained or judged on. */
  public static final String LABEL = "label";

  /** STRING: {@link #TRAIN} or {@link #HOLDOUT}. */
  public static final String PART = "part";

  /** Rows that models are fitted on. */
  public static final String TRAIN = "train";

  /** Rows that the chosen model is judged on, once. */
  public static final String HOLDOUT = "holdout";

  private TrainingSet() {}
}
