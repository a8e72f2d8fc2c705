package dev.penstock.lake;

import static java.time.ZoneOffset.UTC;

import java.io.Serializable;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;

/**
 * How time is cut into intervals: a unit in a time zone. Days, weeks and months are calendar units
 * of the zone, so a day may have 23 or 25 hours; shorter units are counted in UTC.
 *
 * @param every the unit
 * @param zone the pipeline's {@code time-zone}
 */
public record Cadence(Every every, ZoneId zone) implements Serializable {
  private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH");
  private static final DateTimeFormatter MINUTES = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmm");
  private static final DateTimeFormatter MONTH = DateTimeFormatter.ofPattern("uuuu-MM");

  /** For messages. */
  private static final Instant EXAMPLE = Instant.parse("2013-01-31T05:15:00Z");

  /** The units, each with the spelling that the pipeline file uses. */
  public enum Every {
    QUARTER_HOUR("15m"),
    HOUR("1h"),
    DAY("1d"),
    WEEK("1w"),
    MONTH("month");

    private final String text;

    Every(String text) {
      this.text = text;
    }

    /** The spelling in the pipeline file. */
    public String text() {
      return text;
    }
  }

  /** The interval that {@code instant} lies in. */
  public Interval containing(Instant instant) {
    LocalDate date = instant.atZone(zone).toLocalDate();
    return switch (every) {
      case QUARTER_HOUR -> {
        LocalDateTime hour = instant.atOffset(UTC).toLocalDateTime().truncatedTo(ChronoUnit.HOURS);
        int minute = instant.atOffset(UTC).getMinute() / 15 * 15;
        Instant start = hour.plusMinutes(minute).toInstant(UTC);
        yield new Interval(
            MINUTES.format(start.atOffset(UTC)), start, start.plus(15, ChronoUnit.MINUTES));
      }
      case HOUR -> {
        Instant start = instant.truncatedTo(ChronoUnit.HOURS);
        yield new Interval(
            HOUR.format(start.atOffset(UTC)), start, start.plus(1, ChronoUnit.HOURS));
      }
      case DAY -> calendar(date.toString(), date, date.plusDays(1));
      case WEEK -> {
        LocalDate monday = date.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
        yield calendar(monday.toString(), monday, monday.plusWeeks(1));
      }
      case MONTH -> {
        LocalDate first = date.withDayOfMonth(1);
        yield calendar(MONTH.format(first), first, first.plusMonths(1));
      }
    };
  }

  private Interval calendar(String slice, LocalDate start, LocalDate end) {
    return new Interval(
        slice, start.atStartOfDay(zone).toInstant(), end.atStartOfDay(zone).toInstant());
  }

  /**
   * The interval of that name; a date that names a part of it will do, as 2013-01-31 for a week.
   *
   * @throws IllegalArgumentException if the name is none of this cadence; the message says what a
   *     name looks like
   */
  public Interval named(String slice) {
    try {
      return containing(
          switch (every) {
            case QUARTER_HOUR -> LocalDateTime.parse(slice, MINUTES).toInstant(UTC);
            case HOUR -> LocalDateTime.parse(slice, HOUR).toInstant(UTC);
            case DAY, WEEK -> LocalDate.parse(slice).atStartOfDay(zone).toInstant();
            case MONTH ->
                (slice.length() > 7 ? LocalDate.parse(slice) : YearMonth.parse(slice).atDay(1))
                    .atStartOfDay(zone)
                    .toInstant();
          });
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "'%s' is not an interval of every: %s; write it as %s, for example"
              .formatted(slice, every.text(), containing(EXAMPLE).slice()));
    }
  }

  /** The interval after {@code interval}. */
  public Interval next(Interval interval) {
    return containing(interval.end());
  }

  /** The interval before {@code interval}. */
  public Interval previous(Interval interval) {
    return containing(interval.start().minus(1, ChronoUnit.MICROS));
  }

  /** All intervals from {@code first} to {@code last}, both included; empty if last is earlier. */
  public List<Interval> range(Interval first, Interval last) {
    List<Interval> intervals = new ArrayList<>();
    for (Interval i = first; !i.start().isAfter(last.start()); i = next(i)) {
      intervals.add(i);
    }
    return intervals;
  }
}
