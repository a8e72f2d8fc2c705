package dev.penstock.training;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.penstock.lake.Constant;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The labelled rows of a frozen training set, checked and counted.
 *
 * @param fit the earlier part of the train rows, which candidates are compared on
 * @param validation the last fifth of the train rows' time, by as-of time
 * @param train both
 * @param holdout never used to choose or fit
 */
record TrainingRows(Part fit, Part validation, Part train, Part holdout) {
  /** Orders rows that share key, as-of time and label, by a hash of their features. */
  static final String TIE = "__tie";

  /** Share of the train rows' time that candidates are fitted on before the last refit. */
  static final double FIT_SHARE = 0.8;

  /**
   * @param name for messages
   * @param count of rows
   * @param positives of them with label 1
   */
  record Part(String name, Dataset<Row> rows, long count, long positives) {
    void requireBothClasses(LabelKind kind) {
      if (count == 0) {
        throw new CannotTrainException("Cannot train: %s has no labelled row".formatted(name));
      }
      if (kind == LabelKind.CLASSIFICATION && (positives == 0 || positives == count)) {
        throw new CannotTrainException(
            "Cannot train: all %d labels of %s are %d; both 0 and 1 must occur"
                .formatted(count, name, positives == 0 ? 0 : 1));
      }
    }
  }

  /**
   * Triggers two jobs.
   *
   * @throws CannotTrainException if the train part has no rows or, for a predicate, only one class
   */
  static TrainingRows of(Dataset<Row> frozen, ModelSpec spec) {
    Column[] features = spec.features().stream().map(EncodedFeature::column).toArray(Column[]::new);
    Dataset<Row> rows =
        frozen
            .where(col(TrainingSet.LABEL).isNotNull())
            .withColumn(TrainingSet.LABEL, col(TrainingSet.LABEL).cast("double"))
            .withColumn(TIE, xxhash64(features));
    Dataset<Row> train = rows.where(col(TrainingSet.PART).equalTo(TrainingSet.TRAIN));
    Dataset<Row> holdout = rows.where(col(TrainingSet.PART).equalTo(TrainingSet.HOLDOUT));
    Row span =
        train
            .agg(unix_micros(min(TrainingSet.AS_OF_TIME)), unix_micros(max(TrainingSet.AS_OF_TIME)))
            .first();
    if (span.isNullAt(0)) {
      throw new CannotTrainException("Cannot train: the train part has no labelled row");
    }
    Instant cut =
        Instant.EPOCH.plus(
            span.getLong(0) + (long) (FIT_SHARE * (span.getLong(1) - span.getLong(0))),
            ChronoUnit.MICROS);
    Column early = col(TrainingSet.AS_OF_TIME).lt(Constant.of(cut));
    Row counts =
        rows.agg(
                sum(when(col(TrainingSet.LABEL).isin(0, 1), 0L).otherwise(1L)),
                counts(TrainingSet.TRAIN, early),
                counts(TrainingSet.TRAIN, not(early)),
                counts(TrainingSet.HOLDOUT, lit(true)))
            .first();
    if (spec.labelKind() == LabelKind.CLASSIFICATION && counts.getLong(0) > 0) {
      throw new CannotTrainException(
          "Cannot train: %d labels are neither 0 nor 1".formatted(counts.getLong(0)));
    }
    Part fit = part("the train part before " + cut, train.where(early), counts.getStruct(1));
    Part last = part("the train part from " + cut, train.where(not(early)), counts.getStruct(2));
    Part whole =
        new Part(
            "the train part",
            train,
            fit.count() + last.count(),
            fit.positives() + last.positives());
    whole.requireBothClasses(spec.labelKind());
    return new TrainingRows(fit, last, whole, part("the holdout", holdout, counts.getStruct(3)));
  }

  private static Column counts(String part, Column condition) {
    Column in = col(TrainingSet.PART).equalTo(part).and(condition);
    return struct(
        sum(when(in, 1L).otherwise(0L)),
        sum(when(in.and(col(TrainingSet.LABEL).equalTo(1)), 1L).otherwise(0L)));
  }

  private static Part part(String name, Dataset<Row> rows, Row counts) {
    return new Part(name, rows, counts.getLong(0), counts.getLong(1));
  }
}
