package dev.penstock.jobs.dags;

import dev.penstock.jobs.airflow.TrainingRun;
import dev.penstock.jobs.pipeline.Airflow;
import dev.penstock.jobs.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The Airflow DAGs of one pipeline, as the text of a Python file. The same pipeline gives the same
 * bytes; what the file needs to know stands in it, so that Airflow reads nothing else to parse it.
 *
 * @param pipeline what the file says
 * @param settings options that every task is given, as {@code --env prod}
 * @param configHash of what {@code pipeline} and {@code settings} say, hexadecimal
 */
record DagFile(Pipeline pipeline, List<String> settings, String configHash) {
  /** The comment that tells a written file from one of a user's own. */
  static final String MARK = "# penstock dags, configuration ";

  String text() {
    List<String> parts = new ArrayList<>(List.of(head(), arguments(), intervalDag()));
    boolean trains = pipeline.model().isPresent();
    if (trains) {
      parts.add(trainingDag());
    }
    parts.add("customise(interval%s)\n".formatted(trains ? ", training" : ""));
    return String.join("\n", parts);
  }

  private String head() {
    List<String> names = new ArrayList<>(List.of("PenstockOperator", "alert", "customise"));
    if (!pipeline.uses().isEmpty()) {
      names.add(1, "OwnerSensor");
    }
    return """
    %s

    %s%s
    # Written by ./penstock dags; the next one writes it anew. Changes of your own go into penstock_hooks/%s.py beside this file.
    from __future__ import annotations

    from datetime import timedelta

    import pendulum
    from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param
    from penstock_airflow import %s, retry_policy

    DOC = %s
    """
        .formatted(
            PythonText.docstring(title()),
            MARK,
            configHash,
            name(),
            String.join(", ", names),
            PythonText.block(DagDocument.of(pipeline)));
  }

  private String arguments() {
    Airflow airflow = pipeline.airflow();
    return """
    ARGUMENTS = {
        "owner": "penstock",
        "pipeline": %s,
        "every": %s,
        "time_zone": %s,
        "settings": %s,
        "conn_id": %s,
        "retries": %d,
        "retry_delay": timedelta(minutes=2),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
        "retry_policy": retry_policy(input_not_there=%s),
        "execution_timeout": %s,
        "on_failure_callback": alert,
    }
    """
        .formatted(
            PythonText.of(name()),
            PythonText.of(pipeline.every().text()),
            PythonText.of(pipeline.timeZone().getId()),
            PythonText.of(settings),
            PythonText.of(airflow.connection()),
            airflow.retries(),
            PythonText.of(airflow.retryLater()),
            PythonText.of(airflow.timeout()));
  }

  private String intervalDag() {
    IntervalTasks tasks = new IntervalTasks(pipeline);
    Schedule schedule = new Schedule(pipeline);
    return """
    with DAG(
        dag_id=%1$s,
        description=%2$s,
        doc_md=DOC,
        schedule=%3$s,
        start_date=%4$s,
        catchup=%5$s,
        max_active_runs=1,  # intervals in their order
        default_args=ARGUMENTS,
        params={
            "date": Param(
                None,
                type=["null", "string"],
                pattern=r"%6$s",
                title="Interval",
                description="By its start, as %7$s; empty: the run's data interval.",
            ),
        },
        tags=["penstock", %1$s],
    ) as interval:
    %8$s%9$s
    """
        .formatted(
            PythonText.of(name()),
            PythonText.of(title()),
            schedule.timetable(),
            schedule.start(),
            pipeline.airflow().start().isPresent() ? "True" : "False",
            schedule.pattern(),
            schedule.example(),
            tasks.definitions().indent(4).stripTrailing(),
            tasks.edges().stream().map(edge -> "\n    " + edge).collect(Collectors.joining()));
  }

  private String trainingDag() {
    Schedule schedule = new Schedule(pipeline);
    return """
    with DAG(
        dag_id=%1$s,
        description=%2$s,
        doc_md=DOC,
        schedule=None,
        start_date=%3$s,
        catchup=False,
        max_active_runs=1,
        default_args=ARGUMENTS,
        params={
            "date": Param(
                type="string",
                pattern=r"%4$s",
                title="Interval",
                description="By its start, as %5$s.",
            ),
            "reason": Param(None, type=["null", "string"], title="Reason", description="Why; for people."),
        },
        tags=["penstock", %6$s],
    ) as training:
        train = PenstockOperator(task_id="train", arguments=["--no-promote"], pool=%7$s)
        promote = PenstockOperator(task_id="promote", pool=%7$s)
        train >> promote
    """
        .formatted(
            PythonText.of(TrainingRun.dag(name())),
            PythonText.of(
                "Trains %s for an interval; an accepted version becomes the champion"
                    .formatted(name())),
            schedule.start(),
            schedule.pattern(),
            schedule.example(),
            PythonText.of(name()),
            PythonText.of(Pools.of(pipeline, "models")));
  }

  private String name() {
    return pipeline.pipeline();
  }

  /** In one line. */
  private String title() {
    return pipeline
        .description()
        .map(text -> text.strip().replaceAll("\\s+", " "))
        .orElse("The pipeline " + name());
  }

  /** Names of the tasks, for people: {@code ingest, features, score, monitor}. */
  String describe() {
    return new IntervalTasks(pipeline).names().stream().collect(Collectors.joining(", "));
  }
}
