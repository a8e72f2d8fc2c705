package dev.penstock.jobs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.collection.JavaConverters;

/**
 * Adds up the CPU time of tasks, step by step: what a run costs on any machine. Steps may run side
 * by side; the jobs of a step are those that its thread, or one begun by it, submits.
 */
public final class CoreSeconds extends SparkListener {
  private static final String STEP = "penstock.step";
  private static final String NONE = "";

  private final Map<Integer, String> stepOfStage = new ConcurrentHashMap<>();
  private final Map<String, Long> nanos = new ConcurrentHashMap<>();

  /** The jobs that this thread submits from now on are those of a step. */
  public static void begin(SparkContext spark, String step) {
    spark.setLocalProperty(STEP, step);
  }

  @Override
  public void onJobStart(SparkListenerJobStart start) {
    String step = start.properties().getProperty(STEP, NONE);
    JavaConverters.asJavaIterable(start.stageIds())
        .forEach(stage -> stepOfStage.put((Integer) stage, step));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.taskMetrics() != null) {
      String step = stepOfStage.getOrDefault(end.stageId(), NONE);
      nanos.merge(step, end.taskMetrics().executorCpuTime(), Long::sum);
    }
  }

  /** CPU seconds of all tasks that have ended. */
  public double seconds() {
    return nanos.values().stream().mapToLong(n -> n).sum() / 1e9;
  }

  /** CPU seconds of a step's tasks that have ended. */
  public double seconds(String step) {
    return nanos.getOrDefault(step, 0L) / 1e9;
  }
}
