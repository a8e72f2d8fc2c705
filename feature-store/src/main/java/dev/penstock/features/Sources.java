package dev.penstock.features;

import dev.penstock.features.Role.KeyedTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;

/**
 * What a pass reads and computes, each once: events that several groups need travel together, and
 * what a group computes in several roles is computed for all of them.
 */
final class Sources {
  /** Events that travel together. */
  private record Source(KeyedTable table, Optional<String> where) {}

  /** A group but for its name and role, which don't change what is computed. */
  private record Computation(Source source, FeatureGroup group) {
    static Computation of(Source source, FeatureGroup group) {
      Map<String, String> itself =
          group.by().stream().collect(Collectors.toMap(column -> column, column -> column));
      return new Computation(source, group.inRole("any", itself));
    }
  }

  /**
   * A computation, bound.
   *
   * @param number of its plan
   * @param firstOutput position of its first feature among those of a row
   */
  private record Computed(int number, FeatureGroup group, BoundGroup bound, int firstOutput) {}

  private final Map<Source, List<Computed>> bySource = new LinkedHashMap<>();
  private final List<List<Computed>> byRole = new ArrayList<>();
  private final List<DataType> types = new ArrayList<>();

  /**
   * @param predicted the table that the as-of rows are rows of
   * @throws IllegalArgumentException if a group can't be computed of these rows
   */
  Sources(
      List<Role> roles,
      Map<KeyedTable, Events> tables,
      Dataset<Row> asOfRows,
      Optional<String> predicted,
      Limits limits) {
    Map<Computation, Computed> known = new HashMap<>();
    for (Role role : roles) {
      List<Computed> ofRole = new ArrayList<>();
      for (FeatureGroup group : role.groups()) {
        Source source = new Source(role.table(group), group.where());
        Computation computation = Computation.of(source, group);
        Computed same = known.get(computation);
        int output = same == null ? types.size() : same.firstOutput();
        boolean isPredicted = predicted.equals(Optional.of(group.from()));
        Events events = tables.get(source.table());
        BoundGroup bound = new BoundGroup(group, events, asOfRows, isPredicted, limits, output);
        if (same == null) {
          same = new Computed(known.size(), group, bound, output);
          known.put(computation, same);
          bySource.computeIfAbsent(source, s -> new ArrayList<>()).add(same);
          types.addAll(bound.types());
        }
        ofRole.add(same);
      }
      byRole.add(ofRole);
    }
  }

  /** How many kinds of events there are. */
  int size() {
    return bySource.size();
  }

  /** Numbers of the plans over the events of each source. */
  int[][] plansOfSources() {
    return numbers(bySource.values());
  }

  /** The number of the plan for each group of each role. */
  int[][] plansOfRoles() {
    return numbers(byRole);
  }

  private static int[][] numbers(Collection<List<Computed>> all) {
    return all.stream()
        .map(each -> each.stream().mapToInt(Computed::number).toArray())
        .toArray(int[][]::new);
  }

  /** Types of all features that are computed for a row. */
  List<DataType> types() {
    return types;
  }

  /** Position among them of the first feature of a role's group. */
  int firstOutput(int role, int group) {
    return byRole.get(role).get(group).firstOutput();
  }

  /**
   * The plans, which know where in a row their fields are.
   *
   * @param sides of the sources, in their order; get the key, in the first slots, and the fields
   * @param keyTypes of the key, on the wire
   * @param asOf slot of each column of the as-of rows
   */
  List<GroupPlan> plans(
      List<Slots.Side> sides, List<DataType> keyTypes, int[] asOf, Optional<Range> range) {
    Map<Integer, GroupPlan> plans = new HashMap<>();
    int source = 0;
    for (Map.Entry<Source, List<Computed>> each : bySource.entrySet()) {
      Slots.Side side = sides.get(source++);
      Column[] key = key(each);
      for (int i = 0; i < key.length; i++) {
        side.add(key[i], keyTypes.get(i));
      }
      each.getValue().forEach(it -> plans.put(it.number(), it.bound().plan(side, asOf, range)));
    }
    return plans.keySet().stream().sorted().map(plans::get).toList();
  }

  /** The events of each source that some as-of time of the range can see, packed. */
  List<Dataset<Row>> events(List<Slots.Side> sides, Packing packing, Optional<Range> range) {
    List<Dataset<Row>> all = new ArrayList<>();
    for (Map.Entry<Source, List<Computed>> each : bySource.entrySet()) {
      List<FeatureGroup> readers = each.getValue().stream().map(Computed::group).toList();
      BoundGroup any = each.getValue().get(0).bound();
      Column packed = packing.column(Packing.hash(key(each)), any.seen(), all.size());
      Column[] values = sides.get(all.size()).columns();
      all.add(
          any.events(range, leastDelay(readers), FeatureGroup.reach(readers))
              .select(KeyPass.with(packed, values)));
    }
    return all;
  }

  private static Column[] key(Map.Entry<Source, List<Computed>> source) {
    BoundGroup any = source.getValue().get(0).bound();
    return source.getKey().table().by().stream().map(any::key).toArray(Column[]::new);
  }

  private static Duration leastDelay(List<FeatureGroup> readers) {
    return readers.stream().map(FeatureGroup::leastDelay).min(Duration::compareTo).orElseThrow();
  }
}
