package dev.penstock.validation;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;

/** Counts the Spark jobs that an action starts. */
final class JobCounter extends SparkListener {
  private final AtomicInteger jobs = new AtomicInteger();

  @Override
  public void onJobStart(SparkListenerJobStart start) {
    jobs.incrementAndGet();
  }

  /** What the action returned and how many jobs it started. */
  record Counted<T>(T result, int jobs) {}

  static <T> Counted<T> count(SparkSession spark, Supplier<T> action) {
    JobCounter counter = new JobCounter();
    spark.sparkContext().addSparkListener(counter);
    try {
      T result = action.get();
      org.apache.spark.JobCounterBus.drain(spark.sparkContext());
      return new Counted<>(result, counter.jobs.get());
    } finally {
      spark.sparkContext().removeSparkListener(counter);
    }
  }
}
