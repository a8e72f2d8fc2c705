package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.col;

import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.lake.Constant;
import dev.penstock.lake.TableDefinition;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.RowCounts;
import dev.penstock.validation.Severity;
import dev.penstock.validation.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;

/**
 * A delivery whose rows are staged and whose slices are judged.
 *
 * @param delivery what came
 * @param staged its rows, every one with the rules that it broke
 * @param news those of them that the gate judged
 * @param checks of all slices
 * @param rows how many of the news broke which rules, and the range of their keys
 */
record JudgedDelivery(
    Delivery delivery, Dataset<Row> staged, Dataset<Row> news, List<Check> checks, RowCounts rows) {

  /** Per slice, the rows of a derived table that no gate judged, because they are as they were. */
  Map<String, Long> rowsAsBefore() {
    Map<String, Long> rows = new TreeMap<>();
    if (Arrays.asList(staged.columns()).contains(Delivery.AS_BEFORE)) {
      staged
          .where(Delivery.AS_BEFORE)
          .groupBy(TableDefinition.SLICE)
          .count()
          .collectAsList()
          .forEach(row -> rows.put(row.getString(0), row.getLong(1)));
    }
    return rows;
  }

  TreeSet<String> slices() {
    return delivery.plans().stream()
        .map(SlicePlan::slice)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  Verdict verdict(SlicePlan plan) {
    return Verdict.of(plan.slice(), checks);
  }

  /** The slices that may be read. */
  TreeSet<String> passed() {
    return delivery.plans().stream()
        .filter(plan -> plan.accepted().isPresent() || verdict(plan).passed())
        .map(SlicePlan::slice)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Per refused slice, the names of the rules that refused it. */
  Map<String, List<String>> refusedRules() {
    Map<String, List<String>> refused = new TreeMap<>();
    TreeSet<String> passed = passed();
    for (SlicePlan plan : delivery.plans()) {
      if (!passed.contains(plan.slice())) {
        refused.put(
            plan.slice(),
            checks.stream()
                .filter(check -> check.slice().equals(plan.slice()))
                .filter(
                    check ->
                        check.severity() == Severity.REFUSE
                            || (check.severity() == Severity.QUARANTINE
                                && check.outcome() == Outcome.ERRORED))
                .filter(check -> check.outcome() != Outcome.PASSED)
                .map(check -> "refused: " + check.rule())
                .distinct()
                .toList());
      }
    }
    return refused;
  }

  boolean quarantinesSomething() {
    return !delivery.problems().isEmpty() || !refusedRules().isEmpty() || rows.anyBroken();
  }

  /** Conditions that every key without a broken rule fulfils; they let storage skip files. */
  List<Column> keyRange() {
    List<Column> conditions = new ArrayList<>();
    for (String name : delivery.versions().key()) {
      DataType type = news.schema().apply(name).dataType();
      rows.range(name)
          .ifPresent(
              range ->
                  conditions.add(
                      col(name)
                          .between(
                              Constant.of(range.least(), type),
                              Constant.of(range.greatest(), type))));
    }
    return conditions;
  }

  /** Counts of a slice that was written. */
  Counts counts(SlicePlan plan, long added, long unchanged, long duplicate) {
    long seen = rows.all(plan.slice());
    long quarantined = seen - rows.left(plan.slice());
    long broken =
        plan.sliceFiles().stream()
            .filter(file -> delivery.problems().containsKey(file.name()))
            .count();
    int files = plan.files().size();
    return new Counts(
        seen,
        added,
        quarantined,
        unchanged,
        duplicate,
        files + plan.ignored(),
        files - broken,
        broken,
        plan.ignored());
  }

  /** Counts of a slice that was refused: all its rows are in quarantine. */
  Counts refusedCounts(SlicePlan plan) {
    Counts all = counts(plan, 0, 0, 0);
    return new Counts(
        all.rowsSeen(),
        0,
        all.rowsSeen(),
        0,
        0,
        all.filesSeen(),
        all.filesRead(),
        all.filesQuarantined(),
        all.filesIgnored());
  }
}
