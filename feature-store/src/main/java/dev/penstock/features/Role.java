package dev.penstock.features;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

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

  /** The other role with its columns in this one's order, if they share a table by its key. */
  Optional<Role> aligned(Role other) {
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
