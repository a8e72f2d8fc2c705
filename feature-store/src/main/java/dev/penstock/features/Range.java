package dev.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import dev.penstock.lake.Constant;
import dev.penstock.lake.Micros;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * The first and the last as-of time of a join, in microseconds: what no row of it can see needn't
 * be read.
 */
record Range(long earliest, long latest) implements Serializable {
  static Range between(Instant earliest, Instant latest) {
    if (earliest.isAfter(latest)) {
      throw new IllegalArgumentException(
          "earliest must not be after latest, got %s and %s".formatted(earliest, latest));
    }
    return new Range(Micros.of(earliest), Micros.of(latest));
  }

  /** The range of the rows, by one Spark job; empty if none has a time. */
  static Optional<Range> of(Dataset<Row> asOfRows) {
    Column micros = Wire.to(col(PointInTime.AS_OF_TIME), DataTypes.TimestampType);
    Row range = asOfRows.agg(min(micros), max(micros)).head();
    return range.isNullAt(0)
        ? Optional.empty()
        : Optional.of(new Range(range.getLong(0), range.getLong(1)));
  }

  /** Which events some as-of time can see; {@code reach} empty: however old. */
  Column sees(Column eventTime, Duration delay, Optional<Duration> reach) {
    Column until = col("known_until");
    Column known =
        col("known_from")
            .leq(literal(latest, Duration.ZERO))
            .and(until.isNull().or(until.gt(literal(earliest, Duration.ZERO))));
    Column happened = known.and(eventTime.leq(literal(latest, delay)));
    return reach.map(back -> happened.and(eventTime.gt(literal(earliest, back)))).orElse(happened);
  }

  boolean holds(long asOfTime) {
    return earliest <= asOfTime && asOfTime <= latest;
  }

  /** The last event time that no as-of time sees any more; {@code reach} empty: it sees all. */
  long tooOld(Optional<Duration> reach) {
    return reach.map(back -> before(earliest, back)).orElse(Long.MIN_VALUE);
  }

  private static Column literal(long micros, Duration back) {
    return Constant.micros(before(micros, back));
  }

  /** The instant {@code back} before {@code micros}, or the first that microseconds can count. */
  private static long before(long micros, Duration back) {
    long length = Event.micros(back);
    return micros < Long.MIN_VALUE + length ? Long.MIN_VALUE : micros - length;
  }
}
