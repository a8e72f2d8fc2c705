package dev.penstock.training;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Rows that models are fitted on, encoded, in canonical order: placed by hash of the key and sorted
 * by key within each partition, so that their place does not depend on how they came. Keeps one
 * copy per number of partitions until it is closed, because learners read their rows many times.
 */
final class FitRows implements AutoCloseable {
  /** Up to so many rows a learner whose sums depend on the order of tasks fits on one partition. */
  static final long MAX_ROWS_ON_ONE_PARTITION = 1_000_000;

  /** Otherwise so many rows make a partition. */
  static final long ROWS_PER_PARTITION = 50_000;

  private final Dataset<Row> rows;
  private final long count;
  private final ModelSpec spec;
  private final Encoding encoding;
  private final Map<Integer, Dataset<Row>> kept = new HashMap<>();

  /**
   * @param rows with {@link TrainingRows#TIE}; the encoding is learned from them
   * @param count how many they are
   */
  FitRows(Dataset<Row> rows, long count, ModelSpec spec) {
    this.rows = rows;
    this.count = count;
    this.spec = spec;
    this.encoding = Encoding.learn(rows, spec.features());
  }

  Encoding encoding() {
    return encoding;
  }

  /**
   * How many partitions a fit uses; a function of algorithm and rows only, never of the cluster.
   * Forests of classes add whole numbers, which come out the same in any order; the other learners
   * add fractions, so above {@link #MAX_ROWS_ON_ONE_PARTITION} rows several executors may give a
   * model that differs in the last bits.
   */
  int partitions(Algorithm algorithm) {
    boolean anyOrder =
        algorithm == Algorithm.RANDOM_FOREST && spec.labelKind() == LabelKind.CLASSIFICATION;
    return anyOrder || count > MAX_ROWS_ON_ONE_PARTITION
        ? (int) ((count + ROWS_PER_PARTITION - 1) / ROWS_PER_PARTITION)
        : 1;
  }

  /** The vector and the label, in canonical order. */
  synchronized Dataset<Row> encoded(int partitions) {
    return kept.computeIfAbsent(
        partitions,
        p ->
            canonical(encoding.apply(rows, Learner.FEATURES), spec, p)
                .select(Learner.FEATURES, TrainingSet.LABEL)
                .persist(StorageLevel.MEMORY_AND_DISK()));
  }

  /** Places and sorts rows by key, as-of time and, among duplicates, their content. */
  static Dataset<Row> canonical(Dataset<Row> rows, ModelSpec spec, int partitions) {
    List<Column> key = new ArrayList<>();
    spec.key().forEach(name -> key.add(EncodedFeature.column(name)));
    key.add(col(TrainingSet.AS_OF_TIME));
    Dataset<Row> placed = rows.repartition(partitions, key.toArray(Column[]::new));
    key.add(col(TrainingSet.LABEL));
    key.add(col(TrainingRows.TIE));
    return placed.sortWithinPartitions(key.toArray(Column[]::new));
  }

  @Override
  public void close() {
    kept.values().forEach(Dataset::unpersist);
  }
}
