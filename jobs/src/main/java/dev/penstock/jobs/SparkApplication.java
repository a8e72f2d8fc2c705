package dev.penstock.jobs;

import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.apache.spark.sql.SparkSession;

/** A command's work in a Spark session, which ends with it unless somebody else had started it. */
final class SparkApplication {
  private SparkApplication() {}

  /**
   * Does {@code work}.
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
}
