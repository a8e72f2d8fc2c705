package dev.penstock.jobs;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Adds up the CPU time of all tasks: what a run costs on any machine. */
public final class CoreSeconds extends SparkListener {
  private final AtomicLong nanos = new AtomicLong();

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.taskMetrics() != null) {
      nanos.addAndGet(end.taskMetrics().executorCpuTime());
    }
  }

  /** CPU seconds of the tasks that have ended. */
  public double seconds() {
    return nanos.get() / 1e9;
  }
}
