package dev.penstock.jobs.airflow;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * How long to try, and how to wait in between.
 *
 * @param whole how long an operation may take with all its retries
 * @param request how long one request may take, its body included
 * @param nanoTime a clock that only measures durations, in nanoseconds
 * @param sleep waits
 * @param random from 0 to below 1: clients that failed together don't come back together
 */
public record Patience(
    Duration whole,
    Duration request,
    LongSupplier nanoTime,
    Consumer<Duration> sleep,
    DoubleSupplier random) {
  private static final Duration REQUEST = Duration.ofSeconds(30);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

  /** With the machine's clock. */
  public static Patience of(Duration whole) {
    return new Patience(whole, REQUEST, System::nanoTime, Patience::sleep, Math::random);
  }

  static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for Airflow", e);
    }
  }

  /** An operation that begins now. */
  Operation begin() {
    return begin(whole);
  }

  /** An operation that begins now and may take another time. */
  Operation begin(Duration time) {
    return new Operation(time);
  }

  /** One operation under way. */
  final class Operation {
    private final long startNanos = nanoTime.getAsLong();
    private final Duration time;
    private int pauses;

    private Operation(Duration time) {
      this.time = time;
    }

    /** An operation that begins now and is over before this one is. */
    Operation part() {
      return begin(shorter(whole, left()));
    }

    /** Time until the deadline; never negative. */
    Duration left() {
      Duration left = time.minusNanos(nanoTime.getAsLong() - startNanos);
      return left.isNegative() ? Duration.ZERO : left;
    }

    /** How long the next request may take. */
    Duration forRequest() {
      Duration left = left();
      return left.compareTo(request) < 0 ? left.plusMillis(1) : request;
    }

    /**
     * Waits before another try, longer each time.
     *
     * @param asked how long the server wants us to wait, if it said so
     * @return false, at once, if that would end after the deadline
     */
    boolean pause(Optional<Duration> asked) {
      double growth = Math.pow(2, Math.min(pauses++, 10));
      double millis = Math.min(FIRST_PAUSE.toMillis() * growth, LONGEST_PAUSE.toMillis());
      Duration jittered = Duration.ofMillis(Math.round(millis * (0.5 + random.getAsDouble() / 2)));
      Duration time = asked.filter(wanted -> wanted.compareTo(jittered) > 0).orElse(jittered);
      if (time.compareTo(left()) >= 0) {
        return false;
      }
      sleep.accept(time);
      return true;
    }
  }
}
