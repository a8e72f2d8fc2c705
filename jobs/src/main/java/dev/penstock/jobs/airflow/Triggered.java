package dev.penstock.jobs.airflow;

import java.util.List;
import java.util.Optional;

/** What came of a trigger that Airflow answered. */
public sealed interface Triggered {

  /** The run is new. */
  record Created(DagRun run) implements Triggered {}

  /**
   * A run of this id with this conf was there already: of an earlier try, whose answer was lost.
   */
  record Attached(DagRun run) implements Triggered {}

  /** A run of this id with another conf is there; nothing was made. */
  record Conflict(DagRun run) implements Triggered {}

  /** The DAG is paused, so a run would stay queued for ever; none was made. */
  record Paused(String dag) implements Triggered {}

  /**
   * Airflow did not know the DAG until the deadline; no run was made.
   *
   * @param own why its file can't be imported, if that is it
   * @param others import errors of other files; for people to know
   */
  record NotParsed(String dag, Optional<ImportError> own, List<ImportError> others)
      implements Triggered {}

  /** What happened, and what to do if there is something, for people. */
  default String message() {
    if (this instanceof Created created) {
      return "created run %s of %s".formatted(created.run().id(), created.run().dag());
    }
    if (this instanceof Attached attached) {
      DagRun run = attached.run();
      return "run %s of %s is there already (%s)%s"
          .formatted(
              run.id(),
              run.dag(),
              run.state(),
              run.state().equals("failed") ? "; to try it again, clear it in Airflow" : "");
    }
    if (this instanceof Conflict conflict) {
      return "run %s of %s is there with another conf, %s; delete it in Airflow"
          .formatted(conflict.run().id(), conflict.run().dag(), conflict.run().conf());
    }
    if (this instanceof Paused paused) {
      return "DAG %s is paused, a run would stay queued; unpause it in Airflow"
          .formatted(paused.dag());
    }
    NotParsed not = (NotParsed) this;
    return not.own()
        .map(
            error ->
                "Airflow cannot import %s, the file of DAG %s: %s; mend it (./penstock dags writes it again)"
                    .formatted(error.file(), not.dag(), error.problem()))
        .orElseGet(
            () ->
                "Airflow knows no DAG %s; write it with ./penstock dags, put it into Airflow's DAG folder and give Airflow a minute%s"
                    .formatted(
                        not.dag(),
                        not.others().isEmpty()
                            ? ""
                            : " (it cannot import %s)"
                                .formatted(
                                    String.join(
                                        ", ",
                                        not.others().stream().map(ImportError::file).toList()))));
  }
}
