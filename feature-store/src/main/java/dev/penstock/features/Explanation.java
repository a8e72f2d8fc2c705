package dev.penstock.features;

import dev.penstock.features.GroupPlan.Measure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.MapPartitions;
import scala.collection.JavaConverters;

/**
 * What a join does, read off its plan.
 *
 * @param passes over the as-of rows, one after the other
 */
public record Explanation(List<Pass> passes) {
  /** What a row costs beside its values: the object, its array, its place and time. */
  private static final int BYTES_BESIDE = 72;

  /** An event of a log. */
  private static final int EVENT_BYTES = 32;

  /** What an accumulator adds to it. */
  private static final int ENTRY_BYTES = 48;

  private static final String ACCUMULATOR = "queue and accumulator";

  /**
   * One shuffle, one sort and one walk, for all groups of a key; one shuffle more brings an as-of
   * row's roles together if there are several.
   *
   * @param roles for each the key columns, by their names in the as-of rows; empty: all events
   *     together
   * @param keyBits of the key's hash, in the BIGINT that is sorted by
   * @param timeBits of the time
   * @param sideBits tell as-of rows and the groups' events apart
   */
  public record Pass(
      List<List<String>> roles, int keyBits, int timeBits, int sideBits, List<Group> groups) {}

  /**
   * A group in its pass.
   *
   * @param name of the group
   * @param from its table
   * @param computes a line for what is taken of the newest event, and one for each aggregate
   * @param reads which events
   * @param keeps how many events of a key, while it is walked
   * @param eventBytes that one of them takes, but for its texts
   * @param window how far back the kept events reach; empty if only the newest is kept
   */
  public record Group(
      String name,
      String from,
      List<String> computes,
      String reads,
      String keeps,
      long eventBytes,
      Optional<Duration> window) {}

  /** Of a joined frame, whose passes are about these roles. */
  static Explanation of(LogicalPlan joined, List<List<Role>> passes, Map<String, Events> tables) {
    List<Walk> walks = new ArrayList<>();
    collect(joined, walks);
    List<Pass> explained = new ArrayList<>();
    for (List<Role> roles : passes) {
      Walk walk = walks.get(explained.size());
      List<Group> groups = new ArrayList<>();
      for (int i = 0; i < roles.size(); i++) {
        for (int j = 0; j < roles.get(i).groups().size(); j++) {
          FeatureGroup group = roles.get(i).groups().get(j);
          String time = tables.get(group.from()).eventTime();
          groups.add(group(group, walk.plan(i, j), time, walk.columns()));
        }
      }
      Packing packing = walk.packing();
      explained.add(
          new Pass(
              roles.stream().map(Role::by).toList(),
              Long.SIZE - packing.timeBits() - packing.sideBits(),
              packing.timeBits(),
              packing.sideBits(),
              groups));
    }
    return new Explanation(explained);
  }

  /** The walks of a plan in the order in which they run. */
  private static void collect(LogicalPlan plan, List<Walk> walks) {
    JavaConverters.seqAsJavaList(plan.children()).forEach(child -> collect(child, walks));
    if (plan instanceof MapPartitions map && map.func() instanceof Walk walk) {
      walks.add(walk);
    }
  }

  private static Group group(FeatureGroup group, GroupPlan plan, String time, int columns) {
    List<String> computes = new ArrayList<>();
    if (group.needsNewest()) {
      List<String> newest = new ArrayList<>(group.latest());
      if (group.timeSinceLast()) {
        newest.add(FeatureGroup.SECONDS_SINCE_LAST);
      }
      computes.add(
          "latest %s%s%s"
              .formatted(
                  String.join(", ", newest),
                  group.maxAge().map(age -> ", at most %s old".formatted(text(age))).orElse(""),
                  ending(group.delay())));
    }
    group.aggregate().forEach((name, each) -> computes.add(aggregate(group, plan, name, each)));
    return new Group(
        group.name(),
        group.from(),
        computes,
        reads(group, time),
        keeps(group, plan),
        eventBytes(plan, columns),
        group.windows().isEmpty() ? Optional.empty() : Optional.of(group.boundedReach()));
  }

  private static String aggregate(
      FeatureGroup group, GroupPlan plan, String name, Aggregate aggregate) {
    return "%s %s%s over %s%s: %s"
        .formatted(
            name,
            aggregate.text(),
            aggregate.where().map(sql -> " where " + sql).orElse(""),
            group.windows().stream().map(Explanation::text).collect(Collectors.joining(" ")),
            ending(group.delayOf(aggregate)),
            heldIn(
                plan, aggregate, group.name() + "__" + name + "_" + text(group.windows().get(0))));
  }

  private static String ending(Duration delay) {
    return delay.isZero() ? "" : ", ending %s before".formatted(text(delay));
  }

