package dev.penstock.jobs.pipeline;

import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code {date}} and {@code {date:yyyyMMdd}} in a source's path. */
final class PathDates {
  private static final Pattern PLACE = Pattern.compile("(?<!\\$)\\{([^}]*)}");

  private PathDates() {}

  /**
   * Refuses other placeholders and formats that are none.
   *
   * @throws IllegalArgumentException with a sentence for the user
   */
  static void require(String path) {
    Matcher matcher = PLACE.matcher(path);
    while (matcher.find()) {
      String place = matcher.group(1);
      if (place.startsWith("date:")) {
        requireFormat(place.substring("date:".length()));
      } else if (!place.equals("date")) {
        throw new IllegalArgumentException(
            "{%s} is not known; write {date}, or {date:yyyyMMdd} for another format"
                .formatted(place));
      }
    }
  }

  private static void requireFormat(String format) {
    try {
      DateTimeFormatter.ofPattern(format);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' is not a date format, as yyyyMMdd or yyyy/MM/dd/HH".formatted(format));
    }
  }
}
