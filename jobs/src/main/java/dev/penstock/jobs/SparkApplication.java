package dev.penstock.jobs;

import java.util.function.Supplier;
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

  /** Refuses an option whose text is blank. */
  static void requireText(String option, String text) {
    if (text.isBlank()) {
      throw new Exit.UserException(option + ": must not be blank");
    }
  }
}
