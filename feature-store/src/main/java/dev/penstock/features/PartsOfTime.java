package dev.penstock.features;

import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/**
 * The time of as-of rows, cut into parts of equal length.
 *
 * @param earliest as-of time, microseconds
 * @param length of a part, microseconds
 * @param count how many there are
 */
record PartsOfTime(long earliest, long length, int count) {
  /** The part that a time lies in; before the first the first, after the last the last. */
  Column of(Column micros) {
    Column since = greatest(micros.minus(earliest), lit(0L));
    Column part = since.minus(since.mod(length)).divide(length).cast(DataTypes.LongType);
    return least(part, lit(last()));
  }

  /** The same, but -1 before the first. */
  Column ifAny(Column micros) {
    return when(micros.lt(earliest), lit(-1L)).otherwise(of(micros));
  }

  long last() {
    return count - 1L;
  }
}
