package dev.penstock.features;

import java.time.Duration;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** A version of a source row, on the wire. */
final class Event {
  /** How many fields come before those that features need: its time, and until when it is known. */
  static final int TIMES = 2;

  /** Of more than so many in memory each is held apart from the rows that it came with. */
  static final int APART_FROM = 1 << 12;

  private final GroupPlan plan;
  private final InternalRow row;
  private final long time;
  private final long until;

  /**
   * @param row is kept
   */
  Event(GroupPlan plan, InternalRow row) {
    this.plan = plan;
    this.row = row;
    this.time = plan.time(row);
    this.until = plan.until(row);
  }

  /** The same, but not held together with the rows that came with it. */
  Event apart() {
    return new Event(plan, row.copy());
  }

  /** As Spark's exchanges give rows. */
  UnsafeRow row() {
    return (UnsafeRow) row;
  }

  /** Its event time, microseconds. */
  long time() {
    return time;
  }

  /** When it stopped being the known version; {@link Long#MAX_VALUE}: never. */
  long until() {
    return until;
  }

  /** A field as Spark holds it, or null. */
  Object field(int field) {
    return plan.field(row, field);
  }

  /** A field in Java's values, or null. */
  Object value(int field) {
    return plan.value(row, field);
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
