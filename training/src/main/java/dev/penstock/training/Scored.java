package dev.penstock.training;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Labels with their predictions, in an order that the caller keeps the same (that of the key): sums
 * run in this order, so equal rows give equal metrics to the last bit. Immutable; holds 16 bytes a
 * row, plus 4 once a ranking metric was asked for.
 */
public final class Scored {
  private static final double CLIP = 1e-15;

  private final double[] labels;
  private final double[] predictions;
  private int[] highestFirst;

  /**
   * @param labels no NaN; 0 or 1 for the metrics of predicates
   * @param predictions as many as labels, no NaN
   */
  public Scored(double[] labels, double[] predictions) {
    if (labels.length != predictions.length) {
      throw new IllegalArgumentException(
          "Cannot pair %d labels with %d predictions".formatted(labels.length, predictions.length));
    }
    for (int i = 0; i < labels.length; i++) {
      if (Double.isNaN(labels[i]) || Double.isNaN(predictions[i])) {
        throw new IllegalArgumentException(
            "Cannot measure row %d: label %s, prediction %s"
                .formatted(i, labels[i], predictions[i]));
      }
    }
    this.labels = labels.clone();
    this.predictions = predictions.clone();
  }

  /** How many rows. */
  public int size() {
    return labels.length;
  }

  double label(int row) {
    return labels[row];
  }

  /** The rows at these positions, in this order. */
  public Scored only(int[] rows) {
    return new Scored(
        Arrays.stream(rows).mapToDouble(i -> labels[i]).toArray(),
        Arrays.stream(rows).mapToDouble(i -> predictions[i]).toArray());
  }

  /** The metric; empty where it is not defined. Accuracy at {@link Metric#DEFAULT_THRESHOLD}. */
  public OptionalDouble value(Metric metric) {
    return weighted(metric, null);
  }

  /** All metrics of that kind of label that are defined. */
  public Map<Metric, Double> values(LabelKind kind) {
    Map<Metric, Double> values = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.of(kind)) {
      value(metric).ifPresent(value -> values.put(metric, value));
    }
    return values;
  }

  /** Share of rows whose prediction is at or above {@code threshold} exactly if the label is 1. */
  public OptionalDouble accuracy(double threshold) {
    return mean(null, i -> hit(i, threshold));
  }

  /** Why the metric has no value here; as in {@code no row has label 1}. */
  String whyUndefined() {
    if (labels.length == 0) {
      return "there are no rows";
    }
    return Arrays.stream(labels).anyMatch(label -> label == 1)
        ? "no row has label 0"
        : "no row has label 1";
  }

  /** The metric with each row counted so many times; null counts each once. */
  OptionalDouble weighted(Metric metric, int[] counts) {
    return switch (metric) {
      case ROC_AUC -> areaUnderRoc(counts);
      case PR_AUC -> averagePrecision(counts);
      case LOG_LOSS -> mean(counts, this::logLoss);
      case BRIER -> mean(counts, this::squaredError);
      case ACCURACY -> mean(counts, i -> hit(i, Metric.DEFAULT_THRESHOLD));
      case RMSE -> {
        OptionalDouble mean = mean(counts, this::squaredError);
        yield mean.isEmpty() ? mean : OptionalDouble.of(Math.sqrt(mean.getAsDouble()));
      }
      case MAE -> mean(counts, i -> Math.abs(labels[i] - predictions[i]));
    };
  }

  private interface PerRow {
    double at(int row);
  }

  private OptionalDouble mean(int[] counts, PerRow loss) {
    double sum = 0;
    long rows = 0;
    for (int i = 0; i < labels.length; i++) {
      int count = count(counts, i);
      if (count > 0) {
        sum += count * loss.at(i);
        rows += count;
      }
    }
    return rows == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / rows);
  }

  private double logLoss(int row) {
    double probability = Math.min(Math.max(predictions[row], CLIP), 1 - CLIP);
    return -StrictMath.log(labels[row] == 1 ? probability : 1 - probability);
  }

  private double squaredError(int row) {
    double error = labels[row] - predictions[row];
    return error * error;
  }

  private double hit(int row, double threshold) {
    return (predictions[row] >= threshold) == (labels[row] == 1) ? 1 : 0;
  }

  private OptionalDouble areaUnderRoc(int[] counts) {
    long positives = 0;
    long negatives = 0;
    double pairsWon = 0;
    int[] order = highestFirst();
    for (int i = 0; i < order.length; ) {
      long tiedPositives = 0;
      long tiedNegatives = 0;
      double prediction = predictions[order[i]];
      for (; i < order.length && predictions[order[i]] == prediction; i++) {
        int count = count(counts, order[i]);
        if (labels[order[i]] == 1) {
          tiedPositives += count;
        } else {
          tiedNegatives += count;
        }
      }
      pairsWon += tiedNegatives * (positives + tiedPositives / 2.0);
      positives += tiedPositives;
      negatives += tiedNegatives;
    }
    return positives == 0 || negatives == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(pairsWon / ((double) positives * negatives));
  }

  private OptionalDouble averagePrecision(int[] counts) {
    long positives = 0;
    long rows = 0;
    double area = 0;
    int[] order = highestFirst();
    for (int i = 0; i < order.length; ) {
      long tiedPositives = 0;
      double prediction = predictions[order[i]];
      for (; i < order.length && predictions[order[i]] == prediction; i++) {
        int count = count(counts, order[i]);
        rows += count;
        tiedPositives += labels[order[i]] == 1 ? count : 0;
      }
      if (tiedPositives > 0) {
        positives += tiedPositives;
        area += tiedPositives * ((double) positives / rows);
      }
    }
    return positives == 0 ? OptionalDouble.empty() : OptionalDouble.of(area / positives);
  }

  private static int count(int[] counts, int row) {
    return counts == null ? 1 : counts[row];
  }

  private synchronized int[] highestFirst() {
    if (highestFirst == null) {
      highestFirst =
          IntStream.range(0, predictions.length)
              .boxed()
              .sorted((a, b) -> Double.compare(predictions[b] + 0.0, predictions[a] + 0.0))
              .mapToInt(Integer::intValue)
              .toArray();
    }
    return highestFirst;
  }
}
