package dev.penstock.training;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A number that says how good predictions are. */
public enum Metric {
  /**
   * Area under the ROC curve, as Mann-Whitney's statistic: the chance that a positive row is
   * predicted above a negative one, ties counting half. Not defined without both.
   */
  ROC_AUC("roc-auc", LabelKind.CLASSIFICATION, true),
  /**
   * Area under the precision-recall curve, as average precision: the sum over distinct predictions,
   * highest first, of precision there times the recall gained; no interpolation. Not defined
   * without a positive row.
   */
  PR_AUC("pr-auc", LabelKind.CLASSIFICATION, true),
  /** Mean of minus the natural log of the label's probability, clipped to [1e-15, 1 - 1e-15]. */
  LOG_LOSS("log-loss", LabelKind.CLASSIFICATION, false),
  /** Mean squared difference of label and probability. */
  BRIER("brier", LabelKind.CLASSIFICATION, false),
  /** Share of rows whose prediction is at or above the threshold exactly when the label is 1. */
  ACCURACY("accuracy", LabelKind.CLASSIFICATION, true),
  /** Square root of the mean squared error. */
  RMSE("rmse", LabelKind.REGRESSION, false),
  /** Mean absolute error. */
  MAE("mae", LabelKind.REGRESSION, false);

  /** From which probability on a row counts as predicted true, for {@link #ACCURACY}. */
  public static final double DEFAULT_THRESHOLD = 0.5;

  private final String text;
  private final LabelKind kind;
  private final boolean higherIsBetter;

  Metric(String text, LabelKind kind, boolean higherIsBetter) {
    this.text = text;
    this.kind = kind;
    this.higherIsBetter = higherIsBetter;
  }

  /** The name in the pipeline file. */
  public String text() {
    return text;
  }

  /** The labels it is for. */
  public LabelKind kind() {
    return kind;
  }

  /** Is more better? Else less is. */
  public boolean higherIsBetter() {
    return higherIsBetter;
  }

  /** How much better {@code value} is than {@code other}; negative if it is worse. */
  public double gain(double value, double other) {
    return higherIsBetter ? value - other : other - value;
  }

  /** The metrics for labels of that kind. */
  public static List<Metric> of(LabelKind kind) {
    return Arrays.stream(values()).filter(m -> m.kind == kind).toList();
  }

  /** The metric of that name in the pipeline file. */
  public static Optional<Metric> find(String text) {
    return Arrays.stream(values()).filter(m -> m.text.equals(text)).findFirst();
  }

  /** All names, for messages. */
  public static String known() {
    return Arrays.stream(values()).map(Metric::text).collect(Collectors.joining(", "));
  }
}
