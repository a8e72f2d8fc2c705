package org.apache.spark;

/**
 * Lets a test wait until listeners have heard of everything; Spark keeps its bus to its own
 * package.
 */
public final class JobCounterBus {
  private JobCounterBus() {}

  public static void drain(SparkContext context) {
    try {
      context.listenerBus().waitUntilEmpty(10_000);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("Spark's listeners did not catch up", e);
    }
  }
}
