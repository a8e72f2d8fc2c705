package dev.penstock.training;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.penstock.lake.Constant;
import java.time.Duration;
import java.time.Instant;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Cuts labelled rows by as-of time into a train part and a later holdout, with a gap of the label's
 * maturity between them: no label of the train part was still open when the holdout began.
 *
 * @param split lengths of the parts
 * @param maturity how long after the as-of time a label is final; 0 or more
 */
public record TimeSplit(Split split, Duration maturity) {
  public TimeSplit {
    if (maturity.isNegative()) {
      throw new IllegalArgumentException("maturity must not be negative, got " + maturity);
    }
  }

  /**
   * The parts of a training at the end of an interval. The holdout is the newest stretch of matured
   * rows; the train part ends a maturity before it begins.
   *
   * @param end of the interval, exclusive
   */
  public Parts at(Instant end) {
    Instant holdoutUntil = end.minus(maturity);
    Instant holdoutFrom = holdoutUntil.minus(split.holdout());
    Instant trainUntil = holdoutFrom.minus(maturity);
    return new Parts(trainUntil.minus(split.trainMost()), trainUntil, holdoutFrom, holdoutUntil);
  }

  /** From when on there must be rows for the least train part. */
  public Instant earliestNeeded(Instant end) {
    return at(end).trainUntil().minus(split.trainLeast());
  }

  /**
   * Is there history for the least train part, the gap and the holdout?
   *
   * @param historyFrom where the history of as-of times begins, inclusive: the start of the first
   *     interval with rows, say
   * @param end of the interval, exclusive
   */
  public boolean enoughHistory(Instant historyFrom, Instant end) {
    return !historyFrom.isAfter(earliestNeeded(end));
  }

  /**
   * The as-of times of each part; starts are inclusive, ends exclusive. As a stage it adds the
   * column {@code part}, and leaves out the rows that lie in neither.
   */
  public record Parts(
      Instant trainFrom, Instant trainUntil, Instant holdoutFrom, Instant holdoutUntil)
      implements UnaryOperator<Dataset<Row>> {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows) {
      Column part =
          when(within(trainFrom, trainUntil), lit(TrainingSet.TRAIN))
              .when(within(holdoutFrom, holdoutUntil), lit(TrainingSet.HOLDOUT));
      return rows.withColumn(TrainingSet.PART, part).where(col(TrainingSet.PART).isNotNull());
    }

    private static Column within(Instant from, Instant until) {
      Column asOf = col(TrainingSet.AS_OF_TIME);
      return asOf.geq(Constant.of(from)).and(asOf.lt(Constant.of(until)));
    }
  }
}
