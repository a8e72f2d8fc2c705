package dev.penstock.validation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Judges the slices of a marked frame by a gate: counts, then measures, then compares with the
 * bounds.
 */
final class JudgeSlices {
  private final Gate gate;
  private final List<RowCheck> rowChecks;
  private final Inputs inputs;

  JudgeSlices(Gate gate, Inputs inputs) {
    this.gate = gate;
    this.rowChecks = gate.rowChecks();
    this.inputs = inputs;
  }

  List<String> problems() {
    List<String> problems = new ArrayList<>();
    rowChecks.forEach(
        check -> check.problem(inputs).ifPresent(text -> problems.add(check.name() + ": " + text)));
    rules()
        .forEach(
            rule ->
                rule.problem(inputs).ifPresent(text -> problems.add(rule.name() + ": " + text)));
    return problems;
  }

  List<Check> judge(List<SliceFacts> slices, RowCounts rows) {
    if (slices.isEmpty()) {
      return List.of();
    }
    List<SliceFacts> inOrder =
        slices.stream().sorted(Comparator.comparing(SliceFacts::end)).toList();
    Map<String, Counts> counts = new LinkedHashMap<>();
    inOrder.forEach(facts -> counts.put(facts.slice(), counts(rows, facts.slice())));
    Map<SliceRule, Optional<String>> problems = new LinkedHashMap<>();
    rules().forEach(rule -> problems.put(rule, rule.problem(inputs)));
    List<SliceRule> sane =
        problems.keySet().stream().filter(rule -> problems.get(rule).isEmpty()).toList();
    Map<SliceRule, Map<String, Measured>> measured =
        new MeasureSlices(inputs, counts).measure(sane);
    return assess(inOrder, counts, problems, measured);
  }

  /** Each rule once, however often the gate names it. */
  private List<SliceRule> rules() {
    return Stream.concat(gate.refuse().stream(), gate.warn().stream()).distinct().toList();
  }

  private Counts counts(RowCounts rows, String slice) {
    Map<String, Long> broken = rows.broken(slice);
    return new Counts(
        rows.all(slice),
        rows.left(slice),
        rowChecks.stream().map(check -> broken.getOrDefault(check.name(), 0L)).toList());
  }

  /** In order of time, because a slice that passes is history for the later ones. */
  private List<Check> assess(
      List<SliceFacts> inOrder,
      Map<String, Counts> counts,
      Map<SliceRule, Optional<String>> problems,
      Map<SliceRule, Map<String, Measured>> measured) {
    List<Check> checks = new ArrayList<>();
    Map<String, SliceFacts.Earlier> passed = new HashMap<>();
    for (SliceFacts facts : inOrder) {
      String slice = facts.slice();
      SliceFacts withHistory = facts.and(passed.values());
      checks.addAll(rowChecks(slice, counts.get(slice)));
      for (Severity severity : List.of(Severity.REFUSE, Severity.WARN)) {
        for (SliceRule rule : severity == Severity.REFUSE ? gate.refuse() : gate.warn()) {
          checks.add(
              problems
                  .get(rule)
                  .map(reason -> errored(slice, severity, rule.name(), rule.subject(), reason))
                  .orElseGet(
                      () -> assessed(withHistory, severity, rule, measured.get(rule).get(slice))));
        }
      }
      if (Verdict.of(slice, checks).passed()) {
        passed.put(slice, new SliceFacts.Earlier(facts.end(), counts.get(slice).left()));
      }
    }
    return checks;
  }

  private List<Check> rowChecks(String slice, Counts counts) {
    List<Check> checks = new ArrayList<>();
    for (int i = 0; i < rowChecks.size(); i++) {
      RowCheck check = rowChecks.get(i);
      long broken = counts.broken().get(i);
      checks.add(
          check
              .problem(inputs)
              .map(
                  reason ->
                      errored(slice, Severity.QUARANTINE, check.name(), check.subject(), reason))
              .orElseGet(
                  () ->
                      new Check(
                          slice,
                          Severity.QUARANTINE,
                          check.name(),
                          check.subject(),
                          Outcome.of(broken == 0),
                          (double) broken,
                          check.bound(),
                          counts.all(),
                          null,
                          null,
                          "%s broken by %d of %d rows"
                              .formatted(check.name(), broken, counts.all()))));
    }
    return checks;
  }

  private static Check assessed(
      SliceFacts facts, Severity severity, SliceRule rule, Measured measured) {
    Finding finding = rule.assess(measured, facts);
    return new Check(
        facts.slice(),
        severity,
        rule.name(),
        rule.subject(),
        finding.outcome(),
        measured.value().orElse(null),
        finding.bound(),
        measured.n(),
        null,
        null,
        finding.reason());
  }

  private static Check errored(
      String slice, Severity severity, String rule, String subject, String reason) {
    return new Check(
        slice,
        severity,
        rule,
        subject,
        Outcome.ERRORED,
        null,
        "",
        0,
        null,
        null,
        "Cannot judge " + rule + ": " + reason);
  }
}
