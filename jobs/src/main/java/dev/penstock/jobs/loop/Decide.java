package dev.penstock.jobs.loop;

import dev.penstock.features.Durations;
import dev.penstock.jobs.pipeline.Retrain;
import dev.penstock.lake.Interval;
import dev.penstock.training.ModelVersion;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides by an interval's checks whether to train.
 *
 * @param rule what the pipeline file says; empty: only the first champion is trained
 */
record Decide(Optional<Retrain> rule) {

  Decision decide(
      Interval interval,
      Optional<ModelVersion> champion,
      Optional<Interval> lastTraining,
      boolean enough,
      List<Check> checks) {
    Optional<Duration> age =
        lastTraining.map(training -> Duration.between(training.end(), interval.end()));
    List<String> reasons = reasons(champion, age, enough, checks);
    Duration cooldown = rule.map(Retrain::cooldown).orElse(Duration.ZERO);
    if (reasons.isEmpty()) {
      return new Decision(
          false,
          reasons,
          champion.isEmpty() ? "no champion yet, and not enough history" : "no reason to retrain",
          false);
    }
    if (age.isPresent() && age.get().compareTo(cooldown) < 0) {
      return new Decision(
          false,
          reasons,
          "held back, the last training is %s old and cooldown is %s: %s"
              .formatted(
                  Durations.text(age.get()), Durations.text(cooldown), String.join("; ", reasons)),
          false);
    }
    return new Decision(true, reasons, "retrain: " + String.join("; ", reasons), false);
  }

  private List<String> reasons(
      Optional<ModelVersion> champion, Optional<Duration> age, boolean enough, List<Check> checks) {
    List<String> reasons = new ArrayList<>();
    if (champion.isEmpty()) {
      if (enough) {
        reasons.add("no champion, and enough history");
      }
      return reasons;
    }
    for (Retrain.Reason reason : rule.map(Retrain::any).orElse(List.of())) {
      switch (reason.kind()) {
        case DRIFT -> drifted(checks).ifPresent(reasons::add);
        case PERFORMANCE ->
            checks.stream()
                .filter(check -> check.rule().equals("performance"))
                .filter(check -> check.outcome() == Outcome.FAILED)
                .forEach(check -> reasons.add("performance: " + check.reason()));
        case AGE -> {
          Duration above = reason.above().orElseThrow();
          age.filter(old -> old.compareTo(above) > 0)
              .ifPresent(
                  old ->
                      reasons.add(
                          "age: the last training is %s old, more than %s"
                              .formatted(Durations.text(old), Durations.text(above))));
        }
      }
    }
    return reasons;
  }

  private static Optional<String> drifted(List<Check> checks) {
    List<String> columns =
        checks.stream()
            .filter(check -> check.rule().equals("drift"))
            .filter(check -> check.outcome() == Outcome.FAILED)
            .sorted((a, b) -> Double.compare(b.value(), a.value()))
            .map(check -> String.format(Locale.ROOT, "%s %.2f", check.subject(), check.value()))
            .toList();
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    String shown = String.join(", ", columns.subList(0, Math.min(5, columns.size())));
    return Optional.of(
        "drift of %d column%s, the largest: %s"
            .formatted(columns.size(), columns.size() > 1 ? "s" : "", shown));
  }
}
