package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.penstock.features.FeatureStore;
import dev.penstock.features.PointInTime;
import dev.penstock.lake.Lake;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.Registry;
import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model's life in nine days: history, a first training, a daily run; then a refused day, or a day
 * with a second training that is killed at each of its commits, or the same life on a cluster.
 */
class LoopTest extends SparkTest {
  @TempDir private static Path folder;

  /** A run goes on between two looks at it: what the first misses, another may show. */
  private static final int RUNS_TO_STOP = 4;

  private static Path history;
  private static Path whole;
  private static Map<String, Set<String>> tablesOfWholeDay;

  @BeforeEach
  void runEightDays() throws IOException {
    if (history != null) {
      return;
    }
    Files.writeString(file(), Visits.PIPELINE);
    for (int day = 0; day < 8; day++) {
      Visits.write(landing(), day);
    }
    assertThat(run(folder.resolve("history"), "--from", Visits.day(0), "--to", Visits.day(7)))
        .isZero();
    history = folder.resolve("history");
  }

  private static Path file() {
    return folder.resolve("visits.yaml");
  }

  private static Path landing() {
    return folder.resolve("landing");
  }

  private static Path copyOfHistory(String name) throws IOException {
    Path copy = folder.resolve(name);
    Warehouses.copy(history, copy);
    return copy;
  }

  @Test
  void theLoopGoesRoundAndTheSameCommandWritesNothingAgain() {
    Registry registry = new Registry(new Lake(spark(), history.toString()));
    assertThat(registry.versions("visits"))
        .extracting(version -> version.version() + " " + version.provenance().slice())
        .containsExactly("v1 " + Visits.day(6));
    assertThat(registry.promotions("visits"))
        .extracting(p -> p.version() + " from " + p.fromSlice() + " by " + p.actor())
        .containsExactly("v1 from " + Visits.day(7) + " by acceptance");
    assertThat(predictions(history)).containsExactly(RowFactory.create(Visits.day(7), "v1", 59L));
    assertThatNothingIsWrittenAgain(history, 0, "--from", Visits.day(0), "--to", Visits.day(7));
  }

  @Test
  void aPlanSaysWhatTheLoopWillDo() throws IOException {
    Visits.write(landing(), 8);
    Path nothing = folder.resolve("nothing");
    assertThat(say("plan", nothing, "--from", Visits.day(0), "--to", Visits.day(7)).lines())
        .containsExactly(
            "2024-03-01..2024-03-06 ingest   visits           write    no slice yet; 6 files",
            "2024-03-01..2024-03-06 ingest   sales            write    no slice yet; 6 files",
            "2024-03-07             ingest   visits           write    no slice yet; 1 file",
            "2024-03-07             ingest   sales            write    no slice yet; 1 file",
            "2024-03-07             score    visits           nothing  no champion yet",
            "2024-03-07             monitor  visits           write    no slice yet; retrain: no"
                + " champion, and enough history",
            "2024-03-07             train    visits           write    no version was trained for it"
                + " from these slices",
            "2024-03-08             ingest   visits           write    no slice yet; 1 file",
            "2024-03-08             ingest   sales            write    no slice yet; 1 file",
            "2024-03-08             score    visits           depends  no champion yet, after the"
                + " training of 2024-03-07",
            "2024-03-08             monitor  visits           write    no slice yet; no champion yet,"
                + " or one after the training of 2024-03-07",
            "2024-03-08             train    visits           depends  if the monitor asks for it",
            "2024-03-01..2024-03-08 features shop_sales       write    no slice yet",
            "visits 2024-03-01..2024-03-08: 27 to write, 2 to decide on the way");
    assertThat(nothing).doesNotExist();

    Map<String, Long> files = Warehouses.files(history);
    assertThat(say("plan", history, "--date", Visits.day(8)).lines())
        .containsExactly(
            "2024-03-09             ingest   visits           write    no slice yet; 1 file",
            "2024-03-09             ingest   sales            write    no slice yet; 1 file",
            "2024-03-09             score    visits           write    no slice yet; by v1",
            "2024-03-09             monitor  visits           write    no slice yet; retrain: age:"
                + " the last training is 2d old, more than 1d",
            "2024-03-09             train    visits           write    no version was trained for it"
                + " from these slices",
            "2024-03-09             features shop_sales       write    no slice yet",
            "visits 2024-03-09: 6 to write");
    assertThat(Warehouses.files(history)).isEqualTo(files);
    assertThat(say("plan", wholeDay(), "--date", Visits.day(8)).lines())
        .containsExactly(
            "2024-03-09             ingest   visits           current",
            "2024-03-09             ingest   sales            current",
            "2024-03-09             score    visits           current  by v1",
            "2024-03-09             monitor  visits           current  retrain: age: the last"
                + " training is 2d old, more than 1d",
            "2024-03-09             train    visits           current  v2 is this training",
            "2024-03-09             features shop_sales       current",
            "visits 2024-03-09: nothing to do");
    assertThat(
            spark()
                .read()
                .format("delta")
                .load(whole.resolve("slices").toString())
                .where("slice = '2024-03-09'")
                .select("table")
                .as(Encoders.STRING())
                .collectAsList())
        .containsExactlyInAnyOrder(
            "sources/visits",
            "sources/sales",
            "predictions/visits",
            "decisions/visits",
            "features/shop_sales");
    assertThat(
            say("plan", whole, "--date", Visits.day(9), "--override", "retrain.cooldown=1d")
                .lines())
        .endsWith(
            "2024-03-10             run      visits           stops    after ingest, with exit code"
                + " 5",
            "visits 2024-03-10: nothing to do, exit code 5");
  }

