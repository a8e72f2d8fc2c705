package dev.penstock.bench;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/** CPU seconds of tasks: the machine's other work and waiting don't count. */
final class CpuSeconds {
  private final SparkSession spark;
  private final AtomicLong nanos = new AtomicLong();

  CpuSeconds(SparkSession spark) {
    this.spark = spark;
    spark
        .sparkContext()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onTaskEnd(SparkListenerTaskEnd end) {
                nanos.addAndGet(end.taskMetrics().executorCpuTime());
              }
            });
  }

  /** Of the tasks that {@code work} runs. */
  double of(Runnable work) throws Exception {
    spark.sparkContext().listenerBus().waitUntilEmpty();
    long before = nanos.get();
    work.run();
    spark.sparkContext().listenerBus().waitUntilEmpty();
    return (nanos.get() - before) / 1e9;
  }
}
