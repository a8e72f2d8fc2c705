package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/** A pipeline whose files a test writes, and the program that runs it. */
final class Shop {
  private final SparkSession spark;
  private final Path folder;
  private final Path landing;
  private String out = "";
  private String err = "";

  /**
   * @param folder for configuration, landed files and tables
   * @param pipeline text of the pipeline file, which must be called shop
   */
  Shop(SparkSession spark, Path folder, String pipeline) {
    this(spark, folder, folder.resolve("landing zone"), pipeline);
  }

  /**
   * @param landing where landed files lie
   */
  Shop(SparkSession spark, Path folder, Path landing, String pipeline) {
    this.spark = spark;
    this.folder = folder;
    this.landing = landing;
    write(folder.resolve("conf/environments.yaml"), "local: {warehouse: %s/w}".formatted(folder));
    declare("shop", pipeline);
  }

  /** Writes a pipeline file, the shop's or one beside it. */
  Shop declare(String name, String pipeline) {
    write(folder.resolve("conf/pipelines/" + name + ".yaml"), pipeline);
    return this;
  }

  /** Another warehouse for the same pipeline and the same landed files. */
  Shop elsewhere(Path other) throws IOException {
    String pipeline = Files.readString(folder.resolve("conf/pipelines/shop.yaml"));
    return new Shop(spark, other, landing, pipeline);
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lands a file of these lines. */
  Shop land(String name, String... lines) {
    write(landing.resolve(name), String.join("\n", lines) + (lines.length == 0 ? "" : "\n"));
    return this;
  }

  Path landing(String name) {
    return landing.resolve(name);
  }

  /** Runs a command on the pipeline; its exit code. */
  int run(String command, String... options) {
    return runOn("shop", command, options);
  }

  /** Runs a command on a pipeline beside it. */
  int runOn(String pipeline, String command, String... options) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.add(pipeline);
    arguments.addAll(List.of(options));
    arguments.addAll(
        List.of("--conf-dir", folder.resolve("conf").toString(), "--set", "LANDING=" + landing));
    StringWriter outText = new StringWriter();
    StringWriter errText = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(outText))
            .setErr(new PrintWriter(errText))
            .execute(arguments.toArray(String[]::new));
    out = outText.toString();
    err = errText.toString();
    assertThat(err).doesNotContain("\tat ");
    return exit;
  }

  int ingest(String date) {
    return run("ingest", "--date", date);
  }

  String out() {
    return out;
  }

  String err() {
    return err;
  }

  Dataset<Row> table(String name) {
    return spark.read().format("delta").load(folder + "/w/" + name);
  }

  /** The rows of a table in order, columns parted by blanks. */
  List<String> rows(String table, String... columns) {
    return table(table).selectExpr(columns).collectAsList().stream()
        .map(row -> row.mkString(" "))
        .sorted()
        .toList();
  }

  /** All rows of all tables of sources and quarantine, without table versions. */
  Map<String, List<String>> content() {
    Map<String, List<String>> all = new TreeMap<>();
    for (String table : tables()) {
      if (table.startsWith("sources/") || table.startsWith("quarantine/")) {
        String[] columns =
            Arrays.stream(table(table).columns())
                .sorted()
                .map("CAST(%s AS STRING)"::formatted)
                .toArray(String[]::new);
        all.put(table, rows(table, columns));
      }
    }
    return all;
  }

  /** {@link #content} and the newest row of each slice, without table versions and attempts. */
  Map<String, List<String>> newestContent() {
    Map<String, List<String>> all = content();
    table("slices").createOrReplaceTempView("all_slices");
    all.put(
        "slices",
        spark
            .sql(
                "SELECT table, slice, verdict, fingerprint, rows_seen, rows_added,"
                    + " rows_quarantined, rows_unchanged, rows_duplicate, files_seen, files_read,"
                    + " to_json(quarantined) FROM (SELECT *, row_number() OVER (PARTITION BY table,"
                    + " slice ORDER BY transaction DESC, attempt DESC) n FROM all_slices) WHERE n = 1")
            .collectAsList()
            .stream()
            .map(row -> row.mkString(" "))
            .sorted()
            .toList());
    return all;
  }

  /** The Delta version of every table. */
  Map<String, Long> versions() {
    Map<String, Long> versions = new TreeMap<>();
    for (String table : tables()) {
      versions.put(
          table,
          DeltaLog.forTable(spark, folder + "/w/" + table)
              .update(false, scala.Option.empty(), scala.Option.empty())
              .version());
    }
    return versions;
  }

  private List<String> tables() {
    Path warehouse = folder.resolve("w");
    try (Stream<Path> all = Files.walk(warehouse, 4)) {
      return all.filter(path -> path.endsWith("_delta_log"))
          .map(path -> warehouse.relativize(path.getParent()).toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