  @Test
  void notebooksJoinTheFeaturesOfTheTrainingSet() {
    Lake lake = new Lake(spark(), history.toString());
    assertThat(lake.open("features/shop_sales").properties())
        .containsEntry(TableDefinition.OWNER, "visits")
        .containsEntry(
            TableDefinition.DEFINITION,
            """
            {"group":"shop_sales","from":"sales","key":["visit"],"event-time":"closed",\
            "by":["shop"],"windows":["1d","3d"],"aggregate":{"sold_share":{"value":"share(sold)"},\
            "visits":{"value":"count(*)"}},"latest":[],"time-since-last":false,\
            "descriptions":{}}""");
    assertThat(lake.read("features/shop_sales").schema().apply("shop_sales__sold_share_3d"))
        .extracting(field -> field.getComment().get())
        .isEqualTo("share(sold) over 3d, from sales by shop");
    Dataset<Row> trained = lake.read("training_sets/visits").where("shop_sales__visits_1d > 0");
    Dataset<Row> joined =
        FeatureStore.open(spark(), history.toString())
            .join(
                trained.select("visit", "shop", PointInTime.AS_OF_TIME),
                PointInTime.AS_OF_TIME,
                List.of("shop_sales"));
    List<Row> expected =
        trained
            .select(
                Stream.of(joined.columns()).map(name -> trained.col(name)).toArray(Column[]::new))
            .collectAsList();
    assertThat(expected).hasSizeGreaterThan(100);
    assertThat(joined.collectAsList()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void jobsOneByOneMakeTheTablesOfARun() throws IOException {
    wholeDay();
    Path tables = copyOfHistory("one-by-one");
    for (String job : List.of("ingest", "score", "monitor", "train", "features")) {
      assertThat(say(job, tables, "--date", Visits.day(8)).exit()).as(job).isZero();
    }
    assertThatTablesAreThoseOf(tablesOfWholeDay, tables, "jobs one by one");
  }

  @Test
  void theRegistryIsConsistentListedAndRolledBack() throws IOException {
    Path tables = folder.resolve("rolled-back");
    Warehouses.copy(wholeDay(), tables);
    assertThat(say("verify", tables))
        .isEqualTo(new Said(0, List.of("visits: tables, ledger and registry are consistent"), ""));
    Said listed = say("models list", tables);
    assertThat(listed.lines()).hasSize(3);
    assertThat(listed.lines().get(1))
        .startsWith("v1 ")
        .endsWith("accepted, champion from " + Visits.day(7) + " until before " + Visits.day(9));
    assertThat(listed.lines().get(2))
        .startsWith("v2 ")
        .endsWith("accepted, champion from " + Visits.day(9));

    assertThat(say("models rollback", tables, "--actor", "ann", "--reason", "complaints").exit())
        .isZero();

    Registry registry = new Registry(new Lake(spark(), tables.toString()));
    assertThat(registry.promotions("visits"))
        .extracting(p -> "%s from %s by %s".formatted(p.version(), p.fromSlice(), p.actor()))
        .containsExactly(
            "v1 from " + Visits.day(7) + " by acceptance",
            "v2 from " + Visits.day(9) + " by acceptance",
            "v1 from " + Visits.day(9) + " by ann");
    assertThat(say("models promote", tables, "v9", "--reason", "none").error())
        .contains("There is no version v9; versions: v1, v2");
  }

  @Test
  void twoFilesMakeTheTablesOfOne() throws IOException {
    wholeDay();
    Path pair = folder.resolve("pair");
    Shop shop = new Shop(spark(), pair, landing(), Visits.OWNER).declare("visits", Visits.USER);
    String[] eightDays = {"--from", Visits.day(0), "--to", Visits.day(7)};
    assertThat(shop.run("run", eightDays)).as(shop.out()).isZero();
    assertThat(shop.runOn("visits", "run", eightDays)).as(shop.out()).isZero();
    assertThat(shop.runOn("visits", "run", eightDays)).isZero();
    assertThat(shop.out()).contains("everything is current, nothing was written");
    shop.declare("shop", Visits.OWNER.replace("share(sold)", "share(NOT sold)"));
    assertThat(shop.run("run", "--date", Visits.day(8))).as(shop.out()).isZero();
    assertThat(shop.runOn("visits", "score", "--date", Visits.day(8))).as(shop.out()).isZero();

    Map<String, Set<String>> tables = Warehouses.tables(spark(), pair.resolve("w"));
    for (String table :
        List.of("sources/visits", "sources/sales", "quarantine/visits", "predictions/visits")) {
      assertThat(tables.get(table)).as(table).isEqualTo(tablesOfWholeDay.get(table));
    }
    for (String table : List.of("training_sets/visits", "models/versions", "models/promotions")) {
      assertThat(tables.get(table)).as(table).isNotEmpty().isSubsetOf(tablesOfWholeDay.get(table));
    }
    assertThat(shop.runOn("visits", "verify")).as(shop.out()).isZero();
    assertThat(shop.runOn("visits", "status")).isZero();
    assertThat(shop.out().lines().skip(1))
        .singleElement(STRING)
        .startsWith("visits    " + Visits.day(7) + "  v1 ")
        .endsWith("./penstock run visits --date " + Visits.day(8));
    assertThat(shop.runOn("visits", "report", "--out", pair.resolve("page.html").toString()))
        .isZero();
    assertThat(pair.resolve("page.html")).isNotEmptyFile();
  }

  @Test
  void aChampionIsComparedByItsOwnDefinitionsInTheSamePass() throws IOException {
    Path whole = wholeDay();
    Path tables = copyOfHistory("other-features");
    String windows = "features.shop_sales.windows=[1d, 3d, 5d]";
    assertThat(run(tables, "--date", Visits.day(8), "--override", windows)).isZero();
    Dataset<Row> set =
        spark()
            .read()
            .format("delta")
            .load(tables.resolve("training_sets/visits").toString())
            .where("prediction_of_champion IS NOT NULL");
    assertThat(set.columns()).contains("shop_sales__sold_share_5d");
    assertThat(set.where("part = 'holdout'").count()).isPositive();
    assertThat(championsValue(tables)).isEqualTo(championsValue(whole));
  }

  /** What the newest comparison says that the champion has. */
  private String championsValue(Path tables) {
    return spark()
        .read()
        .format("delta")
        .load(tables.resolve("checks").toString())
        .where("rule = 'roc-auc against champion' AND slice = '%s'".formatted(Visits.day(8)))
        .selectExpr(
            "regexp_extract(reason, 'champion v1 has [0-9.]+ over the same [0-9]+ rows', 0)")
        .collectAsList()
        .get(0)
        .getString(0);
  }

  @Test
  void aRefusedDayIsNotScoredAndStaysRefused() throws IOException {
    Path tables = copyOfHistory("refused");
    Visits.write(landing(), 8, 10);
    assertThat(run(tables, "--date", Visits.day(8))).isEqualTo(3);
    assertThatNothingIsWrittenAgain(tables, 3, "--date", Visits.day(8));
    assertThat(run(tables, "--from", Visits.day(7), "--to", Visits.day(8))).isZero();
    assertThat(run(tables, "--from", Visits.day(7), "--to", Visits.day(8), "--strict"))
        .isEqualTo(3);
    assertThat(predictions(tables)).hasSize(1);
  }

  /**
   * What a kill just after a commit leaves is what one before the next leaves, without the data of
   * the next: {@code -Dpenstock.kills=all} takes both, in twice the time.
   */
  @Test
  void aProcessKilledAtAnyCommitIsMended() throws Exception {
    wholeDay();
    boolean all = System.getProperty("penstock.kills", "").equals("all");
    List<Path> images = new ArrayList<>();
    List<Path> left = newCommits(wholeDay());
    assertThat(left).as("commits of a day with a training: %s", left).hasSizeBetween(14, 18);
    for (int i = 1; i <= RUNS_TO_STOP && !left.isEmpty(); i++) {
      Path killed = copyOfHistory("stopped-" + i);
      Submitted process = Submitted.run(List.of(), arguments(killed, "--date", Visits.day(8)));
      List<Path> taken = process.copyAtEachCommit(killed, folder.resolve("images-" + i), all);
      assertThat(process.exitCode()).as(process.output()).isZero();
      assertThatTablesAreThoseOf(tablesOfWholeDay, killed, "the launcher");
      List<Path> missed = left;
      images.addAll(
          i == 1
              ? taken
              : taken.stream()
                  .filter(image -> missed.stream().anyMatch(c -> isJustBefore(image, c)))
                  .toList());
      left =
          missed.stream()
              .filter(commit -> taken.stream().noneMatch(image -> isJustBefore(image, commit)))
              .toList();
    }
    assertThat(left).as("commits without a copy just before them").isEmpty();
    for (Path image : images) {
      List<Path> there = newCommits(image);
      assertThatTheSameCommandMends(
          image, "a kill after " + (there.isEmpty() ? "nothing" : there.get(there.size() - 1)));
      Warehouses.delete(image);
    }
  }

  private static boolean isJustBefore(Path image, Path commit) {
    return !hasCommit(image, commit) && hasDataOf(image, commit);
  }

  private static boolean hasCommit(Path warehouse, Path commit) {
    return Files.exists(warehouse.resolve(commit));
  }

  /** Whether a table's folder holds more data files than its commits tell of. */
  private static boolean hasDataOf(Path warehouse, Path commit) {
    Path table = commit.getParent().getParent();
    long commitsThere = newCommits(warehouse).stream().filter(c -> c.startsWith(table)).count();
    return Warehouses.count(warehouse.resolve(table), ".parquet")
        > Warehouses.count(history.resolve(table), ".parquet") + commitsThere;
  }

  @Test
  void aKilledProcessIsMended() throws Exception {
    Path killed = copyOfHistory("killed");
    Path table = Path.of("sources", "visits");
    Path whole = wholeDay();
    Path commit =
        newCommits(whole).stream().filter(c -> c.startsWith(table)).findFirst().orElseThrow();
    Submitted.run(List.of(), arguments(killed, "--date", Visits.day(8)))
        .killWhen(
            () ->
                Warehouses.count(killed.resolve(table), ".parquet")
                    > Warehouses.count(history.resolve(table), ".parquet"));
    assertThat(hasCommit(killed, commit)).isFalse();
    assertThatTheSameCommandMends(killed, "a kill just before " + commit);
  }

  @Test
  void aClusterMakesTheSameTables() throws Exception {
    Path tables = folder.resolve("cluster");
    try (StandaloneCluster cluster = StandaloneCluster.start(folder.resolve("standalone"))) {
      Submitted submitted =
          Submitted.run(
              List.of(
                  "--master",
                  cluster.url(),
                  "--conf",
                  "spark.executor.memory=1g",
                  "--conf",
                  "spark.sql.shuffle.partitions=4"),
              arguments(tables, "--from", Visits.day(0), "--to", Visits.day(7)));
      assertThat(submitted.exitCode()).as(submitted.output()).isZero();
    }
    assertThatTablesAreThoseOf(Warehouses.tables(spark(), history), tables, "a cluster");
  }

  private void assertThatTheSameCommandMends(Path killed, String how) throws IOException {
    assertThat(run(killed, "--date", Visits.day(8))).as("exit code after %s", how).isZero();
    assertThatTablesAreThoseOf(tablesOfWholeDay, killed, how);
  }

  private void assertThatTablesAreThoseOf(Map<String, Set<String>> wanted, Path made, String how)
      throws IOException {
    Map<String, Set<String>> tables = Warehouses.tables(spark(), made);
    assertThat(tables.keySet()).as("tables after %s", how).isEqualTo(wanted.keySet());
    wanted.forEach(
        (table, rows) ->
            assertThat(tables.get(table)).as("%s after %s", table, how).isEqualTo(rows));
  }

  /** History and the day with the second training, undisturbed. */
  private Path wholeDay() throws IOException {
    Visits.write(landing(), 8);
    if (whole == null) {
      Path tables = copyOfHistory("whole");
      assertThat(run(tables, "--date", Visits.day(8))).isZero();
      tablesOfWholeDay = Warehouses.tables(spark(), tables);
      whole = tables;
    }
    return whole;
  }

  private static List<Path> newCommits(Path warehouse) {
    Set<Path> old = new HashSet<>(Warehouses.commits(history));
    List<Path> commits = new ArrayList<>(Warehouses.commits(warehouse));
    commits.removeIf(old::contains);
    return commits;
  }

  private void assertThatNothingIsWrittenAgain(Path tables, int exit, String... interval) {
    List<Path> commits = Warehouses.commits(tables);
    Said said = say("run", tables, interval);
    assertThat(said.exit()).isEqualTo(exit);
    assertThat(said.lines())
        .anyMatch(line -> line.contains("everything is current, nothing was written"));
    assertThat(Warehouses.commits(tables)).isEqualTo(commits);
  }

  private List<Row> predictions(Path tables) {
    return spark()
        .read()
        .format("delta")
        .load(tables.resolve("predictions/visits").toString())
        .groupBy("slice", "model_version")
        .count()
        .orderBy("slice")
        .collectAsList();
  }

  private static List<String> arguments(Path warehouse, String... interval) {
    return arguments("run", warehouse, interval);
  }

  private static List<String> arguments(String command, Path warehouse, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.add(file().toString());
    arguments.addAll(List.of(more));
    arguments.addAll(List.of("--set", "LANDING=" + landing(), "--set", "WAREHOUSE=" + warehouse));
    arguments.addAll(List.of("--conf-dir", System.getProperty("penstock.root") + "/conf"));
    return arguments;
  }

  /** What a command said, and its exit code. */
  private record Said(int exit, List<String> lines, String error) {}

  private static Said say(String command, Path warehouse, String... more) {
    StringWriter out = new StringWriter();
    StringWriter error = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(error))
            .execute(arguments(command, warehouse, more).toArray(String[]::new));
    return new Said(exit, out.toString().lines().toList(), error.toString());
  }

  private static int run(Path warehouse, String... interval) {
    return Main.run(arguments(warehouse, interval).toArray(String[]::new));
  }
}
