package dev.penstock.jobs.pipeline;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects what is wrong in one file, and remembers where each of its keys stands. A value that
 * could not be read is marked, so that no later check complains about what stands in for it.
 */
final class Problems {
  private record Place(String file, int line) {}

  private final String file;
  private final Map<String, Place> places = new HashMap<>();
  private final Set<String> broken = new HashSet<>();
  private final Set<Problem> found = new LinkedHashSet<>();

  Problems(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  /** {@code path} stands there. */
  void place(String path, String in, int line) {
    places.put(path, new Place(in, line));
  }

  /** The line of {@code path}, or {@code otherwise} if the file has no such key. */
  int line(String path, int otherwise) {
    return places.containsKey(path) ? places.get(path).line() : otherwise;
  }

  /** {@code path} has no usable value. */
  void breakOff(String path) {
    broken.add(path);
  }

  /** Whether something inside {@code path} has no usable value. */
  boolean isBrokenWithin(String path) {
    return broken.stream().anyMatch(p -> p.startsWith(path + ".") || p.startsWith(path + "["));
  }

  boolean isBroken(String path) {
    for (String p = path; !p.isEmpty(); p = parent(p)) {
      if (broken.contains(p)) {
        return true;
      }
    }
    return broken.contains("");
  }

  /** A problem at a known place. */
  void add(String in, int line, String path, String sentence) {
    found.add(new Problem(in, line, path, sentence));
  }

  /** A problem of a value, at the nearest key that the file has; silent if it is broken anyway. */
  void add(String path, String sentence) {
    if (isBroken(path)) {
      return;
    }
    String p = path;
    while (!p.isEmpty() && !places.containsKey(p)) {
      p = parent(p);
    }
    Place place = places.getOrDefault(p, new Place(file, 1));
    String prefix = p.isEmpty() ? path : p;
    add(place.file(), place.line(), prefix, sentence);
  }

  List<Problem> all() {
    return found.stream().sorted().toList();
  }

  /** {@code a.b[1]} to {@code a.b} to {@code a} to the empty path. */
  private static String parent(String path) {
    int end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    return end < 0 ? "" : path.substring(0, end);
  }
}
