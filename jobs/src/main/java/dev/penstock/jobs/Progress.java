package dev.penstock.jobs;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells the person who waits what has been done: one plain line a step, with rows and seconds. */
public final class Progress {
  private final PrintWriter out;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /**
   * @param out where the lines go
   */
  public Progress(PrintWriter out) {
    this.out = out;
  }

  /** A line that says what was done since {@code startNanos}. */
  public void done(String slice, String job, String what, long rows, long startNanos) {
    line(
        String.format(
            Locale.ROOT,
            "%-12s %-9s %-44s %,9d rows %6.1f s",
            slice,
            job,
            what,
            rows,
            (System.nanoTime() - startNanos) / 1e9));
  }

  /** A line, unless one with this key was printed before. */
  public void once(String key, String text) {
    if (said.add(key)) {
      line(text);
    }
  }

  /** A line. */
  public void line(String text) {
    synchronized (out) {
      out.println(text);
      out.flush();
    }
  }
}
