package dev.penstock.jobs.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The text of a first pipeline file: over sample data with a model, or over a given CSV file. */
public final class FirstPipeline {
  /** The text of a first {@code environments.yaml}. */
  public static final String ENVIRONMENTS =
      """
      # Where pipelines run: `--env NAME` chooses, local is the default.
      local:
        warehouse: build/warehouse
      """;

  private static final int ROWS_LOOKED_AT = 1_000;
  private static final int FILES_LOOKED_AT = 31;

  /** Types of which a value does not name a thing. */
  private static final Set<String> INEXACT = Set.of("DOUBLE", "BOOLEAN");

  private static final Pattern DAY = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");
  private static final Map<String, Pattern> TYPES = new LinkedHashMap<>();

  static {
    TYPES.put("BIGINT", Pattern.compile("-?\\d{1,18}"));
    TYPES.put("DOUBLE", Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?"));
    TYPES.put("BOOLEAN", Pattern.compile("true|false"));
    TYPES.put("DATE", DAY);
    TYPES.put(
        "TIMESTAMP",
        Pattern.compile("\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?\\S*"));
  }

  private FirstPipeline() {}

  /**
   * A file with sources, features and a model, over {@link SampleOrders}.
   *
   * @param landing the folder of the sample
   */
  public static String overSample(String name, Path landing) {
    return """
    # yaml-language-server: $schema=../schema/pipeline.schema.json
    # Check it:  ./penstock check %1$s          What it means in full:  ./penstock check %1$s --resolved
    # Run it:    ./penstock run %1$s --from 2024-01-01 --to 2024-03-10
    pipeline: %1$s
    description: Will an order be returned?
    every: 1d                          # one run a day; a run for a date reads the files of that date

    sources:                           # each lands in the table sources/<name>
      %1$s_orders:
        csv: %2$s/orders/{date}.csv
        columns: order_id STRING, ordered_at TIMESTAMP, shop STRING, amount DOUBLE
        key: order_id                  # a row that comes later with this key is a new version of the order
        event-time: ordered_at
        gate:
          quarantine:                  # rows for which it is false go to quarantine/<name>, with the rule
            amount: amount > 0
          refuse:                      # one broken rule stops the day: nothing downstream sees it
            row-count: {at-least: 10}
            not-null: {shop: 99%%}
      %1$s_outcomes:                   # what became of an order, some days later
        csv: %2$s/outcomes/{date}.csv
        columns: order_id STRING, shop STRING, closed_at TIMESTAMP, returned BOOLEAN
        key: order_id
        event-time: closed_at

    features:
      %1$s_shop_returns:               # what was known of the shop when the order came
        description: How often orders of a shop come back
        from: %1$s_outcomes
        by: shop
        windows: [7d, 30d]
        aggregate: {return_share: share(returned), outcomes: count(*)}

    model:
      predict: {each: %1$s_orders, as-of: ordered_at}
      label: {from: %1$s_outcomes, value: returned, matures-after: 7d}
      features:                        # groups, columns of the predicted row, name: SQL
        - %1$s_shop_returns
        - amount
        - hour: hour(ordered_at)
      split: {train: 20d..60d, holdout: 10d}
      candidates:
        - logistic-regression: {regParam: [0.001, 0.01]}
      choose-by: roc-auc
      accept:                          # else the version stays a candidate and nothing is scored by it
        - {metric: roc-auc, at-least: 0.55}

    monitor: {performance: {metric: roc-auc, against: acceptance, may-lose: 0.1, over: 7d}}
    retrain: {any: [drift, performance, age > 30d], cooldown: 7d}
    """
        .formatted(name, landing.toString().replace('\\', '/'));
  }

  /**
   * A file with one source, its columns, types and key guessed from the first rows of its files.
   *
   * @param csv a file, or a path with {@code {date}} of which there is a file
   * @throws IllegalArgumentException if there is no such file, or no column can be declared
   */
  public static String overCsv(String name, String csv) {
    List<List<List<String>>> files = samples(csv).stream().map(FirstPipeline::firstRows).toList();
    List<List<String>> newest = files.get(0);
    List<String> header = newest.get(0);
    List<List<String>> rows =
        files.stream()
            .filter(file -> file.get(0).equals(header))
            .flatMap(file -> file.stream().skip(1))
            .toList();
    Map<String, String> columns = new LinkedHashMap<>();
    List<String> leftOut = new ArrayList<>();
    for (int i = 0; i < header.size(); i++) {
      if (Names.problem(header.get(i), Names.RESERVED_COLUMNS).isPresent()) {
        leftOut.add(header.get(i));
      } else {
        columns.put(header.get(i), type(rows, i));
      }
    }
    if (columns.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot declare a column of %s: none is lower-case words with _ between, got %s"
              .formatted(csv, header));
    }
    String key = key(header, columns, newest.subList(1, newest.size()));
    String time =
        columns.entrySet().stream()
            .filter(column -> column.getValue().equals("TIMESTAMP"))
            .map(
                column ->
                    "    event-time: %s   # when it happened; never null"
                        .formatted(column.getKey()))
            .findFirst()
            .orElse(
                "    snapshot: true             # each file is the whole table; there is no event-time");
    return """
    # yaml-language-server: $schema=../schema/pipeline.schema.json
    # Check it:  ./penstock check %1$s          Run it:  ./penstock run %1$s --date ...
    pipeline: %1$s
    every: 1d                          # one run a day; a run for a date reads the files of that date

    sources:
      %1$s:
        csv: %2$s
        columns: %3$s%4$s
        key: %5$s                      # what a row is about; a later row of a key is its new version
    %6$s
        gate:
          refuse:                      # one broken rule stops the day: nothing downstream sees it
            row-count: {at-least: 1}
    """
        .formatted(
            name,
            "'" + dated(csv).replace("'", "''") + "'",
            String.join(
                ", ",
                columns.entrySet().stream().map(c -> c.getKey() + " " + c.getValue()).toList()),
            leftOut.isEmpty() ? "" : "   # left out, not snake_case: " + String.join(", ", leftOut),
            key,
            time);
  }

