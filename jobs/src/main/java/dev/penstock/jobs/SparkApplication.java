package dev.penstock.jobs;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.function.ToIntBiFunction;
import java.util.function.ToIntFunction;
import org.apache.spark.sql.SparkSession;

/** What commands have in common: work in a Spark session, and options that must say something. */
final class SparkApplication {
  private SparkApplication() {}

  /**
   * Does {@code work} in a session, which ends with it unless somebody else had started it.
   *
   * @param session makes the session, or finds the one that is there, as a notebook's
   * @return the exit code
   */
  static int run(Supplier<SparkSession> session, ToIntFunction<SparkSession> work) {
    boolean borrowed = SparkSession.getDefaultSession().isDefined();
    SparkSession spark = session.get();
    try {
      return work.applyAsInt(spark);
    } finally {
      if (!borrowed) {
        spark.stop();
      }
    }
  }

  /**
   * The same beside the reading of the configuration, which takes a second as the session does.
   *
   * @param configuration what the user asked for; what it throws is thrown, and no work is done
   */
  static <T> int run(
      Supplier<SparkSession> session,
      Supplier<T> configuration,
      ToIntBiFunction<SparkSession, T> work) {
    FutureTask<T> reading = new FutureTask<>(configuration::get);
    new Thread(reading, "configuration").start();
    return run(
        session,
        spark -> {
          try {
            return work.applyAsInt(spark, reading.get());
          } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) e.getCause();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
          }
        });
  }

  /** Refuses an option whose text is blank. */
  static void requireText(String option, String text) {
    if (text.isBlank()) {
      throw new Exit.UserException(option + ": must not be blank");
    }
  }
}
