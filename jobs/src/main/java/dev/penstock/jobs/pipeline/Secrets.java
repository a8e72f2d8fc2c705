package dev.penstock.jobs.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Resolves {@code ${secret:NAME}}: from the process environment, else from the file NAME in the
 * mounted folder that {@code PENSTOCK_SECRETS} names ({@code /run/secrets} without it).
 *
 * @param process looks a name up in the process environment; null if it has none
 */
public record Secrets(UnaryOperator<String> process) {
  private static final Pattern SECRET = Pattern.compile("\\$\\{secret:([A-Za-z_][A-Za-z0-9_]*)}");

  /**
   * The text with its secrets in the clear; for immediate use, never for a print.
   *
   * @throws IllegalArgumentException if one is missing; the message holds its name only
   */
  public String reveal(String text) {
    return SECRET
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(require(match.group(1))));
  }

  String require(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the secret %s is missing; set it in the process environment, or as the file %s"
                        .formatted(name, folder().resolve(name))));
  }

  private Optional<String> find(String name) {
    String value = process.apply(name);
    if (value != null) {
      return Optional.of(value);
    }
    Path file = folder().resolve(name);
    try {
      return Files.isRegularFile(file)
          ? Optional.of(Files.readString(file).strip())
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path folder() {
    return Path.of(Optional.ofNullable(process.apply("PENSTOCK_SECRETS")).orElse("/run/secrets"));
  }
}
