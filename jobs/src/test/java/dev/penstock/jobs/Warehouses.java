package dev.penstock.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/** Looks at whole warehouses: their commits, and what their tables hold. */
final class Warehouses {
  /** What DESIGN section 9 leaves out of "the same tables". */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "run",
          "attempt",
          "transaction",
          "started_at",
          "recorded_at",
          "seconds",
          "core_seconds",
          "inputs",
          "code_version");

  private Warehouses() {}

  /** The commit files of all tables, in the order in which they appeared. */
  static List<Path> commits(Path warehouse) {
    try (Stream<Path> files = Files.walk(warehouse)) {
      return files
          .filter(file -> file.getFileName().toString().matches("\\d{20}\\.json"))
          .sorted(Comparator.comparing(Warehouses::appeared).thenComparing(Path::toString))
          .map(warehouse::relativize)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileTime appeared(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many files with this ending lie in a folder and below; hidden ones do not count. */
  static long count(Path folder, String... endings) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> Stream.of(endings).anyMatch(name::endsWith) && !name.startsWith("."))
          .count();
    } catch (IOException | UncheckedIOException e) { // a folder that the writer removes meanwhile
      return 0;
    }
  }

  /** When each file of a folder and below was changed, by path. */
  static Map<String, Long> files(Path folder) throws IOException {
    Map<String, Long> changed = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      all.filter(Files::isRegularFile)
          .forEach(file -> changed.put(file.toString(), appeared(file).toMillis()));
    }
    return changed;
  }

  /** Copies a warehouse; what lies at {@code to} is replaced. */
  static void copy(Path from, Path to) throws IOException {
    delete(to);
    Files.createDirectories(to.getParent());
    List<Path> files;
    try (Stream<Path> all = Files.walk(from)) {
      files = all.toList();
    }
    for (Path file : files) {
      Files.copy(
          file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  /** Deletes a warehouse, and what Delta remembers of all tables. */
  static void delete(Path folder) throws IOException {
    DeltaLog.clearCache();
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The rows of every table, as sets of texts, without what may differ between equal runs. */
  static Map<String, Set<String>> tables(SparkSession spark, Path warehouse) throws IOException {
    List<Path> tables;
    try (Stream<Path> files = Files.walk(warehouse)) {
      tables = files.filter(file -> file.endsWith("_delta_log")).map(Path::getParent).toList();
    }
    List<Callable<Set<String>>> reads = new ArrayList<>();
    tables.forEach(table -> reads.add(() -> rows(spark, table)));
    List<Set<String>> rows = Parallel.all(reads);
    Map<String, Set<String>> byTable = new TreeMap<>();
    for (int i = 0; i < tables.size(); i++) {
      byTable.put(warehouse.relativize(tables.get(i)).toString(), rows.get(i));
    }
    return byTable;
  }

  private static Set<String> rows(SparkSession spark, Path table) {
    return spark.read().format("delta").load(table.toString()).collectAsList().stream()
        .map(Warehouses::text)
        .collect(Collectors.toSet());
  }

  private static String text(Row row) {
    List<String> values = new ArrayList<>();
    for (String name : row.schema().fieldNames()) {
      if (!LEFT_OUT.contains(name)) {
        Object value = row.getAs(name);
        values.add(name + "=" + (value instanceof byte[] bytes ? Arrays.hashCode(bytes) : value));
      }
    }
    return values.stream().sorted().collect(Collectors.joining(", "));
  }
}
