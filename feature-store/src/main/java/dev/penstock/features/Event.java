package dev.penstock.features;

import java.time.Duration;
import org.apache.spark.sql.Row;

/**
 * A version of a source row, on the wire.
 *
 * @param time its event time, microseconds
 * @param until when it stopped being the known version; {@link Long#MAX_VALUE}: never
 * @param values the first two again, then what the group's features need
 */
record Event(long time, long until, Row values) {
  /** How many fields of {@code values} come before those that features need. */
  static final int TIMES = 2;

  static Event of(Row values) {
    return new Event(values.getLong(0), values.getLong(1), values);
  }

  /** The first as-of time that it is old enough for, if features end {@code delay} before that. */
  long enters(long delay) {
    return plus(time, delay);
  }

  /** The first as-of time that doesn't see it any more, if they also go back {@code length}. */
  long leaves(long delay, long length) {
    return Math.min(until, plus(plus(time, delay), length));
  }

  /** Microseconds later; the end of all time if that is beyond, or {@code length} is unbounded. */
  private static long plus(long time, long length) {
    boolean beyond = length == Long.MAX_VALUE || time > Long.MAX_VALUE - length;
    return beyond ? Long.MAX_VALUE : time + length;
  }

  static long micros(Duration duration) {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1_000L);
  }
}
