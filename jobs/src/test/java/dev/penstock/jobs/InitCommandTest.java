package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Settings;
import dev.penstock.jobs.pipeline.Source;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class InitCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void environments() throws IOException {
    Files.createDirectories(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf/environments.yaml"), "local: {warehouse: w}\n");
  }

  private int execute(Object command, String... arguments) {
    return new CommandLine(command)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  private int init(String... arguments) {
    String[] all = new String[arguments.length + 4];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = "--conf-dir";
    all[arguments.length + 1] = folder.resolve("conf").toString();
    all[arguments.length + 2] = "--data-dir";
    all[arguments.length + 3] = folder.resolve("data").toString();
    return execute(new InitCommand(), all);
  }

  private Pipelines.Loaded load(String name) {
    return Pipelines.load(name, Settings.local(folder.resolve("conf")));
  }

  @Test
  void theFirstFileIsCorrectAndHasItsData() throws IOException {
    assertThat(init("shop")).isZero();
    assertThat(load("shop").pipeline().model()).isPresent();
    assertThat(Files.readAllLines(folder.resolve("data/shop/orders/2024-01-01.csv")))
        .hasSize(61)
        .startsWith(
            "order_id,ordered_at,shop,amount", "2024-01-01-000,2024-01-01T00:00:00Z,shop_6,71.00");
    assertThat(Files.readAllLines(folder.resolve("data/shop/outcomes/2024-01-10.csv")).size())
        .isBetween(40, 80);
    assertThat(out.toString())
        .startsWith(
            "wrote %s; next: ./penstock check shop"
                .formatted(folder.resolve("conf/pipelines/shop.yaml")));
  }

  @Test
  void aCsvFileIsDeclaredByItsHeader() throws IOException {
    Path csv = folder.resolve("rides-2024-01-31.csv");
    Files.writeString(
        csv,
        "ride_id,started_at,fare,seats,Paid By\nr1,2024-01-31T08:00:00Z,12.5,2,card\nr2,,7,,cash\n");
    assertThat(init("rides", "--csv", csv.toString())).isZero();
    Source rides = load("rides").pipeline().sources().get("rides");
    assertThat(rides.columns())
        .hasToString("[ride_id STRING, started_at TIMESTAMP, fare DOUBLE, seats BIGINT]");
    assertThat(rides.path()).isEqualTo(folder.resolve("rides-{date}.csv").toString());
    assertThat(rides.eventTime()).contains("started_at");
    assertThat(rides.key()).containsExactly("ride_id");
  }

  @Test
  void typesAreThoseOfAllFilesAndTheKeyTellsTheRowsOfAFileApart() throws IOException {
    String header = "station,day,at,rain\n";
    Files.writeString(
        folder.resolve("rain-2024-01-30.csv"), header + "jfk,30,2024-01-30T01:00:00Z,0.25\n");
    Path newest = folder.resolve("rain-2024-01-31.csv");
    Files.writeString(
        newest,
        header
            + "jfk,31,2024-01-31T01:00:00Z,0\n"
            + "lga,31,2024-01-31T01:00:00Z,1\n"
            + "jfk,31,2024-01-31T02:00:00Z,0\n");
    Files.createFile(folder.resolve("rain-2024-02-01.csv")); // nothing came
    assertThat(init("rain", "--csv", newest.toString())).isZero();
    Source rain = load("rain").pipeline().sources().get("rain");
    assertThat(rain.columns())
        .hasToString("[station STRING, day BIGINT, at TIMESTAMP, rain DOUBLE]");
    assertThat(rain.key()).containsExactly("station", "at");
  }

  @Test
  void environmentsAreWrittenWhereThereAreNone() throws IOException {
    Path environments = folder.resolve("conf/environments.yaml");
    Files.delete(environments);
    assertThat(init("shop")).isZero();
    assertThat(out.toString()).startsWith("wrote %s%n".formatted(environments));
    assertThat(load("shop").warehouse()).isEqualTo("build/warehouse");
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    Path file = folder.resolve("conf/pipelines/shop.yaml");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "mine");
    assertThat(init("shop")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("Cannot write %s: it is there already; choose another name".formatted(file));
    assertThat(file).hasContent("mine");
  }

  @Test
  void aNameAndAFileMustBeUsable() {
    assertThat(init("My-Shop")).isEqualTo(2);
    assertThat(init("shop", "--csv", "nowhere.csv")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "'My-Shop' is not a name; write lower-case words with _ between, as flight_id",
            "Cannot find the file nowhere.csv");
    assertThat(folder.resolve("conf/pipelines")).doesNotExist();
  }

  @Test
  void checkPrintsOneLineOrTheResolvedFile() {
    init("shop");
    out.getBuffer().setLength(0);
    String conf = folder.resolve("conf").toString();
    assertThat(execute(new CheckCommand(), "shop", "--conf-dir", conf)).isZero();
    assertThat(out.toString())
        .isEqualTo(
            "%s: ok, every 1d, 2 sources, 1 feature group, a model of returned (true or false) with 6 features%n"
                .formatted(folder.resolve("conf/pipelines/shop.yaml")));
    out.getBuffer().setLength(0);
    assertThat(
            execute(
                new CheckCommand(),
                "shop",
                "--resolved",
                "--override",
                "model.seed=7",
                "--conf-dir",
                conf))
        .isZero();
    assertThat(out.toString()).contains("time-zone: UTC", "  seed: 7");
  }
}
