package dev.penstock.features;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/**
 * Small random worlds: few instants, so that ties and window edges are hit all the time; versions
 * that come late, change anything or close; nulls everywhere.
 */
final class RandomCases {
  static final String SCHEMA =
      "id STRING, part INT, a STRING, b STRING, at BIGINT, known_from BIGINT, known_until BIGINT,"
          + " n INT, l BIGINT, x DOUBLE, f FLOAT, d DECIMAL(38,6), s STRING, flag BOOLEAN,"
          + " day INT, ts BIGINT";
  static final String AS_OF_SCHEMA =
      "id STRING, part INT, a STRING, b STRING, c STRING, as_of_time BIGINT, note STRING";
  static final List<String> KEY = List.of("id", "part");

  static final Map<String, Function<Map<String, Object>, Object>> EXPRESSIONS = expressions();
  private static final List<String> CONDITIONS =
      List.of("flag", "n > 3", "s = 'b' OR x < 1", "at IS NOT NULL AND d > 0", "n > 3 AND flag");
  private static final String[] STRINGS = {"", "a", "b", "ab", "\uFF5E", "\uD83D\uDE00", "é"};
  private static final double[] DOUBLES = {
    0.1, -0.1, 1e16, -1e16, 1, 3, 1e-300, -0.0, 0.0, 1e308, Double.MIN_VALUE, 2.5
  };

  private final Random random;
  private final long unit;
  private final boolean specials;
  private final int scale;

  /**
   * @param scale how many times as many rows a case has, over as much more time
   */
  RandomCases(long seed, int scale) {
    this.scale = scale;
    random = new Random(seed);
    unit = new long[] {1, 1, 3_600_000_000L, 86_400_000_000L}[random.nextInt(4)];
    specials = random.nextInt(4) == 0;
  }

  private static Map<String, Function<Map<String, Object>, Object>> expressions() {
    Map<String, Function<Map<String, Object>, Object>> all = new HashMap<>();
    for (String column : List.of("n", "l", "x", "f", "d", "s", "flag", "day", "ts", "at")) {
      all.put(column, row -> row.get(column));
    }
    all.put("n > 3", row -> row.get("n") == null ? null : (Object) ((int) row.get("n") > 3));
    all.put(
        "n + 1",
        row -> row.get("n") == null ? null : (Object) Integer.valueOf((int) row.get("n") + 1));
    all.put(
        "s = 'b' OR x < 1",
        row -> {
          Boolean left = row.get("s") == null ? null : (Boolean) row.get("s").equals("b");
          Boolean right = row.get("x") == null ? null : (Boolean) ((double) row.get("x") < 1);
          if (Boolean.TRUE.equals(left) || Boolean.TRUE.equals(right)) {
            return true;
          }
          return left == null || right == null ? null : (Object) false;
        });
    all.put(
        "at IS NOT NULL AND d > 0",
        row ->
            row.get("at") != null
                && row.get("d") != null
                && ((BigDecimal) row.get("d")).signum() > 0);
    all.put(
        "n > 3 AND flag",
        row ->
            row.get("n") != null && (int) row.get("n") > 3 && Boolean.TRUE.equals(row.get("flag")));
    return all;
  }

