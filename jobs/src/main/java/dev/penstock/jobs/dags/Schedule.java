package dev.penstock.jobs.dags;

import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.lake.Cadence;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** How a pipeline cuts time, as the text of Python that tells Airflow. */
record Schedule(Pipeline pipeline) {
  /** Any fixed time before all others: only the newest interval is run without {@code start}. */
  private static final LocalDateTime LONG_AGO = LocalDateTime.parse("2024-01-01T00:00:00");

  private boolean isBelowADay() {
    return pipeline.every() == Cadence.Every.QUARTER_HOUR || pipeline.every() == Cadence.Every.HOUR;
  }

  /** Intervals shorter than a day are counted in UTC. */
  private ZoneId zone() {
    return isBelowADay() ? ZoneOffset.UTC : pipeline.timeZone();
  }

  private String zoneText() {
    return PythonText.of(isBelowADay() ? "UTC" : pipeline.timeZone().getId());
  }

  /** The timetable whose data intervals are the pipeline's. */
  String timetable() {
    String cron =
        switch (pipeline.every()) {
          case QUARTER_HOUR -> "*/15 * * * *";
          case HOUR -> "0 * * * *";
          case DAY -> "0 0 * * *";
          case WEEK -> "0 0 * * 1";
          case MONTH -> "0 0 1 * *";
        };
    return "CronDataIntervalTimetable(%s, timezone=%s)".formatted(PythonText.of(cron), zoneText());
  }

  /** When the first interval starts. */
  String start() {
    Cadence cadence = pipeline.cadence();
    LocalDateTime start =
        pipeline
            .airflow()
            .start()
            .map(named -> cadence.named(named).start().atZone(zone()).toLocalDateTime())
            .orElse(LONG_AGO);
    String time =
        start.toLocalTime().toSecondOfDay() == 0
            ? ""
            : ", %d, %d".formatted(start.getHour(), start.getMinute());
    return "pendulum.datetime(%d, %d, %d%s, tz=%s)"
        .formatted(start.getYear(), start.getMonthValue(), start.getDayOfMonth(), time, zoneText());
  }

  /** A regular expression of the names of intervals. */
  String pattern() {
    return switch (pipeline.every()) {
      case QUARTER_HOUR -> "^\\d{4}-\\d{2}-\\d{2}T\\d{4}$";
      case HOUR -> "^\\d{4}-\\d{2}-\\d{2}T\\d{2}$";
      case DAY, WEEK -> "^\\d{4}-\\d{2}-\\d{2}$";
      case MONTH -> "^\\d{4}-\\d{2}$";
    };
  }

  /** The name of one. */
  String example() {
    return pipeline
        .cadence()
        .containing(LocalDateTime.parse("2026-01-26T05:15:00").toInstant(ZoneOffset.UTC))
        .slice();
  }
}
