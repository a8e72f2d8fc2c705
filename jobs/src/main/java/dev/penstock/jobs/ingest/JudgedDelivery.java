package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.lake.TableDefinition;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Severity;
import dev.penstock.validation.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A delivery whose rows are staged and whose slices are judged.
 *
 * @param delivery what came
 * @param staged its rows, every one with the rules that it broke
 * @param news those of them that the gate judged
 * @param checks of all slices
 * @param rules per slice and set of broken rules: how many rows, and the least and greatest key of
 *     those that broke none
 */
record JudgedDelivery(
    Delivery delivery,
    Dataset<Row> staged,
    Dataset<Row> news,
    List<Check> checks,
    List<Row> rules) {

  /** Counts the rows of each slice by the rules that they broke; one job. */
  static List<Row> countRules(Dataset<Row> staged, List<String> key) {
    List<Column> aggregates = new ArrayList<>();
    for (String name : key) {
      aggregates.add(min(col(name)));
      aggregates.add(max(col(name)));
    }
    return staged
        .groupBy(TableDefinition.SLICE, ReadFiles.BROKEN_RULES)
        .agg(count(lit(1)), aggregates.toArray(Column[]::new))
        .collectAsList();
  }

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
    return !delivery.problems().isEmpty()
        || !refusedRules().isEmpty()
        || rules.stream().anyMatch(row -> !row.getList(1).isEmpty());
  }

  /** Rows per broken rule of a slice; a row may break several. */
  Map<String, Long> brokenRules(String slice) {
    Map<String, Long> broken = new TreeMap<>();
    for (Row row : rules) {
      if (row.getString(0).equals(slice)) {
        row.<String>getList(1).forEach(rule -> broken.merge(rule, row.getLong(2), Long::sum));
      }
    }
    return broken;
  }

  /** Conditions that every key without a broken rule fulfils; they let storage skip files. */
  List<Column> keyRange() {
    List<Column> range = new ArrayList<>();
    List<String> key = delivery.versions().key();
    for (int i = 0; i < key.size(); i++) {
      Object least = extreme(3 + 2 * i, (a, b) -> compare(a, b) <= 0 ? a : b);
      Object greatest = extreme(4 + 2 * i, (a, b) -> compare(a, b) >= 0 ? a : b);
      if (least != null) {
        range.add(col(key.get(i)).between(lit(least), lit(greatest)));
      }
    }
    return range;
  }

  private Object extreme(int column, BinaryOperator<Object> better) {
    return rules.stream()
        .filter(row -> row.getList(1).isEmpty())
        .map(row -> row.get(column))
        .filter(Objects::nonNull)
        .reduce(better)
        .orElse(null);
  }

  @SuppressWarnings("unchecked") // both are values of one orderable column
  private static int compare(Object a, Object b) {
    return a instanceof String text // Spark orders strings by their UTF-8 bytes
        ? UTF8String.fromString(text).compareTo(UTF8String.fromString((String) b))
        : ((Comparable<Object>) a).compareTo(b);
  }

  /** Counts of a slice that was written. */
  Counts counts(SlicePlan plan, long added, long unchanged, long duplicate) {
    long seen = rows(plan.slice(), false);
    long quarantined = rows(plan.slice(), true);
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

  /** Rows of a slice that broke no rule. */
  long rowsLeft(String slice) {
    return rows(slice, false) - rows(slice, true);
  }

  private long rows(String slice, boolean brokenOnly) {
    return rules.stream()
        .filter(row -> row.getString(0).equals(slice))
        .filter(row -> !brokenOnly || !row.getList(1).isEmpty())
        .mapToLong(row -> row.getLong(2))
        .sum();
  }
}