  /** Where a key's inputs of an aggregate are, as long as the ring can hold them. */
  private static String heldIn(GroupPlan plan, Aggregate aggregate, String column) {
    return switch (aggregate.function()) {
      case MIN, MAX -> "monotonic queue";
      case COUNT, SUM, AVG, SHARE ->
          PrefixSums.holds(measure(plan, column).type()) ? "prefix sums" : ACCUMULATOR;
      case COUNT_DISTINCT -> ACCUMULATOR + estimatedAbove(plan, column, "different values");
      case TOP_K, PERCENTILE -> ACCUMULATOR + estimatedAbove(plan, column, "inputs");
      default -> ACCUMULATOR;
    };
  }

  private static String estimatedAbove(GroupPlan plan, String column, String what) {
    int exact =
        plan.queued().stream()
            .flatMap(window -> window.features().stream())
            .filter(feature -> feature.column().equals(column))
            .findFirst()
            .orElseThrow()
            .exact();
    return ", exact up to %d %s of a window, then estimated".formatted(exact, what);
  }

  private static Measure measure(GroupPlan plan, String column) {
    return plan.measures().stream()
        .filter(each -> List.of(each.columns()).contains(column))
        .findFirst()
        .orElseThrow();
  }

  private static String reads(FeatureGroup group, String time) {
    String until =
        group.leastDelay().isZero()
            ? "the latest as-of time"
            : text(group.leastDelay()) + " before the latest as-of time";
    String from =
        group
            .reach()
            .map(reach -> "from %s before the earliest as-of time to ".formatted(text(reach)))
            .orElse("without bound, as there is no max-age, to ");
    return "events of %s%s with %s %s%s%s"
        .formatted(
            group.from(),
            role(group),
            time,
            from,
            until,
            group.where().map(sql -> ", where " + sql).orElse(""));
  }

  /** Which columns of the as-of rows stand for those of the table, if they have other names. */
  private static String role(FeatureGroup group) {
    List<String> roles = new ArrayList<>();
    for (int i = 0; i < group.by().size(); i++) {
      if (!group.by().get(i).equals(group.asOfBy().get(i))) {
        roles.add("%s = %s".formatted(group.by().get(i), group.asOfBy().get(i)));
      }
    }
    return roles.isEmpty() ? "" : " (%s)".formatted(String.join(", ", roles));
  }

  private static String keeps(FeatureGroup group, GroupPlan plan) {
    List<String> kept = new ArrayList<>();
    if (!group.windows().isEmpty()) {
      kept.add("its events of the last " + text(group.boundedReach()));
    }
    plan.newest()
        .ifPresent(
            newest ->
                kept.add(
                    newest.own().isEmpty()
                        ? "its newest event"
                        : "its two newest events, as one may be the as-of row itself"));
    return String.join(", and ", kept);
  }

  /** A row as Spark holds it, with its part of sums; accumulators may forget it earlier. */
  private static long eventBytes(GroupPlan plan, int columns) {
    long row = 8L * ((columns + Long.SIZE - 1) / Long.SIZE + columns) + BYTES_BESIDE;
    long accumulators = plan.queued().stream().mapToLong(window -> window.features().size()).sum();
    return row
        + plan.bytesOfMeasures()
        + (accumulators == 0 ? 0 : EVENT_BYTES + accumulators * ENTRY_BYTES);
  }

  private static String by(List<String> role) {
    return role.isEmpty() ? "of all events together" : "by " + String.join(", ", role);
  }

  private static String text(Duration duration) {
    return Durations.text(duration);
  }

  /**
   * Lines for people.
   *
   * @param more lines to be added about a group
   */
  public List<String> lines(Function<Group, List<String>> more) {
    List<String> lines = new ArrayList<>();
    for (Pass pass : passes) {
      lines.add(
          ("pass %d of %d, %s: one shuffle, one sort by a BIGINT of %d bits of the key's hash, %d of"
                  + " the time, %d of the side%s")
              .formatted(
                  passes.indexOf(pass) + 1,
                  passes.size(),
                  pass.roles().stream().map(Explanation::by).collect(Collectors.joining(" and ")),
                  pass.keyBits(),
                  pass.timeBits(),
                  pass.sideBits(),
                  pass.roles().size() == 1
                      ? ""
                      : "; then a shuffle and a sort of the as-of rows, for what they have in %d roles"
                          .formatted(pass.roles().size())));
      for (Group group : pass.groups()) {
        lines.add("  " + group.name());
        group.computes().forEach(computed -> lines.add("    " + computed));
        lines.add("    reads " + group.reads());
        lines.add(
            "    keeps per key %s; an event takes some %d bytes and its texts"
                .formatted(group.keeps(), group.eventBytes()));
        more.apply(group).forEach(line -> lines.add("    " + line));
      }
    }
    return lines;
  }
}
