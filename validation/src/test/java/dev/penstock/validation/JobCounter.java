package dev.penstock.validation;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;

/** Counts the Spark jobs and the queries that an action starts. */
public final class JobCounter extends SparkListener {
  private final AtomicInteger jobs = new AtomicInteger();
  private final AtomicInteger queries = new AtomicInteger();

  @Override
  public void onJobStart(SparkListenerJobStart start) {
    jobs.incrementAndGet();
  }

  @Override
  public void onOtherEvent(SparkListenerEvent event) {
    if (event instanceof SparkListenerSQLExecutionStart) {
      queries.incrementAndGet();
    }
  }

  /** What the action returned and how many jobs and queries it started. */
  public record Counted<T>(T result, int jobs, int queries) {}

  /** Counts what {@code action} starts, when all of it was heard of. */
  public static <T> Counted<T> count(SparkSession spark, Supplier<T> action) {
    JobCounter counter = new JobCounter();
    spark.sparkContext().addSparkListener(counter);
    try {
      T result = action.get();
      org.apache.spark.JobCounterBus.drain(spark.sparkContext());
      return new Counted<>(result, counter.jobs.get(), counter.queries.get());
    } finally {
      spark.sparkContext().removeSparkListener(counter);
    }
  }
}
