package dev.penstock.validation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The rules that a slice must pass before anything reads it. First {@link #mark} tells the rows
 * that break a row rule, then {@link #judge} judges the slices by the rows left.
 *
 * @param quarantine row predicates
 * @param quarantineUnique column lists; every row of a value that occurs twice goes to quarantine
 * @param quarantineReferences rows with an unknown value go to quarantine
 * @param refuse one failed rule refuses the slice
 * @param warn failed rules are recorded
 */
public record Gate(
    List<RowRule> quarantine,
    List<List<String>> quarantineUnique,
    List<Reference> quarantineReferences,
    List<SliceRule> refuse,
    List<SliceRule> warn) {
  /** Column: name of the row's slice. */
  public static final String SLICE = "slice";

  /** Column: the last microsecond of the interval of the row's slice. */
  public static final String SLICE_END = "slice_end";

  /**
   * Column: names of the row rules that the row broke; never null, empty for a row that is fine.
   */
  public static final String BROKEN_RULES = "broken_rules";

  /** A gate that lets everything pass. */
  public static final Gate OPEN = new Gate(List.of(), List.of(), List.of(), List.of(), List.of());

  public Gate {
    quarantine = List.copyOf(quarantine);
    quarantineUnique = quarantineUnique.stream().map(List::copyOf).toList();
    quarantineReferences = List.copyOf(quarantineReferences);
    refuse = List.copyOf(refuse);
    warn = List.copyOf(warn);
  }

  /**
   * Adds the names of the rules that each row breaks to {@code broken_rules}: predicates, {@code
   * unique(a, b)}, {@code references(carrier)}. Lazy, deterministic, idempotent; row order is kept
   * only by a gate of nothing but predicates, which adds no shuffle. Each column list to be unique
   * costs one shuffle, each reference one join.
   *
   * <p>Uniqueness is judged within the slice, among the rows that neither came broken nor break a
   * predicate here: a refused row makes no other one a duplicate. A null passes everything. A rule
   * that does not fit the rows marks none; {@link #judge} reports it as errored.
   *
   * @param staged has {@code slice}, {@code slice_end} and {@code broken_rules}
   * @param referenced the referenced tables by name, with {@code known_from} and {@code
   *     known_until}
   */
  public Dataset<Row> mark(Dataset<Row> staged, Map<String, Dataset<Row>> referenced) {
    return new MarkBrokenRows(rowChecks()).apply(staged, referenced);
  }

  /**
   * Judges many slices at once. Reads {@code marked} a few times, in a number of Spark jobs that
   * grows with rules times slices over sixty: give it stored or persisted.
   *
   * @param marked what {@link #mark} returned; rows of slices that are not asked for are left alone
   * @param counts of {@code marked}
   * @param eventTime the column with the event time, if the rows have one
   * @param slices a slice without rows is judged too
   * @param referenced as for {@link #mark}
   * @return per slice, in order of their ends: a check for each quarantine rule, then for each rule
   *     of refuse and of warn
   * @throws IllegalStateException if Deequ met an exception: trouble, which says nothing about the
   *     data; Spark's own exceptions pass through
   */
  public List<Check> judge(
      Dataset<Row> marked,
      RowCounts counts,
      Optional<String> eventTime,
      List<SliceFacts> slices,
      Map<String, Dataset<Row>> referenced) {
    return new JudgeSlices(this, new Inputs(marked, eventTime, referenced)).judge(slices, counts);
  }

  /**
   * What is wrong with the rules themselves, for rows and tables of these schemas. Runs no job:
   * empty frames do.
   *
   * @return a sentence per rule that cannot be evaluated
   */
  public List<String> problems(
      Dataset<Row> rows, Optional<String> eventTime, Map<String, Dataset<Row>> referenced) {
    return new JudgeSlices(this, new Inputs(rows, eventTime, referenced)).problems();
  }

  /** Everything under quarantine, in the order in which it is checked and reported. */
  List<RowCheck> rowChecks() {
    return RowCheck.of(quarantine, quarantineUnique, quarantineReferences);
  }
}
