package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ingest.PlannedSlice.Action;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The slices that a run would write, or may. What is made from one of them can't be decided before
 * it is written.
 */
public final class PlannedWrites {
  private final Map<String, TreeSet<String>> slices = new HashMap<>();

  /**
   * @param path the table's name under the warehouse
   */
  public void add(String path, String slice) {
    slices.computeIfAbsent(path, table -> new TreeSet<>()).add(slice);
  }

  /** The first of a table; empty if there is none. */
  public Optional<String> first(String path) {
    return Optional.ofNullable(slices.get(path)).map(TreeSet::first);
  }

  /**
   * What must be done before a slice that is made from {@code paths} up to {@code slice} can be
   * decided, in words; empty if nothing.
   */
  public Optional<String> before(Collection<String> paths, String slice) {
    for (String path : paths) {
      String newest = slices.getOrDefault(path, new TreeSet<>()).floor(slice);
      if (newest != null) {
        return Optional.of("after %s %s".formatted(path, newest));
      }
    }
    return Optional.empty();
  }

  /**
   * What would be done about a slice that is made from tables.
   *
   * @param staleness why it is not current now; empty if it is
   * @param paths that it is made from
   */
  public PlannedSlice decide(
      String job,
      String table,
      String slice,
      Optional<String> staleness,
      Collection<String> paths) {
    if (staleness.isPresent()) {
      return PlannedSlice.of(job, table, slice, Action.WRITE, staleness.get());
    }
    return before(paths, slice)
        .map(before -> PlannedSlice.of(job, table, slice, Action.DEPENDS, before))
        .orElseGet(() -> PlannedSlice.of(job, table, slice, Action.CURRENT, ""));
  }
}
