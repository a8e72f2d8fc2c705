package dev.penstock.jobs.pipeline;

import java.util.Comparator;

/**
 * Something wrong in a pipeline file.
 *
 * @param file as it was named by the user, or the option that the value came from
 * @param line from 1; 0 if the problem belongs to no line
 * @param key full path of the key, as {@code model.accept[1].by}; may be empty
 * @param sentence the problem and what to do
 */
public record Problem(String file, int line, String key, String sentence)
    implements Comparable<Problem> {
  private static final Comparator<Problem> ORDER =
      Comparator.comparing(Problem::file)
          .thenComparing(Problem::line)
          .thenComparing(Problem::key)
          .thenComparing(Problem::sentence);

  @Override
  public int compareTo(Problem other) {
    return ORDER.compare(this, other);
  }

  /** {@code file:line: key: sentence}. */
  @Override
  public String toString() {
    return file
        + (line > 0 ? ":" + line : "")
        + ": "
        + (key.isEmpty() ? "" : key + ": ")
        + sentence;
  }
}
