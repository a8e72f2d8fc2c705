package dev.penstock.lake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What a commit says of itself in Delta's {@code userMetadata}: whose it is and what it wrote. */
final class CommitNote {
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Note(String token, List<String> slices) {}

  private CommitNote() {}

  static String write(String token, Collection<String> partitions) {
    try {
      return JSON.writeValueAsString(new Note(token, List.copyOf(new TreeSet<>(partitions))));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The partitions that a commit with this note wrote; empty for a note that is not ours. */
  static List<String> partitions(String note) {
    try {
      Map<?, ?> read = JSON.readValue(note, Map.class);
      return read.get("slices") instanceof List<?> slices
          ? slices.stream().map(String::valueOf).toList()
          : List.of();
    } catch (JsonProcessingException e) {
      return List.of();
    }
  }
}
