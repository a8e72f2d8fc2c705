package dev.penstock.features;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Groups that look for their key in the same columns of the as-of rows.
 *
 * @param by those columns; roles of one pass have columns of the same types, in the same order
 * @param groups at least one
 */
record Role(List<String> by, List<FeatureGroup> groups) {
  /**
   * A table whose rows are told apart by a key.
   *
   * @param by its key columns, in the order of a pass
   */
  record KeyedTable(String from, List<String> by) {}

  /**
   * The groups as roles, and these as passes: those that share a table and its key columns, be it
   * over others, are in one, so that its events are sent once.
   */
  static List<List<Role>> passes(List<FeatureGroup> groups) {
    Map<Set<String>, Role> byColumns = new LinkedHashMap<>();
    for (FeatureGroup group : groups) {
      byColumns
          .computeIfAbsent(
              Set.copyOf(group.asOfBy()), columns -> new Role(group.asOfBy(), new ArrayList<>()))
          .groups()
          .add(group);
    }
    List<Role> left = new ArrayList<>(byColumns.values());
    List<List<Role>> passes = new ArrayList<>();
    while (!left.isEmpty()) {
      List<Role> pass = new ArrayList<>(List.of(left.remove(0)));
      for (int i = 0; i < pass.size(); i++) { // it grows
        for (Iterator<Role> others = left.iterator(); others.hasNext(); ) {
          Optional<Role> aligned = pass.get(i).aligned(others.next());
          if (aligned.isPresent()) {
            pass.add(aligned.get());
            others.remove();
          }
        }
      }
      passes.add(pass);
    }
    return passes;
  }

  /** The other role with its columns in this one's order, if they share a table by its key. */
  private Optional<Role> aligned(Role other) {
    for (FeatureGroup here : groups) {
      for (FeatureGroup there : other.groups) {
        if (here.from().equals(there.from())
            && new HashSet<>(here.by()).equals(new HashSet<>(there.by()))) {
          List<String> columns =
              table(here).by().stream()
                  .map(key -> there.asOfBy().get(there.by().indexOf(key)))
                  .toList();
          return Optional.of(new Role(columns, other.groups));
        }
      }
    }
    return Optional.empty();
  }

  /** The table of a group of this role, by what matches {@link #by}. */
  KeyedTable table(FeatureGroup group) {
    return new KeyedTable(
        group.from(),
        by.stream().map(column -> group.by().get(group.asOfBy().indexOf(column))).toList());
  }
}