  /**
   * @param keyless whether a group may be about all events
   */
  List<FeatureGroup> groups(boolean keyless) {
    List<FeatureGroup> groups = new ArrayList<>();
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      List<String> by = keys(keyless);
      boolean latest = random.nextInt(3) > 0;
      boolean since = random.nextInt(3) == 0;
      boolean windows = !(latest || since) || random.nextInt(3) > 0;
      groups.add(
          new FeatureGroup(
              "g" + i,
              random.nextBoolean() ? "events" : "others",
              by,
              asOfKeys(by),
              windows ? windows() : List.of(),
              windows ? aggregates() : Map.of(),
              latest
                  ? some(List.of("n", "l", "x", "f", "d", "s", "flag", "day", "ts", "part"))
                  : List.of(),
              since,
              (latest || since) && random.nextBoolean()
                  ? Optional.of(units(1 + random.nextInt(20)))
                  : Optional.empty(),
              random.nextInt(3) == 0 ? units(random.nextInt(6)) : Duration.ZERO,
              condition()));
    }
    return groups;
  }

  private List<String> keys(boolean keyless) {
    List<List<String>> all =
        List.of(List.of("a"), List.of("b"), List.of("a", "b"), List.of("b", "a"), List.of());
    return all.get(random.nextInt(keyless ? 5 : 4));
  }

  /** Mostly the same columns, sometimes others. */
  private List<String> asOfKeys(List<String> by) {
    List<String> columns = new ArrayList<>(List.of("a", "b", "c"));
    Collections.shuffle(columns, random);
    return random.nextInt(4) == 0 ? columns.subList(0, by.size()) : by;
  }

  private List<Duration> windows() {
    Set<Duration> windows = new LinkedHashSet<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      windows.add(units(1 + random.nextInt(25 * scale)).plus(random.nextInt(3), ChronoUnit.MICROS));
    }
    return List.copyOf(windows);
  }

  private Map<String, Aggregate> aggregates() {
    List<String> all =
        List.of(
            "count(*)",
            "count(x)",
            "sum(n)",
            "sum(n + 1)",
            "sum(l)",
            "sum(x)",
            "sum(f)",
            "sum(d)",
            "avg(n)",
            "avg(l)",
            "avg(x)",
            "avg(f)",
            "avg(d)",
            "min(n)",
            "max(l)",
            "min(x)",
            "max(x)",
            "min(f)",
            "max(d)",
            "min(s)",
            "max(s)",
            "min(flag)",
            "max(day)",
            "min(ts)",
            "share(flag)",
            "share(n > 3)",
            "share(s = 'b' OR x < 1)",
            "count(distinct x)",
            "count(distinct s)",
            "count(distinct f)",
            "stddev(n)",
            "stddev(l)",
            "stddev(x)",
            "stddev(f)",
            "stddev(d)",
            "first(s)",
            "first(x)",
            "last(n + 1)",
            "last(ts)",
            "last(day)",
            "last_k(s, 3)",
            "last_k(ts, 2)",
            "last_k(d, 4)",
            "top_k(s, 2)",
            "top_k(n, 3)",
            "top_k(x, 1)",
            "percentile(n, 0.9)",
            "percentile(x, 0.25)",
            "median(d)",
            "decayed_sum(n, 6h)",
            "decayed_sum(x, 1h)",
            "decayed_sum(d, 3d)",
            "decayed_sum(f, 30d)");
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    for (int i = 2 + random.nextInt(8); i > 0; i--) {
      Aggregate one = Aggregate.parse(all.get(random.nextInt(all.size())));
      if (random.nextInt(4) == 0) {
        one = one.where(CONDITIONS.get(random.nextInt(CONDITIONS.size())));
      }
      if (random.nextInt(5) == 0) {
        one = one.delayed(units(random.nextInt(8)));
      }
      aggregates.put("f" + i, one);
    }
    return aggregates;
  }

  private Optional<String> condition() {
    return random.nextInt(4) == 0
        ? Optional.of(CONDITIONS.get(random.nextInt(CONDITIONS.size())))
        : Optional.empty();
  }

  private <T> List<T> some(List<T> all) {
    Set<T> some = new LinkedHashSet<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      some.add(all.get(random.nextInt(all.size())));
    }
    return List.copyOf(some);
  }

  private Duration units(long count) {
    return Duration.of(count * unit, ChronoUnit.MICROS);
  }

  /** The versions of one table in one case; every string key starts with the case's number. */
  List<Map<String, Object>> versions(int number, long base) {
    List<Map<String, Object>> versions = new ArrayList<>();
    int keys = random.nextInt(14 * scale);
    for (int k = 0; k < keys; k++) {
      Map<String, Object> row = row(number, base);
      row.put("id", number + "/" + random.nextInt(6 * scale));
      row.put("part", k);
      long from = row.get("at") == null ? instant(base) : (long) row.get("at");
      from += random.nextInt(3) == 0 ? unit * random.nextInt(10) : 0;
      for (int left = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0; left >= 0; left--) {
        Long until = from + unit * random.nextInt(8);
        boolean last = left == 0;
        row.put("known_from", random.nextInt(60) == 0 ? null : (Object) from);
        row.put("known_until", last && random.nextInt(6) > 0 ? null : until);
        versions.add(new HashMap<>(row));
        Map<String, Object> changed = row(number, base);
        changed.keySet().removeIf(column -> random.nextBoolean());
        row.putAll(changed);
        from = until;
      }
    }
    return versions;
  }

  private Map<String, Object> row(int number, long base) {
    Map<String, Object> row = new HashMap<>();
    row.put("a", key(number));
    row.put("b", key(number));
    row.put("at", random.nextInt(40) == 0 ? null : (Object) instant(base));
    row.put("n", orNull(random.nextInt(9) - 2));
    row.put("l", orNull(random.nextInt(3) == 0 ? random.nextLong() >> 8 : random.nextInt(5)));
    row.put("x", orNull(number()));
    row.put("f", orNull(random.nextFloat() - 0.5f));
    row.put("d", orNull(BigDecimal.valueOf(random.nextInt(2_000_000) - 1_000_000, 6)));
    row.put("s", orNull(STRINGS[random.nextInt(STRINGS.length)]));
    row.put("flag", orNull(random.nextBoolean()));
    row.put("day", orNull(random.nextInt(40_000) - 20_000));
    row.put("ts", orNull(instant(base) + random.nextInt(3)));
    return row;
  }

  private double number() {
    if (specials && random.nextInt(6) == 0) {
      return new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}
          [random.nextInt(3)];
    }
    return random.nextBoolean() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextGaussian();
  }

  private Object orNull(Object value) {
    return random.nextInt(6) == 0 ? null : value;
  }

  private String key(int number) {
    return random.nextInt(25) == 0 ? null : number + "/" + random.nextInt(2);
  }

  private long instant(long base) {
    return base
        + unit * random.nextInt(30 * scale)
        + (random.nextInt(4) == 0 ? random.nextInt(3) - 1 : 0);
  }

  /** As-of rows of one case; some twice, some those of a row of {@code predicted}. */
  List<Map<String, Object>> asOfRows(int number, long base, List<Map<String, Object>> predicted) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = random.nextInt(7 * scale); i >= 0; i--) {
      Map<String, Object> row = new HashMap<>();
      row.put("a", key(number));
      row.put("b", key(number));
      row.put("c", key(number));
      row.put("id", number + "/" + random.nextInt(6));
      row.put("part", random.nextInt(14));
      if (!predicted.isEmpty() && random.nextInt(3) > 0) {
        Map<String, Object> of = predicted.get(random.nextInt(predicted.size()));
        List.of("a", "b", "id", "part").forEach(column -> row.put(column, of.get(column)));
      }
      row.put("as_of_time", random.nextInt(40) == 0 ? null : (Object) (instant(base) + unit * 3));
      row.put("note", "row " + number);
      for (int copies = random.nextInt(6) == 0 ? 2 : 1; copies > 0; copies--) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** Where a case lies in time: before 1582, before 1970, around it, today. */
  long base() {
    return new long[] {
          -13_000_000_000_000_000L, -1_000_000_000_000_000L, -unit * 15, 1_356_998_400_000_000L
        }
        [random.nextInt(4)];
  }

  /** Few, so that keys have more, or many. */
  Limits limits() {
    int[] exact = {1, 2, 3, 8, Limits.DEFAULT.exact()};
    int few = scale * (2 << random.nextInt(4));
    return new Limits(
        random.nextInt(4) == 0 ? few : Limits.DEFAULT.events(), exact[random.nextInt(5)]);
  }

  boolean nextBoolean() {
    return random.nextBoolean();
  }
}
