package dev.penstock.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Fits every grid point on the earlier part of the train rows and measures it on the last part; the
 * holdout is never touched. The best value of {@code choose-by} wins, the first of equal ones; a
 * value that is not defined loses.
 */
final class CompareCandidates {
  private final ModelSpec spec;

  CompareCandidates(ModelSpec spec) {
    this.spec = spec;
  }

  /** One result per grid point, in the order of the file; exactly one is chosen. */
  List<CandidateResult> run(TrainingRows rows) {
    rows.fit().requireBothClasses(spec.labelKind());
    List<GridPoint> points =
        spec.candidates().stream().flatMap(c -> c.gridPoints().stream()).toList();
    List<Map<Metric, Double>> measured;
    try (FitRows fitRows = new FitRows(rows.fit().rows(), rows.fit().count(), spec)) {
      Dataset<Row> validation =
          FitRows.canonical(
                  fitRows.encoding().apply(rows.validation().rows(), Learner.FEATURES), spec, 1)
              .select(Learner.FEATURES, TrainingSet.LABEL)
              .persist(StorageLevel.MEMORY_AND_DISK());
      try {
        measured = measureAll(points, fitRows, validation);
      } finally {
        validation.unpersist();
      }
    }
    int best = best(measured);
    List<CandidateResult> results = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      results.add(new CandidateResult(points.get(i), measured.get(i), i == best));
    }
    return results;
  }

  /** Side by side, because a fit on one partition keeps only one core busy. */
  private List<Map<Metric, Double>> measureAll(
      List<GridPoint> points, FitRows fitRows, Dataset<Row> validation) {
    int cores = validation.sparkSession().sparkContext().defaultParallelism();
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(cores, points.size()));
    try {
      List<Future<Map<Metric, Double>>> running =
          points.stream()
              .map(point -> threads.submit(() -> measure(point, fitRows, validation)))
              .toList();
      List<Map<Metric, Double>> measured = new ArrayList<>();
      for (Future<Map<Metric, Double>> one : running) {
        measured.add(one.get());
      }
      return measured;
    } catch (ExecutionException e) {
      throw new IllegalStateException("Cannot fit a candidate", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while fitting candidates", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private Map<Metric, Double> measure(GridPoint point, FitRows fitRows, Dataset<Row> validation) {
    Model model = new Fit(point, spec.labelKind(), spec.seed()).on(fitRows);
    List<Row> scored =
        model
            .predictEncoded(validation, Learner.FEATURES)
            .select(TrainingSet.LABEL, Model.PREDICTION)
            .collectAsList();
    return ScoreHoldout.scored(scored, 0, 1).values(spec.labelKind());
  }

  private int best(List<Map<Metric, Double>> measured) {
    Metric metric = spec.chooseBy();
    int best = 0;
    for (int i = 1; i < measured.size(); i++) {
      Double value = measured.get(i).get(metric);
      Double bestValue = measured.get(best).get(metric);
      if (value != null && (bestValue == null || metric.gain(value, bestValue) > 0)) {
        best = i;
      }
    }
    return best;
  }
}
