package dev.penstock.lake;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.lake.VersionRule.Entry;
import dev.penstock.lake.VersionRule.Fate;
import dev.penstock.lake.VersionRule.Kind;
import dev.penstock.lake.VersionRule.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionRuleTest {
  private static final Cadence DAYS = new Cadence(Cadence.Every.DAY, ZoneOffset.UTC);
  private static final long DAY = ChronoUnit.DAYS.getDuration().toSeconds() * 1_000_000;
  private static final String PYTHON =
      """
      import json, sys
      import versions
      for line in sys.stdin:
          slices = {int(s): files for s, files in json.loads(line).items()}
          table = versions.versions(slices, min(slices))
          print(json.dumps([[k, f, None if u == versions.OPEN else u, s, v] for k, f, u, s, v in table]))
      """;

  @TempDir Path folder;

  /** A row of a case: key, declared known time in ticks or null, newest-by, value. */
  private record Delivered(int key, Integer declared, int newest, int value) {}

  /** A file of a case. */
  private record File(String path, boolean whole, List<Delivered> rows) {}

  @Test
  void agreesWithTheExecutableRuleOnRandomDeliveriesLoadedInAnyOrderAndInAnyBlocks()
      throws Exception {
    long seed = Long.getLong("penstock.seed", 20130101L);
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<TreeMap<Integer, List<File>>> cases = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      cases.add(deliveries(random));
    }
    List<List<List<Object>>> expected = python(cases);
    for (int i = 0; i < cases.size(); i++) {
      assertThat(load(cases.get(i), random))
          .as("case %d of seed %d", i, seed)
          .isEqualTo(expected.get(i));
    }
  }

  @Test
  void aRowEqualToTheVersionBeforeItAddsNone() {
    VersionRule rule =
        new VersionRule(DAYS, Set.of("1970-01-01", "1970-01-02"), Map.of(), Map.of());
    List<Result> results =
        rule.apply(
            List.of(
                row("1970-01-01", "a.csv", 0, "x"),
                row("1970-01-01", "a.csv", 1, "x"),
                row("1970-01-02", "b.csv", 0, "x"),
                row("1970-01-02", "b.csv", 1, "y")));
    assertThat(results)
        .extracting(result -> result.entry().path() + result.entry().position(), Result::fate)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("a.csv0", Fate.ADDED),
            org.assertj.core.groups.Tuple.tuple("a.csv1", Fate.DUPLICATE),
            org.assertj.core.groups.Tuple.tuple("b.csv0", Fate.UNCHANGED),
            org.assertj.core.groups.Tuple.tuple("b.csv1", Fate.ADDED));
  }

  private static Entry row(String slice, String path, long position, String value) {
    long end = Micros.of(DAYS.named(slice).lastInstant());
    return new Entry(Kind.DELIVERED, slice, null, end, null, path, position, null, value);
  }

  private static TreeMap<Integer, List<File>> deliveries(Random random) {
    int n = 2 + random.nextInt(5);
    int value = 0;
    Set<String> seen = new HashSet<>();
    TreeMap<Integer, List<File>> slices = new TreeMap<>();
    for (int s = 0; s < n; s++) {
      List<String> paths = new ArrayList<>(List.of("a", "b", "c"));
      Collections.shuffle(paths, random);
      List<File> files = new ArrayList<>();
      for (String path : new TreeSet<>(paths.subList(0, random.nextInt(3)))) {
        List<Delivered> rows = new ArrayList<>();
        for (int r = random.nextInt(4); r > 0; r--) {
          int event = random.nextInt(10 * n + 26) - 15;
          Integer declared =
              random.nextInt(10) < 3 ? null : event + List.of(0, 1, 5).get(random.nextInt(3));
          rows.add(new Delivered(random.nextInt(3), declared, random.nextInt(3), value++));
        }
        files.add(new File(path, !seen.add(path), rows));
      }
      slices.put(s, files);
    }
    return slices;
  }

  /** Loads blocks of slices in random order, each time with the later slices that are there. */
  private static List<List<Object>> load(TreeMap<Integer, List<File>> slices, Random random) {
    List<Integer> order = new ArrayList<>(slices.keySet());
    if (random.nextBoolean()) {
      Collections.shuffle(order, random);
    }
    Map<Integer, List<Entry>> table = new HashMap<>();
    Set<Integer> loaded = new TreeSet<>();
    while (!order.isEmpty()) {
      TreeSet<Integer> block = new TreeSet<>(order.subList(0, 1 + random.nextInt(order.size())));
      order.removeAll(block);
      loaded.stream().filter(s -> s > block.first()).forEach(block::add);
      loaded.addAll(block);
      table = write(table, slices, block);
    }
    List<List<Object>> rows = new ArrayList<>();
    table.forEach(
        (key, entries) ->
            entries.forEach(
                entry ->
                    rows.add(
                        new ArrayList<>(
                            java.util.Arrays.asList(
                                key,
                                ticks(entry.from()),
                                entry.until() == null ? null : ticks(entry.until()),
                                slice(entry),
                                entry.value())))));
    rows.sort(VersionRuleTest::compareRows);
    return rows;
  }

  private static int slice(Entry entry) {
    return (int) (Micros.of(DAYS.named(entry.slice()).start()) / DAY);
  }

  private static int compareRows(List<Object> a, List<Object> b) {
    for (int i : new int[] {0, 1, 2, 3, 4}) {
      int left = a.get(i) == null ? Integer.MAX_VALUE : (Integer) a.get(i);
      int right = b.get(i) == null ? Integer.MAX_VALUE : (Integer) b.get(i);
      if (left != right) {
        return Integer.compare(left, right);
      }
    }
    return 0;
  }

  private static Map<Integer, List<Entry>> write(
      Map<Integer, List<Entry>> table, TreeMap<Integer, List<File>> slices, Set<Integer> block) {
    Map<String, Set<String>> whole = new HashMap<>();
    Map<Integer, List<Entry>> entries = new HashMap<>();
    table.forEach((key, stored) -> entries.put(key, new ArrayList<>(stored)));
    for (int s : block) {
      for (File file : slices.get(s)) {
        if (file.whole()) {
          whole.computeIfAbsent(name(s), slice -> new HashSet<>()).add(file.path());
        }
        for (int position = 0; position < file.rows().size(); position++) {
          Delivered row = file.rows().get(position);
          entries
              .computeIfAbsent(row.key(), key -> new ArrayList<>())
              .add(
                  new Entry(
                      Kind.DELIVERED,
                      name(s),
                      comparable(row.newest()),
                      micros(knownFrom(s, row.declared(), s == slices.firstKey())),
                      null,
                      file.path(),
                      position,
                      null,
                      row.value()));
        }
      }
    }
    Set<String> written = new HashSet<>();
    block.forEach(s -> written.add(name(s)));
    VersionRule rule = new VersionRule(DAYS, written, whole, Map.of());
    Map<Integer, List<Entry>> after = new HashMap<>();
    entries.forEach((key, all) -> after.put(key, stored(rule.apply(all))));
    return after;
  }

  private static List<Entry> stored(List<Result> results) {
    return results.stream()
        .filter(result -> result.fate() == Fate.ADDED || result.fate() == Fate.STORED)
        .map(
            result -> {
              Entry e = result.entry();
              return new Entry(
                  Kind.STORED,
                  e.slice(),
                  e.newest(),
                  e.from(),
                  result.until(),
                  e.path(),
                  e.position(),
                  e.event(),
                  e.value());
            })
        .toList();
  }

  private static int knownFrom(int slice, Integer declared, boolean history) {
    if (declared == null) {
      return 10 * slice + 9;
    }
    return declared >= 10 * slice || history ? declared : 10 * slice + 9;
  }

  @SuppressWarnings("unchecked")
  private static Comparable<Object> comparable(Integer number) {
    return (Comparable<Object>) (Comparable<?>) number;
  }

  private static String name(int slice) {
    return DAYS.containing(Instant.EPOCH.plus(slice, ChronoUnit.DAYS)).slice();
  }

  /** Ten ticks a day; the last one is the day's last microsecond. */
  private static long micros(int tick) {
    int within = Math.floorMod(tick, 10);
    return Math.floorDiv(tick, 10) * DAY + (within == 9 ? DAY - 1 : within * 3_600_000_000L);
  }

  private static int ticks(long micros) {
    long within = Math.floorMod(micros, DAY);
    return (int)
        (Math.floorDiv(micros, DAY) * 10 + (within == DAY - 1 ? 9 : within / 3_600_000_000L));
  }

  private List<List<List<Object>>> python(List<TreeMap<Integer, List<File>>> cases)
      throws Exception {
    ObjectMapper json = new ObjectMapper();
    List<String> lines = new ArrayList<>();
    for (var slices : cases) {
      Map<Integer, Object> plain = new TreeMap<>();
      slices.forEach(
          (slice, files) ->
              plain.put(
                  slice,
                  files.stream()
                      .map(
                          file ->
                              List.of(
                                  file.path(),
                                  file.whole(),
                                  file.rows().stream()
                                      .map(
                                          r ->
                                              java.util.Arrays.<Object>asList(
                                                  r.key(), r.declared(), r.newest(), r.value()))
                                      .toList()))
                      .toList()));
      lines.add(json.writeValueAsString(plain));
    }
    Path input = Files.write(folder.resolve("cases.jsonl"), lines);
    Path output = folder.resolve("tables.jsonl");
    Path module = Path.of(getClass().getResource("/versions.py").toURI()).getParent();
    ProcessBuilder python = new ProcessBuilder("python3", "-c", PYTHON);
    python.environment().put("PYTHONPATH", module.toString());
    python.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process =
        python
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.waitFor()).isZero();
    List<List<List<Object>>> tables = new ArrayList<>();
    for (String line : Files.readAllLines(output)) {
      List<List<Object>> table = new ArrayList<>();
      for (Object row : json.readValue(line, List.class)) {
        table.add(new ArrayList<>((List<?>) row));
      }
      tables.add(table);
    }
    return tables;
  }
}
