package dev.penstock.jobs.pipeline;

import dev.penstock.lake.Cadence;
import dev.penstock.lake.Cadence.Every;
import dev.penstock.lake.Interval;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code {date}} and {@code {date:yyyyMMdd}} in a source's path: the start of an interval, below a
 * day in UTC.
 */
public final class PathDates {
  private static final Pattern PLACE = Pattern.compile("(?<!\\$)\\{([^}]*)}");

  /** Its interval's start comes back only from a format that has all parts of it. */
  private static final Instant PROBE = Instant.parse("2023-11-22T21:45:00Z");

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

  /**
   * Refuses formats that together do not name an interval, so that no file would be found.
   *
   * @throws IllegalArgumentException with a sentence for the user
   */
  static void requireInterval(String path, Cadence cadence) {
    List<String> places = PLACE.matcher(path).results().map(place -> place.group(1)).toList();
    if (places.isEmpty() || places.contains("date")) {
      return;
    }
    String format =
        String.join("/", places.stream().map(p -> p.substring("date:".length())).toList());
    Interval interval = cadence.containing(PROBE);
    if (!read(write(interval, format, cadence), format, cadence).equals(Optional.of(interval))) {
      throw new IllegalArgumentException(
          "%s does not say which interval of every: %s a file belongs to; write {date:%s}"
              .formatted(format, cadence.every().text(), enough(cadence.every())));
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

  private static String enough(Every every) {
    return switch (every) {
      case QUARTER_HOUR -> "yyyyMMddHHmm";
      case HOUR -> "yyyyMMddHH";
      case DAY, WEEK -> "yyyyMMdd";
      case MONTH -> "yyyyMM";
    };
  }

  /** The start of an interval in a format. */
  public static String write(Interval interval, String format, Cadence cadence) {
    return DateTimeFormatter.ofPattern(format).format(interval.start().atZone(zone(cadence)));
  }

  /** The interval that a text in that format lies in; empty if it is none. */
  public static Optional<Interval> read(String text, String format, Cadence cadence) {
    try {
      DateTimeFormatter formatter =
          new DateTimeFormatterBuilder()
              .appendPattern(format)
              .parseDefaulting(ChronoField.DAY_OF_MONTH, 1)
              .parseDefaulting(ChronoField.HOUR_OF_DAY, 0)
              .parseDefaulting(ChronoField.MINUTE_OF_HOUR, 0)
              .toFormatter();
      return Optional.of(
          cadence.containing(
              LocalDateTime.parse(text, formatter).atZone(zone(cadence)).toInstant()));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static ZoneId zone(Cadence cadence) {
    return switch (cadence.every()) {
      case QUARTER_HOUR, HOUR -> ZoneOffset.UTC;
      case DAY, WEEK, MONTH -> cadence.zone();
    };
  }
}
