package dev.penstock.features;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as files and column names write them: {@code 0s 15m 1h 7d 2w}; a day is 24 hours. */
public final class Durations {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})([smhdw])");
  private static final long SECOND = 1_000_000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException if it is none; the message says how one is written
   */
  public static Duration parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected a duration, as 15m, 1h or 7d, got '%s'".formatted(text));
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      case "d" -> Duration.ofDays(count);
      default -> Duration.ofDays(7 * count);
    };
  }

  /** Writes a duration in the largest unit, up to days, that gives a whole number. */
  public static String text(Duration duration) {
    long micros = Event.micros(duration);
    if (micros == 0) {
      return "0s";
    }
    if (micros % DAY == 0) {
      return micros / DAY + "d";
    }
    if (micros % HOUR == 0) {
      return micros / HOUR + "h";
    }
    if (micros % MINUTE == 0) {
      return micros / MINUTE + "m";
    }
    return micros % SECOND == 0 ? micros / SECOND + "s" : micros + "us";
  }
}
