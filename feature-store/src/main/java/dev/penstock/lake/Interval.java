package dev.penstock.lake;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * One calendar unit that a run is about.
 *
 * @param slice its name, and the name of the slice that its run puts into a table; within one
 *     cadence names sort as their intervals do
 * @param start first instant, inclusive
 * @param end end, exclusive
 */
public record Interval(String slice, Instant start, Instant end) {

  /** The end as an instant that still belongs to the interval: its last microsecond. */
  public Instant lastInstant() {
    return end.minus(1, ChronoUnit.MICROS);
  }

  @Override
  public String toString() {
    return slice;
  }
}