  private static List<List<String>> firstRows(Path csv) {
    try (Stream<String> lines = Files.lines(csv)) {
      List<List<String>> first = lines.limit(ROWS_LOOKED_AT).map(FirstPipeline::cells).toList();
      if (first.isEmpty()) {
        throw new IllegalArgumentException(
            "Cannot read the header of %s: it is empty".formatted(csv));
      }
      return first;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The newest files of the path that hold something, the newest first: a column's first values may
   * all be whole.
   */
  private static List<Path> samples(String csv) {
    Path path = Path.of(dated(csv));
    String[] around = path.getFileName().toString().split(Pattern.quote("{date}"), -1);
    Path folder = path.toAbsolutePath().getParent();
    if (around.length == 2 && Files.isDirectory(folder)) {
      try (Stream<Path> all = Files.list(folder)) {
        List<Path> files =
            all.filter(file -> file.getFileName().toString().startsWith(around[0]))
                .filter(file -> file.getFileName().toString().endsWith(around[1]))
                .filter(file -> file.toFile().length() > 0)
                .sorted(Comparator.reverseOrder())
                .limit(FILES_LOOKED_AT)
                .toList();
        if (!files.isEmpty()) {
          return files;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (Files.isRegularFile(Path.of(csv))) {
      return List.of(Path.of(csv));
    }
    throw new IllegalArgumentException("Cannot find the file %s".formatted(csv));
  }

  private static String dated(String csv) {
    return DAY.matcher(csv).replaceAll(Matcher.quoteReplacement("{date}"));
  }

  /**
   * The first column that tells all rows of a file apart, else two of which one may be a time; as
   * YAML.
   */
  private static String key(
      List<String> header, Map<String, String> columns, List<List<String>> rows) {
    List<String> exact =
        columns.keySet().stream().filter(c -> !INEXACT.contains(columns.get(c))).toList();
    List<List<String>> keys = new ArrayList<>();
    exact.forEach(column -> keys.add(List.of(column)));
    for (boolean isTimed : List.of(true, false)) {
      for (String first : exact) {
        for (String second : exact) {
          if (!first.equals(second) && columns.get(second).equals("TIMESTAMP") == isTimed) {
            keys.add(List.of(first, second));
          }
        }
      }
    }
    return keys.stream()
        .filter(key -> tellsApart(key.stream().map(header::indexOf).toList(), rows))
        .findFirst()
        .map(key -> key.size() == 1 ? key.get(0) : "[" + String.join(", ", key) + "]")
        .orElse(columns.keySet().iterator().next());
  }

  private static boolean tellsApart(List<Integer> key, List<List<String>> rows) {
    Set<List<String>> seen = new HashSet<>();
    for (List<String> row : rows) {
      List<String> values = key.stream().map(i -> i < row.size() ? row.get(i) : "").toList();
      if (values.contains("") || !seen.add(values)) {
        return false;
      }
    }
    return true;
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.replace("\uFEFF", "").split(",", -1))
        .map(cell -> cell.strip().replaceAll("^\"|\"$", ""))
        .toList();
  }

  /** The narrowest type that all values have; STRING if there is none. */
  private static String type(List<List<String>> rows, int column) {
    List<String> values =
        rows.stream()
            .filter(cells -> cells.size() > column)
            .map(cells -> cells.get(column))
            .filter(value -> !value.isEmpty())
            .toList();
    return TYPES.entrySet().stream()
        .filter(type -> !values.isEmpty())
        .filter(type -> values.stream().allMatch(v -> type.getValue().matcher(v).matches()))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("STRING");
  }

  /** What is wrong with the name of a pipeline. */
  public static void requireName(String name) {
    Names.problem(name, Set.of())
        .ifPresent(
            sentence -> {
              throw new IllegalArgumentException(sentence);
            });
  }
}
