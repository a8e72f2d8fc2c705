package dev.penstock.validation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** How many rows of each slice broke which row rules, and the range of values in the others. */
public final class RowCounts {
  /** The rows of one slice that broke the same rules. */
  record Group(String slice, List<String> broken, Tally tally) {
    long rows() {
      return tally.rows();
    }
  }

  /**
   * The least and the greatest value of a column, in Spark's order of its type; never null. NaN is
   * greater than any other number.
   */
  public record Range(Object least, Object greatest) {}

  private final List<String> ranged;
  private final List<Group> groups;

  /**
   * @param ranged the columns that the tallies have ranges of, in their order
   */
  RowCounts(List<String> ranged, List<Group> groups) {
    this.ranged = List.copyOf(ranged);
    this.groups = List.copyOf(groups);
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
    Tally left = new Tally(ranged.size());
    groups.stream().filter(group -> group.broken().isEmpty()).map(Group::tally).forEach(left::add);
    return left.range(ranged.indexOf(column));
  }

  private Stream<Group> groups(String slice) {
    return groups.stream().filter(group -> group.slice().equals(slice));
  }
}
