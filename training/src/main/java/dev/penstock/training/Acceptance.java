package dev.penstock.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Judges a challenger's holdout predictions by the acceptance rules. Deterministic. */
final class Acceptance {
  private static final String WHOLE = "holdout";

  private final Holdout holdout;
  private final Bootstrap bootstrap;

  Acceptance(Holdout holdout, long seed) {
    this.holdout = holdout;
    this.bootstrap = new Bootstrap(seed);
  }

  /** The checks of all rules, in their order; groups in the order of their values. */
  List<AcceptanceCheck> judge(List<Accept> rules) {
    List<AcceptanceCheck> checks = new ArrayList<>();
    for (Accept rule : rules) {
      if (rule instanceof Accept.Threshold threshold) {
        checks.addAll(judge(threshold));
      } else if (rule instanceof Accept.AgainstChampion against) {
        checks.add(judge(against));
      }
    }
    return checks;
  }

  private List<AcceptanceCheck> judge(Accept.Threshold rule) {
    if (rule.by().isEmpty()) {
      return List.of(judge(rule, WHOLE, holdout.challenger()));
    }
    String column = rule.by().get();
    List<String> values = holdout.groups().get(column);
    Map<String, List<Integer>> positions = new TreeMap<>();
    for (int i = 0; i < values.size(); i++) {
      positions.computeIfAbsent(values.get(i), value -> new ArrayList<>()).add(i);
    }
    List<AcceptanceCheck> checks = new ArrayList<>();
    positions.forEach(
        (value, rows) -> {
          int[] positionsOfGroup = rows.stream().mapToInt(Integer::intValue).toArray();
          checks.add(
              judge(rule, column + "=" + value, holdout.challenger().only(positionsOfGroup)));
        });
    return checks;
  }

  private static AcceptanceCheck judge(Accept.Threshold rule, String subject, Scored scored) {
    String metric = rule.metric().text();
    if (scored.size() < rule.minRows()) {
      return unmeasured(
          metric,
          subject,
          bound(rule),
          scored.size(),
          true,
          "skipped: %s has %d rows, fewer than min-rows %d"
              .formatted(subject, scored.size(), rule.minRows()));
    }
    OptionalDouble measured = scored.value(rule.metric());
    if (measured.isEmpty()) {
      return unmeasured(
          metric,
          subject,
          bound(rule),
          scored.size(),
          false,
          "%s of %s is not defined: %s".formatted(metric, subject, scored.whyUndefined()));
    }
    double value = measured.getAsDouble();
    boolean tooLow = rule.atLeast().isPresent() && value < rule.atLeast().getAsDouble();
    boolean tooHigh = rule.atMost().isPresent() && value > rule.atMost().getAsDouble();
    String verdict = tooLow ? "below " : tooHigh ? "above " : "within ";
    return new AcceptanceCheck(
        metric,
        subject,
        measured,
        bound(rule),
        scored.size(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        !tooLow && !tooHigh,
        "%s of %s is %s over %d rows, %s%s"
            .formatted(metric, subject, shown(value), scored.size(), verdict, bound(rule)));
  }

  private AcceptanceCheck judge(Accept.AgainstChampion rule) {
    String name = rule.metric().text() + " against champion";
    String bound =
        "may-lose %s with confidence %s".formatted(rule.mayLose(), percent(rule.confidence()));
    long n = holdout.challenger().size();
    if (holdout.champion().isEmpty()) {
      return unmeasured(name, WHOLE, bound, n, true, "there is no champion to compare with");
    }
    Scored champion = holdout.champion().get();
    Estimate gain =
        bootstrap.gain(rule.metric(), holdout.challenger(), champion, rule.confidence());
    if (gain.value().isEmpty() || gain.low().isEmpty()) {
      return unmeasured(
          name,
          WHOLE,
          bound,
          n,
          false,
          "%s of %s is not defined: %s"
              .formatted(rule.metric().text(), WHOLE, champion.whyUndefined()));
    }
    double low = gain.low().getAsDouble();
    boolean passed = low >= -rule.mayLose();
    return new AcceptanceCheck(
        name,
        WHOLE,
        gain.value(),
        bound,
        n,
        gain.low(),
        OptionalDouble.empty(),
        passed,
        "%s is %s, champion %s has %s over the same %d rows: with confidence %s the gain is at least %s, %s the allowed loss of %s"
            .formatted(
                rule.metric().text(),
                shown(holdout.challenger().value(rule.metric()).getAsDouble()),
                holdout.championVersion().orElseThrow(),
                shown(champion.value(rule.metric()).getAsDouble()),
                n,
                percent(rule.confidence()),
                shown(low),
                passed ? "within" : "beyond",
                rule.mayLose()));
  }

  private static AcceptanceCheck unmeasured(
      String rule, String subject, String bound, long n, boolean passed, String reason) {
    OptionalDouble none = OptionalDouble.empty();
    return new AcceptanceCheck(rule, subject, none, bound, n, none, none, passed, reason);
  }

  private static String bound(Accept.Threshold rule) {
    String atLeast = rule.atLeast().isPresent() ? "at-least " + rule.atLeast().getAsDouble() : "";
    String atMost = rule.atMost().isPresent() ? "at-most " + rule.atMost().getAsDouble() : "";
    return atLeast + (atLeast.isEmpty() || atMost.isEmpty() ? "" : ", ") + atMost;
  }

  private static String shown(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String percent(double share) {
    return new java.math.BigDecimal(String.valueOf(share))
            .movePointRight(2)
            .stripTrailingZeros()
            .toPlainString()
        + "%";
  }
}
