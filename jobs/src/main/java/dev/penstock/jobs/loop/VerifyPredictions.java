package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.RunRecord;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.ModelVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;

/**
 * Names the predictions that do not stand as the champion of their interval would make them: keys
 * with two, and those made before a slice that they should have seen was there.
 */
final class VerifyPredictions {
  private final RunContext run;
  private final Models models;
  private final String table;
  private final Map<String, Instant> began = new HashMap<>();

  VerifyPredictions(RunContext run, Models models) {
    this.run = run;
    this.models = models;
    this.table = PredictedRows.predictions(run);
  }

  List<Inconsistency> run() {
    if (!run.lake().exists(table)) {
      return List.of();
    }
    run.lake()
        .read(RunRecord.TABLE, RunRecord.SCHEMA)
        .where(col("pipeline").isin(writers().toArray()))
        .select("run", "job", "slice", "started_at")
        .collectAsList()
        .forEach(this::remember);
    List<Inconsistency> found = new ArrayList<>(twice());
    List<SliceRecord> predictions = run.ledger().committedUpTo(table, "~");
    found.addAll(byOthers(predictions));
    Set<String> tables = new TreeSet<>(new Definitions(run.loaded()).tables());
    tables.add(run.pipeline().model().orElseThrow().predict().each());
    for (String name : tables) {
      for (SliceRecord row : run.ledger().committedUpTo(RunContext.sourceTable(name), "~")) {
        madeWithout(row, predictions).ifPresent(found::add);
      }
    }
    return found;
  }

  /** The pipelines whose runs made what predictions are made from. */
  private Set<String> writers() {
    Set<String> writers = new TreeSet<>(run.loaded().inputs().values());
    writers.add(run.pipeline().pipeline());
    return writers;
  }

  private void remember(Row row) {
    Instant start = row.getTimestamp(3).toInstant();
    for (String about : List.of(row.getString(2), "")) {
      began.merge(
          event(row.getString(0), row.getString(1), about), start, (a, b) -> a.isBefore(b) ? a : b);
    }
  }

  private static String event(String token, String job, String slice) {
    return token + " " + job + " " + slice;
  }

  private Optional<Instant> began(SliceRecord row, String job) {
    return Optional.ofNullable(
        began.getOrDefault(
            event(row.run(), job, row.slice()), began.get(event(row.run(), job, ""))));
  }

  /** Keys that have more than one served prediction. */
  private List<Inconsistency> twice() {
    Column[] identity = PredictedRows.columns(PredictedRows.of(run).identity());
    long keys =
        run.lake()
            .read(table)
            .groupBy(identity)
            .agg(count(lit(1)).as("_n"))
            .where("_n > 1")
            .count();
    return keys == 0
        ? List.of()
        : List.of(
            Inconsistency.of(
                table,
                "%d keys have more than one prediction".formatted(keys),
                "run the intervals that made them again"));
  }

  /** Slices that another version than their champion made. */
  private List<Inconsistency> byOthers(List<SliceRecord> predictions) {
    Map<String, String> made = new HashMap<>();
    run.lake()
        .read(table)
        .select(TableDefinition.SLICE, "model_version")
        .distinct()
        .collectAsList()
        .forEach(row -> made.put(row.getString(0), row.getString(1)));
    List<Inconsistency> found = new ArrayList<>();
    for (SliceRecord row : predictions) {
      Optional<String> champion = models.championOf(row.slice()).map(ModelVersion::version);
      String maker = made.get(row.slice());
      if (maker != null && models.find(maker).isPresent() && !champion.equals(Optional.of(maker))) {
        found.add(
            Inconsistency.of(
                table,
                row.slice(),
                "%s made it, its champion is %s".formatted(maker, champion.orElse("nobody")),
                VerifyTables.again(run, row.slice())));
      }
    }
    return found;
  }

  /** The predictions for a slice's interval and later ones that were made before it was there. */
  private Optional<Inconsistency> madeWithout(SliceRecord slice, List<SliceRecord> predictions) {
    Optional<Instant> written = began(slice, "ingest");
    boolean empty = slice.counts().filesSeen() + slice.counts().rowsSeen() == 0;
    if (written.isEmpty() || empty) {
      return Optional.empty();
    }
    List<String> without =
        predictions.stream()
            .filter(row -> row.slice().compareTo(slice.slice()) >= 0)
            .filter(row -> began(row, "score").map(at -> at.isBefore(written.get())).orElse(false))
            .map(SliceRecord::slice)
            .toList();
    if (without.isEmpty()) {
      return Optional.empty();
    }
    String how =
        slice.actor().isEmpty()
            ? "was reloaded, backfilled or computed again"
            : "was accepted by " + slice.actor();
    return Optional.of(
        Inconsistency.of(
            slice.table(),
            slice.slice(),
            "it %s after predictions of %s were made without it".formatted(how, span(without)),
            "they stay as they were served"));
  }

  private static String span(List<String> slices) {
    String first = slices.get(0);
    return slices.size() == 1
        ? first
        : "%s..%s (%d)".formatted(first, slices.get(slices.size() - 1), slices.size());
  }
}
