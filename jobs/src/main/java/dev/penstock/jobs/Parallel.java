package dev.penstock.jobs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs independent work side by side: small commits wait for storage, not for cores. */
public final class Parallel {
  private static final int THREADS = 4;

  private Parallel() {}

  /**
   * The results in the order of the tasks; all tasks end before this returns.
   *
   * @throws RuntimeException what the first failed task threw
   */
  public static <T> List<T> all(Collection<? extends Callable<T>> tasks) {
    if (tasks.size() == 1) {
      try {
        return Collections.singletonList(tasks.iterator().next().call());
      } catch (Exception e) {
        throw asUnchecked(e);
      }
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(Math.max(1, Math.min(THREADS, tasks.size())));
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw asUnchecked(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      threads.shutdown();
    }
  }

  /** Runs tasks that have no result; as {@link #all}. */
  public static void run(List<Runnable> tasks) {
    all(tasks.stream().map(task -> Executors.callable(task, null)).toList());
  }

  private static RuntimeException asUnchecked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(failure);
  }
}
