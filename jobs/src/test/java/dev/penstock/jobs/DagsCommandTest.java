package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DagsCommandTest {
  private static final Path ROOT = Path.of(System.getProperty("penstock.root"));

  private static final String RIDES =
      """
      pipeline: rides
      every: 1h
      time-zone: Europe/Berlin
      sources:
        stations: {csv: "stations.csv", columns: "station STRING", key: station, snapshot: true}
        rides:
          csv: "rides/{date}.csv"
          columns: ride STRING, at TIMESTAMP, station STRING
          key: ride
          event-time: at
          gate: {refuse: {references: {station: stations.station}}}
      """;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void environments() throws IOException {
    Files.createDirectories(folder.resolve("conf/pipelines"));
    Files.writeString(
        folder.resolve("conf/environments.yaml"), "local: {warehouse: w}\nprod: {warehouse: p}\n");
  }

  private int dags(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of("dags", "--conf-dir", folder.resolve("conf") + ""));
    all.addAll(List.of("--out", folder.resolve("dags").toString()));
    all.addAll(List.of(arguments));
    CommandLine commands = Main.commandLine();
    commands.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return commands.execute(all.toArray(String[]::new));
  }

  private void pipeline(String name, String text) throws IOException {
    Files.writeString(folder.resolve("conf/pipelines/" + name + ".yaml"), text);
  }

  private Path file(String name) {
    return folder.resolve("dags").resolve(name + ".py");
  }

  private String text(String name) throws IOException {
    return Files.readString(file(name));
  }

  @Test
  void theFilesOfThisRepositoryAreCurrent() {
    CommandLine commands = Main.commandLine();
    commands.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exit =
        commands.execute(
            "dags",
            "--check",
            "--conf-dir",
            ROOT.resolve("conf").toString(),
            "--out",
            ROOT.resolve("airflow-dags/dags").toString());
    assertThat(err.toString()).isEmpty();
    assertThat(exit).isZero();
  }

  @Test
  void anHourlyPipelineWithATaskASource() throws IOException {
    pipeline(
        "rides",
        RIDES
            + "airflow: {tasks: per-source, start: 2026-01-31T05, retry-later: 90m, retries: 2}\n");
    assertThat(dags("--env", "prod", "--set", "A=b")).isZero();
    assertThat(out.toString())
        .isEqualTo("%s: written (ingest_stations, ingest_rides)%n".formatted(file("rides")));
    assertThat(text("rides"))
        .contains(
            "    \"settings\": [\"--env\", \"prod\", \"--set\", \"A=b\"],\n",
            "    \"retries\": 2,\n",
            "    \"retry_policy\": retry_policy(input_not_there=timedelta(minutes=90)),\n")
        .endsWith(
            """
            with DAG(
                dag_id="rides",
                description="The pipeline rides",
                doc_md=DOC,
                schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
                start_date=pendulum.datetime(2026, 1, 31, 5, 0, tz="UTC"),
                catchup=True,
                max_active_runs=1,  # intervals in their order
                default_args=ARGUMENTS,
                params={
                    "date": Param(
                        None,
                        type=["null", "string"],
                        pattern=r"^\\d{4}-\\d{2}-\\d{2}T\\d{2}$",
                        title="Interval",
                        description="By its start, as 2026-01-26T05; empty: the run's data interval.",
                    ),
                },
                tags=["penstock", "rides"],
            ) as interval:
                ingest_stations = PenstockOperator(
                    task_id="ingest_stations",
                    job="ingest",
                    arguments=["--table", "stations"],
                    pool="penstock.rides.sources.stations",
                    outlets=[Asset(name="penstock.rides", uri="penstock://rides")],
                )
                ingest_rides = PenstockOperator(
                    task_id="ingest_rides",
                    job="ingest",
                    arguments=["--table", "rides"],
                    pool="penstock.rides.sources.rides",
                    outlets=[Asset(name="penstock.rides", uri="penstock://rides")],
                )
                ingest_stations >> ingest_rides

            customise(interval)
            """);
  }

  @Test
  void aPipelineThatUsesOthersAwaitsThem() throws IOException {
    pipeline("rides", RIDES);
    pipeline(
        "delays",
        """
        pipeline: delays
        every: 1h
        time-zone: Europe/Berlin
        uses: [rides]
        sources:
          trains:
            {csv: "trains/{date}.csv", columns: "train STRING, at TIMESTAMP", key: train, event-time: at}
        features:
          by_station: {from: rides, by: station, windows: 7d, aggregate: {rides: count(*)}}
        """);
    assertThat(dags()).isZero();
    assertThat(text("delays"))
        .contains(
            "from penstock_airflow import PenstockOperator, OwnerSensor, alert, customise, retry_policy\n")
        .endsWith(
            """
            ) as interval:
                await_rides = OwnerSensor(task_id="await_rides", asset=Asset(name="penstock.rides", uri="penstock://rides"))
                ingest = PenstockOperator(
                    task_id="ingest",
                    pool="penstock.delays.sources",
                    outlets=[Asset(name="penstock.delays", uri="penstock://delays")],
                )
                features = PenstockOperator(task_id="features", pool="penstock.delays.features")
                await_rides >> ingest >> features

            customise(interval)
            """);
  }

  @Test
  void aTaskASourceWithoutSourcesAwaitsTheOwnersToo() throws IOException {
    pipeline("rides", RIDES);
    pipeline(
        "delays",
        """
        pipeline: delays
        every: 1h
        time-zone: Europe/Berlin
        uses: [rides]
        features:
          by_station: {from: rides, by: station, windows: 7d, aggregate: {rides: count(*)}}
        airflow: {tasks: per-source}
        """);
    assertThat(dags()).isZero();
    assertThat(text("delays"))
        .endsWith(
            """
                features = PenstockOperator(
                    task_id="features",
                    pool="penstock.delays.features",
                    outlets=[Asset(name="penstock.delays", uri="penstock://delays")],
                )
                await_rides >> features

            customise(interval)
            """);
  }

  @Test
  void calendarUnitsAreCutInTheTimeZone() throws IOException {
    String daily = RIDES.replace("{date}", "{date:yyyyMMdd}");
    pipeline("rides", daily.replace("1h", "1w") + "airflow: {start: 2026-01-26}\n");
    dags();
    assertThat(text("rides"))
        .contains(
            "schedule=CronDataIntervalTimetable(\"0 0 * * 1\", timezone=\"Europe/Berlin\"),\n",
            "start_date=pendulum.datetime(2026, 1, 26, tz=\"Europe/Berlin\"),\n");
    pipeline("rides", RIDES.replace("1h", "month"));
    dags();
    assertThat(text("rides"))
        .contains(
            "schedule=CronDataIntervalTimetable(\"0 0 1 * *\", timezone=\"Europe/Berlin\"),\n",
            "start_date=pendulum.datetime(2024, 1, 1, tz=\"Europe/Berlin\"),\n",
            "catchup=False,\n");
    pipeline("rides", RIDES.replace("1h", "15m"));
    dags();
    assertThat(text("rides"))
        .contains("schedule=CronDataIntervalTimetable(\"*/15 * * * *\", timezone=\"UTC\"),\n");
  }

  @Test
  void whateverADescriptionHoldsStaysAText() throws Exception {
    String hostile = "\"\"\"; import os; os.abort() \\N{DASH} '\\u0000' \u2028 {{ x }} %s ü 🚰";
    pipeline(
        "rides",
        RIDES
            + "description: \""
            + hostile.replace("\\", "\\\\").replace("\"", "\\\"")
            + "\\nnext\"\n");
    assertThat(dags()).as(err.toString()).isZero();
    Process python =
        new ProcessBuilder(
                "python3",
                "-c",
                "import ast,sys; m = ast.parse(open(sys.argv[1], encoding='utf-8').read());"
                    + " print([type(n).__name__ for n in m.body]); print(ast.get_docstring(m, clean=False), end='')",
                file("rides").toString())
            .redirectErrorStream(true)
            .start();
    python.getOutputStream().close();
    assertThat(new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(
            "['Expr', 'ImportFrom', 'ImportFrom', 'Import', 'ImportFrom', 'ImportFrom', 'Assign', 'Assign', 'With', 'Expr']\n"
                + hostile.replace(" \u2028 ", "\u2028") // YAML folds around a line break
                + " next");
  }

  @Test
  void aStaleFileIsNamed() throws IOException {
    pipeline("rides", RIDES);
    assertThat(dags("--check")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("%s: is missing; run ./penstock dags%n".formatted(file("rides")));
    dags();
    assertThat(dags("--check")).isZero();
    assertThat(out.toString())
        .isEqualTo("1 files are current in %s%n".formatted(folder.resolve("dags")));
    assertThat(dags()).isZero();
    assertThat(out.toString()).isEqualTo("%s: current%n".formatted(file("rides")));
    pipeline("rides", RIDES.replace("Europe/Berlin", "UTC"));
    Files.copy(file("rides"), file("gone"));
    assertThat(dags("--check")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "%s: is not what its pipeline file says; run ./penstock dags%n%s: no pipeline file makes it any more; delete it%n"
                .formatted(file("rides"), file("gone")));
    assertThat(dags()).isZero();
    assertThat(file("gone")).exists();
  }

  @Test
  void aFileOfTheUsersIsNotOverwritten() throws IOException {
    pipeline("rides", RIDES);
    Files.createDirectories(folder.resolve("dags"));
    Files.writeString(file("rides"), "mine = 1\n");
    assertThat(dags()).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "%s: is not written by ./penstock dags; move it away, or choose another --out%n"
                .formatted(file("rides")));
    assertThat(text("rides")).isEqualTo("mine = 1\n");
  }

  @Test
  void mistakesAreMessages() throws IOException {
    assertThat(dags()).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "no pipeline file is there yet; ./penstock init NAME writes a first one%n".formatted());
    pipeline("rides", RIDES + "airflow: {start: 2026-01-31, task: 3}\n");
    assertThat(dags()).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "%s:12: airflow.start: '2026-01-31' is not an interval of every: 1h; write it as 2013-01-31T05, for example%n%1$s:12: airflow.task: is not a known key; did you mean 'tasks'?%n"
                .formatted(folder.resolve("conf/pipelines/rides.yaml")));
    pipeline("rides", RIDES + "airflow: {retries: -1}\n");
    assertThat(dags()).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "%s:12: airflow.retries: must not be negative, got -1%n"
                .formatted(folder.resolve("conf/pipelines/rides.yaml")));
    pipeline("rides", RIDES.replace("pipeline: rides", "pipeline: \"x'); import os\""));
    assertThat(dags()).isEqualTo(2);
    assertThat(err.toString())
        .startsWith(
            "%s:1: pipeline: 'x'); import os' is not a name; write lower-case words with _ between, as flight_id%n"
                .formatted(folder.resolve("conf/pipelines/rides.yaml")));
    pipeline("rides", RIDES);
    assertThat(dags("--override", "every=1d")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("--override: name the pipeline whose key it changes%n".formatted());
  }
}
