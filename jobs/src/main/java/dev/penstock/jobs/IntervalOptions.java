package dev.penstock.jobs;

import dev.penstock.lake.Cadence;
import dev.penstock.lake.Interval;
import java.util.List;
import picocli.CommandLine.Option;

/** Which intervals a command is about; a picocli mixin. */
final class IntervalOptions {
  @Option(
      names = "--date",
      paramLabel = "INTERVAL",
      description = "The interval, by its start: 2013-01-31, 2013-01 or 2013-01-31T05.")
  private String date;

  @Option(names = "--from", paramLabel = "INTERVAL", description = "First interval of a range.")
  private String from;

  @Option(names = "--to", paramLabel = "INTERVAL", description = "Last interval of the range.")
  private String to;

  /** Whether one of the options is given. */
  boolean isGiven() {
    return date != null || from != null || to != null;
  }

  /** The intervals in order; at least one. */
  List<Interval> of(Cadence cadence) {
    boolean range = from != null && to != null;
    if ((date != null) == (from != null || to != null) || (date == null && !range)) {
      throw new Exit.UserException("say which interval: --date D, or --from A --to B");
    }
    List<Interval> intervals =
        range
            ? cadence.range(named("--from", from, cadence), named("--to", to, cadence))
            : List.of(named("--date", date, cadence));
    if (intervals.isEmpty()) {
      throw new Exit.UserException("--from %s is after --to %s".formatted(from, to));
    }
    return intervals;
  }

  static Interval named(String option, String text, Cadence cadence) {
    try {
      return cadence.named(text);
    } catch (IllegalArgumentException e) {
      throw new Exit.UserException(option + ": " + e.getMessage());
    }
  }
}
