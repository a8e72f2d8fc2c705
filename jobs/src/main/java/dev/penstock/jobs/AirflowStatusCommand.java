package dev.penstock.jobs;

import dev.penstock.jobs.airflow.Airflow;
import dev.penstock.jobs.airflow.Dag;
import dev.penstock.jobs.airflow.DagRun;
import dev.penstock.jobs.airflow.ImportError;
import dev.penstock.jobs.airflow.TrainingRun;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Interval;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a pipeline stands in Airflow. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "How Airflow is, and how the pipeline's DAGs and their newest runs stand there.")
final class AirflowStatusCommand implements Callable<Integer> {
  private static final int NEWEST = 5;

  @Mixin private PipelineOptions pipeline = new PipelineOptions();

  @Option(
      names = "--date",
      paramLabel = "INTERVAL",
      description = "Only runs for this interval, by its start.")
  private String date;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** One DAG of the pipeline. */
  private record State(
      String dag, Optional<Dag> known, Optional<ImportError> error, List<DagRun> runs) {
    String word() {
      if (error.isPresent()) {
        return "its file can't be imported: " + error.get().problem();
      }
      if (known.isEmpty() || known.get().isStale()) {
        return "not parsed yet, or not in Airflow's DAG folder";
      }
      return known.get().isPaused() ? "paused: its runs stay queued" : "on";
    }

    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("dag", dag);
      json.put("parsed", known.filter(Dag::isParsed).isPresent());
      json.put("paused", known.filter(Dag::isPaused).isPresent());
      json.put("import_error", error.map(ImportError::problem).orElse(null));
      json.put("runs", runs.stream().map(DagRun::json).toList());
      return json;
    }
  }

  @Override
  public Integer call() {
    Pipelines.Loaded loaded = pipeline.load();
    Optional<Interval> interval =
        Optional.ofNullable(date)
            .map(text -> IntervalOptions.named("--date", text, loaded.pipeline().cadence()));
    Airflow airflow = AirflowOptions.connect(loaded, AirflowOptions.DEADLINE);
    Map<String, String> health = airflow.health();
    List<ImportError> errors = airflow.importErrors();
    String own = loaded.pipeline().pipeline();
    List<String> dags = new ArrayList<>(List.of(own));
    if (loaded.pipeline().model().isPresent()) {
      dags.add(TrainingRun.dag(own));
    }
    List<State> states = dags.stream().map(dag -> state(airflow, dag, errors, interval)).toList();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(text(own, health, states));
    } else {
      lines(health, states).forEach(out::println);
    }
    out.flush();
    return Exit.DONE;
  }

  private static State state(
      Airflow airflow, String dag, List<ImportError> errors, Optional<Interval> interval) {
    return new State(
        dag,
        airflow.dag(dag),
        errors.stream().filter(error -> error.isAbout(dag)).findFirst(),
        interval
            .map(only -> airflow.runsFor(dag, only.slice(), only.start().toString()))
            .orElseGet(() -> airflow.newestRuns(dag, NEWEST)));
  }

  private static List<String> lines(Map<String, String> health, List<State> states) {
    List<String> lines = new ArrayList<>();
    health.forEach((part, status) -> lines.add("%-14s %s".formatted(part, status)));
    for (State state : states) {
      lines.add("%s: %s".formatted(state.dag(), state.word()));
      state.runs().forEach(run -> lines.add("  %-8s %s".formatted(run.state(), run.id())));
    }
    return lines;
  }

  private static String text(String pipeline, Map<String, String> health, List<State> states) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pipeline", pipeline);
    all.put("health", health);
    all.put("dags", states.stream().map(State::json).toList());
    return JsonText.of(all);
  }
}
