package dev.penstock.jobs.dags;

import dev.penstock.jobs.airflow.TrainingRun;
import dev.penstock.jobs.pipeline.Airflow.Tasks;
import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.jobs.pipeline.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tasks of an interval's DAG and the order they are in, as lines of Python. */
final class IntervalTasks {
  private final Pipeline pipeline;

  /** By variable. */
  private final Map<String, String> definitions = new LinkedHashMap<>();

  private final List<String> edges = new ArrayList<>();

  IntervalTasks(Pipeline pipeline) {
    this.pipeline = pipeline;
    boolean perJob = pipeline.airflow().tasks() == Tasks.PER_JOB;
    boolean hasFeatures = !pipeline.features().isEmpty();
    List<String> owners = pipeline.uses().stream().map(this::owner).toList();
    List<String> chain = new ArrayList<>();
    if (perJob) {
      if (!owners.isEmpty()) {
        chain.add(tasks(owners));
      }
      chain.add(job("ingest", "sources", List.of(), true));
    } else {
      chain.add(tasks(ingestPerTable(owners, !hasFeatures)));
    }
    if (hasFeatures) {
      chain.add(job("features", "features", List.of(), !perJob));
    }
    if (pipeline.model().isPresent()) {
      chain.add(job("score", "predictions", List.of(), false));
      chain.add(
          job(
              "monitor",
              "decisions",
              List.of(
                  "arguments=[\"--trigger\", \"--report\"],  # a decision to retrain starts %s, once"
                      .formatted(TrainingRun.dag(pipeline.pipeline()))),
              false));
    }
    if (chain.size() > 1) {
      edges.add(String.join(" >> ", chain));
    }
  }

  /** In the order of the file, each with its name as a Python variable. */
  String definitions() {
    return String.join("\n", definitions.values());
  }

  /** Lines of {@code a >> b}; empty for a single task. */
  List<String> edges() {
    return edges;
  }

  List<String> names() {
    return List.copyOf(definitions.keySet());
  }

  /**
   * A table after those that it reads or that its gate looks into.
   *
   * @return the tasks that no other table waits for; without tables of its own, the owners'
   */
  private List<String> ingestPerTable(List<String> owners, boolean areLast) {
    Map<String, Table> tables = new LinkedHashMap<>(pipeline.sources());
    tables.putAll(pipeline.tables());
    Set<String> lasts = new LinkedHashSet<>();
    tables.forEach(
        (name, table) -> {
          String task = "ingest_" + name;
          job(
              task,
              "sources." + name,
              List.of(
                  "job=\"ingest\",", "arguments=[\"--table\", %s],".formatted(PythonText.of(name))),
              areLast);
          lasts.add(task);
        });
    tables.forEach(
        (name, table) -> {
          List<String> before =
              Stream.concat(
                      owners.stream(),
                      table.dependsOn().stream()
                          .filter(other -> tables.containsKey(other) && !other.equals(name))
                          .map(other -> "ingest_" + other))
                  .toList();
          if (!before.isEmpty()) {
            edges.add("%s >> ingest_%s".formatted(tasks(before), name));
          }
          table.dependsOn().stream()
              .filter(other -> !other.equals(name))
              .forEach(other -> lasts.remove("ingest_" + other));
        });
    return lasts.isEmpty() ? owners : List.copyOf(lasts);
  }

  private String owner(String owner) {
    String task = "await_" + owner;
    definitions.put(
        task,
        """
        %s = OwnerSensor(task_id=%s, asset=%s)"""
            .formatted(task, PythonText.of(task), asset(owner)));
    return task;
  }

  /**
   * @param tellsUsers whether the tables that other pipelines read are there once it has run
   */
  private String job(String task, String written, List<String> more, boolean tellsUsers) {
    List<String> lines = new ArrayList<>();
    lines.add("task_id=%s,".formatted(PythonText.of(task)));
    lines.addAll(more);
    lines.add("pool=%s,".formatted(PythonText.of(Pools.of(pipeline, written))));
    if (tellsUsers) {
      lines.add("outlets=[%s],".formatted(asset(pipeline.pipeline())));
    }
    definitions.put(task, task + " = PenstockOperator(" + call(lines) + ")");
    return task;
  }

  /** Two arguments in a line, more in a line each. */
  private static String call(List<String> arguments) {
    return arguments.size() > 2
        ? arguments.stream().collect(Collectors.joining("\n    ", "\n    ", "\n"))
        : String.join(" ", arguments).replaceFirst(",$", "");
  }

  private static String asset(String pipeline) {
    return "Asset(name=\"penstock.%1$s\", uri=\"penstock://%1$s\")".formatted(pipeline);
  }

  private static String tasks(List<String> tasks) {
    return tasks.size() == 1
        ? tasks.get(0)
        : tasks.stream().collect(Collectors.joining(", ", "[", "]"));
  }
}
