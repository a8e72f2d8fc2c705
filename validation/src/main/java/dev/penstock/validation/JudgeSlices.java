package dev.penstock.validation;

import static dev.penstock.validation.Gate.BROKEN_RULES;
import static dev.penstock.validation.Gate.SLICE;
import static org.apache.spark.sql.functions.array_contains;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;

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

  List<Check> judge(List<SliceFacts> slices) {
    if (slices.isEmpty()) {
      return List.of();
    }
    List<SliceFacts> inOrder =
        slices.stream().sorted(Comparator.comparing(SliceFacts::end)).toList();
    List<String> names = inOrder.stream().map(SliceFacts::slice).toList();
    Map<String, Counts> counts = countRows(names);
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

  private Map<String, Counts> countRows(List<String> slices) {
    List<Column> columns = new ArrayList<>();
    columns.add(count(when(size(col(BROKEN_RULES)).equalTo(0), lit(1))));
    for (RowCheck check : rowChecks) {
      columns.add(count(when(array_contains(col(BROKEN_RULES), check.name()), lit(1))));
    }
    List<Row> rows =
        inputs
            .rows()
            .where(col(SLICE).isInCollection(slices))
            .groupBy(col(SLICE))
            .agg(count(lit(1)), columns.toArray(Column[]::new))
            .collectAsList();
    Map<String, Counts> counts = new LinkedHashMap<>();
    slices.forEach(slice -> counts.put(slice, Counts.none(rowChecks.size())));
    for (Row row : rows) {
      List<Long> broken = new ArrayList<>();
      for (int i = 3; i < row.size(); i++) {
        broken.add(row.getLong(i));
      }
      counts.put(row.getString(0), new Counts(row.getLong(1), row.getLong(2), broken));
    }
    return counts;
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
