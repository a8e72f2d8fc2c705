package dev.penstock.jobs.pipeline;

import dev.penstock.features.Durations;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** When a new model is trained. */
@Doc("When a new model is trained. No champion and enough history is always a reason.")
public record Retrain(
    @Doc("Reasons, each enough: drift, performance, age > 30d.") List<Reason> any,
    @Doc("Least time between two trainings.") @Default("0s") Duration cooldown) {

  /** What a reason is about. */
  public enum Kind {
    DRIFT,
    PERFORMANCE,
    AGE
  }

  /**
   * A reason to train.
   *
   * @param kind what it is about
   * @param above for AGE: the champion is older than this; else empty
   */
  public record Reason(Kind kind, Optional<Duration> above) {
    private static final Pattern AGE = Pattern.compile("age\\s*>\\s*(\\S+)");

    /** Reads {@code drift}, {@code performance} or {@code age > 30d}. */
    static Reason parse(String text) {
      Matcher age = AGE.matcher(text);
      if (age.matches()) {
        return new Reason(Kind.AGE, Optional.of(Durations.parse(age.group(1))));
      }
      return switch (text) {
        case "drift" -> new Reason(Kind.DRIFT, Optional.empty());
        case "performance" -> new Reason(Kind.PERFORMANCE, Optional.empty());
        default ->
            throw new IllegalArgumentException(
                "expected drift, performance or age > 30d, got '%s'".formatted(text));
      };
    }

    @Override
    public String toString() {
      return switch (kind) {
        case DRIFT -> "drift";
        case PERFORMANCE -> "performance";
        case AGE -> "age > " + Durations.text(above.orElseThrow());
      };
    }
  }
}
