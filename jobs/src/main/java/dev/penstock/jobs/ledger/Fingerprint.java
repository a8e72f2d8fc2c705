package dev.penstock.jobs.ledger;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * All that can change a slice's rows and nothing else, part by part, so that two of them tell what
 * differs.
 *
 * @param parts a hash, or a text without blanks, by the name of what it stands for: configuration,
 *     files, or a table
 */
public record Fingerprint(Map<String, String> parts) {
  /** The part of the pipeline file that a job uses. */
  public static final String CONFIGURATION = "configuration";

  /** The landed files of a source's slice. */
  public static final String FILES = "files";

  /** Half a SHA-256: no two contents of a warehouse share it. */
  private static final int DIGITS = 32;

  public Fingerprint {
    Map<String, String> sorted = new TreeMap<>();
    parts.forEach(
        (name, hash) -> sorted.put(name, hash.substring(0, Math.min(DIGITS, hash.length()))));
    parts = sorted;
  }

  /** As {@link #text} wrote it. */
  static Fingerprint parse(String text) {
    return new Fingerprint(
        Arrays.stream(text.split(" "))
            .map(part -> part.split(":", 2))
            .filter(part -> part.length == 2)
            .collect(Collectors.toMap(part -> part[0], part -> part[1])));
  }

  /** As the ledger keeps it. */
  public String text() {
    return parts.entrySet().stream()
        .map(part -> part.getKey() + ":" + part.getValue())
        .collect(Collectors.joining(" "));
  }

  /** Names of the parts that are not the same in {@code other}, in order. */
  List<String> changedSince(Fingerprint other) {
    TreeSet<String> names = new TreeSet<>(parts.keySet());
    names.addAll(other.parts.keySet());
    return names.stream()
        .filter(name -> !parts.getOrDefault(name, "").equals(other.parts.getOrDefault(name, "")))
        .toList();
  }
}
