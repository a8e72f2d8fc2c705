package dev.penstock.validation;

import static dev.penstock.validation.Gate.BROKEN_RULES;
import static dev.penstock.validation.Gate.SLICE;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.unsafe.types.UTF8String;

/** How many rows of each slice broke which row rules, and the range of values in the others. */
public final class RowCounts {
  /** Of the rows of one slice that broke the same rules. */
  private record Group(String slice, List<String> broken, long rows, Row extremes) {}

  /** The least and the greatest value of a column. */
  public record Range(Object least, Object greatest) {}

  private final List<String> ranged;
  private final List<Group> groups;

  private RowCounts(List<String> ranged, List<Group> groups) {
    this.ranged = ranged;
    this.groups = groups;
  }

  /**
   * Counts in one Spark job.
   *
   * @param marked what {@link Gate#mark} returned
   * @param ranged columns whose range is wanted; of types that Spark can order
   */
  public static RowCounts of(Dataset<Row> marked, List<String> ranged) {
    List<Column> extremes = new ArrayList<>();
    for (String name : ranged) {
      extremes.add(min(Inputs.quoted(name)));
      extremes.add(max(Inputs.quoted(name)));
    }
    List<Group> groups =
        marked
            .groupBy(col(SLICE), col(BROKEN_RULES))
            .agg(count(lit(1)), extremes.toArray(Column[]::new))
            .collectAsList()
            .stream()
            .map(row -> new Group(row.getString(0), row.getList(1), row.getLong(2), row))
            .toList();
    return new RowCounts(List.copyOf(ranged), groups);
  }

  /** Rows of a slice. */
  public long all(String slice) {
    return groups(slice).mapToLong(Group::rows).sum();
  }

  /** Rows of a slice that broke no rule. */
  public long left(String slice) {
    return groups(slice).filter(group -> group.broken().isEmpty()).mapToLong(Group::rows).sum();
  }

  /** Rows of a slice by each rule that they broke; a row may break several. */
  public Map<String, Long> broken(String slice) {
    Map<String, Long> broken = new TreeMap<>();
    groups(slice)
        .forEach(
            group -> group.broken().forEach(rule -> broken.merge(rule, group.rows(), Long::sum)));
    return broken;
  }

  /** Whether a row of any slice broke a rule. */
  public boolean anyBroken() {
    return groups.stream().anyMatch(group -> !group.broken().isEmpty());
  }

  /**
   * The range of a column among the rows that broke no rule; empty if they hold no value.
   *
   * @param column one of those asked for
   */
  public Optional<Range> range(String column) {
    int least = 3 + 2 * ranged.indexOf(column);
    return extreme(least, order -> order < 0)
        .map(found -> new Range(found, extreme(least + 1, order -> order > 0).orElseThrow()));
  }

  private Optional<Object> extreme(int index, IntPredicate isBetter) {
    return groups.stream()
        .filter(group -> group.broken().isEmpty())
        .map(group -> group.extremes().get(index))
        .filter(Objects::nonNull)
        .reduce((a, b) -> isBetter.test(compare(b, a)) ? b : a);
  }

  @SuppressWarnings("unchecked") // both are values of one orderable column
  private static int compare(Object a, Object b) {
    return a instanceof String text // Spark orders strings by their UTF-8 bytes
        ? UTF8String.fromString(text).compareTo(UTF8String.fromString((String) b))
        : ((Comparable<Object>) a).compareTo(b);
  }

  private Stream<Group> groups(String slice) {
    return groups.stream().filter(group -> group.slice().equals(slice));
  }
}
