package dev.penstock.features;

import static org.apache.spark.sql.functions.lit;

import dev.penstock.features.Role.KeyedTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Which groups are computed together. */
final class Passes {
  /**
   * Two roles of three windows with four aggregates: one pass cost 0.9 times as much as two at four
   * events for each as-of row ({@code bench/point-in-time}), 1.6 times at half an event; on the
   * line between, they cost the same at about three events.
   */
  static final double PAYS_ABOVE = 1.5;

  /** What Spark takes a row of one BIGINT for. */
  private static final int ROW_BYTES = 16;

  private Passes() {}

  /**
   * Passes, each of roles: groups by the same columns of the as-of rows are one role. Those that
   * share a table and its key columns are in one pass, if that pays.
   *
   * @param range of the as-of times; empty: there are none
   * @param sharingAbove see {@link PointInTime#sharingPassesAbove}
   */
  static List<List<Role>> of(
      List<FeatureGroup> groups,
      Dataset<Row> asOfRows,
      Map<String, Events> tables,
      Optional<Range> range,
      double sharingAbove) {
    List<List<Role>> passes = new ArrayList<>();
    for (List<Role> roles : sharing(roles(groups))) {
      if (roles.size() == 1
          || eventsSaved(roles, tables, range) >= sharingAbove * rows(asOfRows) * roles.size()) {
        passes.add(roles);
      } else {
        roles.forEach(role -> passes.add(List.of(role)));
      }
    }
    return passes;
  }

  private static List<Role> roles(List<FeatureGroup> groups) {
    Map<Set<String>, List<FeatureGroup>> byColumns =
        groups.stream()
            .collect(
                Collectors.groupingBy(
                    group -> Set.copyOf(group.asOfBy()), LinkedHashMap::new, Collectors.toList()));
    return byColumns.values().stream().map(all -> new Role(all.get(0).asOfBy(), all)).toList();
  }

  /** Roles that are linked by tables they share. */
  private static List<List<Role>> sharing(List<Role> roles) {
    List<Role> left = new ArrayList<>(roles);
    List<List<Role>> all = new ArrayList<>();
    while (!left.isEmpty()) {
      List<Role> together = new ArrayList<>(List.of(left.remove(0)));
      for (int i = 0; i < together.size(); i++) { // it grows
        for (Iterator<Role> others = left.iterator(); others.hasNext(); ) {
          Optional<Role> aligned = together.get(i).aligned(others.next());
          if (aligned.isPresent()) {
            together.add(aligned.get());
            others.remove();
          }
        }
      }
      all.add(together);
    }
    return all;
  }

  /** How many events more would be sent if each role had its own pass. */
  private static double eventsSaved(
      List<Role> roles, Map<String, Events> tables, Optional<Range> range) {
    Map<KeyedTable, Long> readers =
        roles.stream()
            .flatMap(role -> role.groups().stream().map(role::table).distinct())
            .collect(Collectors.groupingBy(table -> table, Collectors.counting()));
    double saved = 0;
    for (Map.Entry<KeyedTable, Long> each : readers.entrySet()) {
      if (each.getValue() > 1 && range.isPresent()) {
        String table = each.getKey().from();
        Dataset<Row> seen = tables.get(table).seen(range.get(), reach(roles, table));
        saved += (each.getValue() - 1) * rows(seen);
      }
    }
    return saved;
  }

  /** How far back the groups of a table reach; empty: without bound. */
  static Optional<Duration> reach(List<Role> roles, String table) {
    return FeatureGroup.reach(
        roles.stream()
            .flatMap(role -> role.groups().stream())
            .filter(group -> group.from().equals(table))
            .toList());
  }

  /** How many rows Spark takes a plan for, from the sizes of its files: nothing is read. */
  static double rows(Dataset<Row> plan) {
    return plan.select(lit(0L)).queryExecution().optimizedPlan().stats().sizeInBytes().doubleValue()
        / ROW_BYTES;
  }
}
