package dev.penstock.lake;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Instants as Spark counts them: microseconds since 1970, negative before. */
public final class Micros {
  private Micros() {}

  /** The microseconds of an instant; what is finer is cut off. */
  public static long of(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  /** The instant of a number of microseconds. */
  public static Instant toInstant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
