package dev.penstock.jobs.airflow;

import dev.penstock.jobs.airflow.Triggered.Attached;
import dev.penstock.jobs.airflow.Triggered.Conflict;
import dev.penstock.jobs.airflow.Triggered.Created;
import dev.penstock.jobs.airflow.Triggered.NotParsed;
import dev.penstock.jobs.airflow.Triggered.Paused;
import dev.penstock.jobs.pipeline.ConfigHash;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes one run, however often it is asked for and whatever became of the answers: a run of this id
 * that is there already is this run, if it was told the same.
 */
final class OneRun {
  private static final int BAD_REQUEST = 400;

  private final Airflow airflow;
  private final String dag;
  private final String run;
  private final Map<String, String> conf;
  private final Patience.Operation operation;

  OneRun(
      Airflow airflow,
      String dag,
      String run,
      Map<String, String> conf,
      Patience.Operation operation) {
    this.airflow = airflow;
    this.dag = dag;
    this.run = run;
    this.conf = conf;
    this.operation = operation;
  }

  Triggered make() {
    while (true) {
      Optional<Triggered> done =
          parsed().flatMap(known -> known.isPaused() ? Optional.of(ofPaused()) : posted());
      if (done.isPresent()) {
        return done.get();
      }
      if (!operation.pause(Optional.empty())) {
        return notParsed();
      }
    }
  }

  private Optional<Dag> parsed() {
    return airflow.dag(dag, operation).filter(Dag::isParsed);
  }

  private Optional<DagRun> there() {
    return airflow.run(dag, run, operation);
  }

  /** A run that is there already may have begun before the DAG was paused. */
  private Triggered ofPaused() {
    return there()
        .filter(found -> !found.state().equals("queued"))
        .map(this::compared)
        .orElseGet(() -> new Paused(dag));
  }

  /** Empty if the DAG or the run is not what it was a moment ago. */
  private Optional<Triggered> posted() {
    Answer answer = airflow.post(dag, run, conf, operation);
    if (answer.isGood()) {
      return Optional.of(new Created(DagRun.of(answer.body())));
    }
    if (answer.isConflict()) { // this run, or another that violates something
      return there().map(this::compared);
    }
    boolean isGone = answer.isNotFound() || (answer.status() == BAD_REQUEST && parsed().isEmpty());
    if (isGone) {
      return Optional.empty();
    }
    throw airflow.refused("run of " + dag, answer);
  }

  private Triggered compared(DagRun found) {
    return ConfigHash.of(found.conf()).equals(ConfigHash.of(conf))
        ? new Attached(found)
        : new Conflict(found);
  }

  private NotParsed notParsed() {
    List<ImportError> errors = importErrors();
    return new NotParsed(
        dag,
        errors.stream().filter(error -> error.isAbout(dag)).findFirst(),
        errors.stream().filter(error -> !error.isAbout(dag)).toList());
  }

  /** They only explain; who may trigger may not see them. */
  private List<ImportError> importErrors() {
    try {
      return airflow.importErrors();
    } catch (AirflowException e) {
      return List.of();
    }
  }
}
