package dev.penstock.training;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Trains a model on a frozen training set: compares the candidates on the last fifth of the train
 * part's time, fits the best on the whole train part, and judges it once on the holdout.
 */
public final class Training {
  private Training() {}

  /**
   * Equal rows (in any order and partitioning), spec and champion give an equal result, to the last
   * bit of the model; see {@link FitRows#partitions} for the size up to which that holds.
   *
   * @param frozen columns of {@link TrainingSet}, the key, the features, what rules group by
   * @param champion of the interval trained for, if there is one
   * @throws CannotTrainException if the rows cannot be learned from; the message says why
   */
  public static Trained run(Dataset<Row> frozen, ModelSpec spec, Optional<Champion> champion) {
    // Read about ten times, and what made the rows may be expensive.
    boolean keep = frozen.storageLevel().equals(StorageLevel.NONE());
    Dataset<Row> kept = keep ? frozen.persist(StorageLevel.MEMORY_AND_DISK()) : frozen;
    try {
      TrainingRows rows = TrainingRows.of(kept, spec);
      List<CandidateResult> candidates = new CompareCandidates(spec).run(rows);
      GridPoint point =
          candidates.stream().filter(CandidateResult::chosen).findFirst().orElseThrow().point();
      try (FitRows train = new FitRows(rows.train().rows(), rows.train().count(), spec)) {
        Model model = new Fit(point, spec.labelKind(), spec.seed()).on(train);
        Holdout holdout = new ScoreHoldout(spec, champion).run(rows.holdout(), model);
        return new Trained(
            model,
            point,
            candidates,
            holdout.challenger().values(spec.labelKind()),
            new Acceptance(holdout, spec.seed()).judge(spec.accept()),
            model.canonicalHash(),
            train.partitions(point.algorithm()),
            rows.train().count(),
            rows.holdout().count());
      }
    } finally {
      if (keep) {
        kept.unpersist();
      }
    }
  }
}
