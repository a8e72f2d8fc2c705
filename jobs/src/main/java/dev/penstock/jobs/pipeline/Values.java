package dev.penstock.jobs.pipeline;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fills in {@code ${NAME}} and {@code ${NAME:default}}. A value comes from {@code --set}, else the
 * process environment, else the chosen environment of {@code environments.yaml}, else the default.
 * {@code ${secret:NAME}} is checked and left in place: {@link Secrets#reveal} resolves it where it
 * is used, so that no print and no hash ever holds one.
 */
final class Values {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(secret:)?([A-Za-z_][A-Za-z0-9_]*)(:([^}]*))?}|\\$\\{");

  private final Settings settings;
  private final Map<String, String> environment;
  private final Set<String> asked = new LinkedHashSet<>();

  Values(Settings settings, Map<String, String> environment) {
    this.settings = settings;
    this.environment = environment;
  }

  /** The names that were asked for. */
  Set<String> asked() {
    return asked;
  }

  /**
   * The text with its values.
   *
   * @throws IllegalArgumentException if one is missing; the message says where to set it
   */
  String fill(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(value(match, text)));
  }

  /** As {@link #fill}; a secret may be missing, as those of other environments are. */
  String fillAround(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    match.group(1) == null ? value(match, text) : match.group()));
  }

  private String value(MatchResult match, String text) {
    String name = match.group(2);
    if (name == null) {
      throw new IllegalArgumentException(
          "expected ${NAME}, ${NAME:default} or ${secret:NAME}, got '%s'".formatted(text));
    }
    if (match.group(1) != null) {
      new Secrets(settings.process()).require(name);
      return match.group();
    }
    asked.add(name);
    String value = settings.values().get(name);
    value = value == null ? settings.process().apply(name) : value;
    value = value == null ? environment.get(name) : value;
    value = value == null ? match.group(4) : value;
    if (value == null) {
      throw new IllegalArgumentException(
          "${%s} has no value; set it by --set %s=..., in the process environment, or under"
              .formatted(name, name)
              .concat(" %s.values in %s".formatted(settings.env(), settings.environmentsFile())));
    }
    return value;
  }
}
