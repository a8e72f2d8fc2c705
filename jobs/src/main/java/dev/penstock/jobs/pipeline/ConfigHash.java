package dev.penstock.jobs.pipeline;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;

/**
 * A hash of what parts of a pipeline file say. It does not change with the file's formatting and
 * comments, the order of named things, descriptions, or the place of the files that are read.
 * Defaults are part of it. It never holds a secret.
 */
public final class ConfigHash {
  private ConfigHash() {}

  /**
   * The hash, 64 hexadecimal digits.
   *
   * @param parts sections of a {@link Pipeline}, or values, lists, maps and optionals of them
   */
  public static String of(Object... parts) {
    try {
      byte[] bytes = text(parts).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** The canonical text that is hashed. */
  public static String text(Object... parts) {
    return Arrays.stream(parts).map(ConfigHash::part).collect(Collectors.joining("\n"));
  }

  private static String part(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(ConfigHash::part).orElse("-");
    }
    if (value instanceof OptionalDouble optional) {
      return optional.isPresent() ? part(optional.getAsDouble()) : "-";
    }
    if (value instanceof OptionalLong optional) {
      return optional.isPresent() ? part(optional.getAsLong()) : "-";
    }
    if (value instanceof List<?> list) {
      return list.stream().map(ConfigHash::part).collect(Collectors.joining(",", "[", "]"));
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, String> sorted = new TreeMap<>();
      map.forEach((key, entry) -> sorted.put(quoted(key.toString()), part(entry)));
      return sorted.entrySet().stream()
          .map(entry -> entry.getKey() + ":" + entry.getValue())
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof DataType type) {
      return type.sql();
    }
    if (value instanceof Record section
        && (Shape.isSection(section.getClass()) || section instanceof ColumnDef)) {
      return Shape.of(section.getClass()).fields().stream()
          .flatMap(field -> field.hashed(section).map(v -> field.key() + ":" + part(v)).stream())
          .collect(Collectors.joining(",", "{", "}"));
    }
    return quoted(Scalars.text(value));
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
