package dev.penstock.jobs.report;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.UsedSlices;
import dev.penstock.jobs.ingest.WaitingFiles;
import dev.penstock.jobs.ledger.Decisions;
import dev.penstock.jobs.ledger.Ledger;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Interval;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where a pipeline stands.
 *
 * @param pipeline its name
 * @param description of the pipeline file; may be blank
 * @param newest the newest interval whose slice is in the predicted table, or in any table of a
 *     pipeline that declares no such; empty if there is none
 * @param champion the version that scores the next interval; empty if there is none
 * @param age intervals from the champion's training to the newest; empty without champion
 * @param labels share of predictions whose labels have come, in the newest window that has matured
 * @param decision the monitor's last, in a sentence; empty if there is none
 * @param decided the interval that it is about; empty exactly like {@code decision}
 * @param undelivered the decision to retrain that the environment's Airflow has not got; empty if
 *     none waits, or there is no Airflow
 * @param refused slices that a gate refused and nobody accepted, newest first
 * @param waiting files whose interval was never run
 * @param next the command to type
 */
public record PipelineStatus(
    String pipeline,
    String description,
    Optional<String> newest,
    Optional<String> champion,
    OptionalLong age,
    Optional<Double> labels,
    Optional<String> decision,
    Optional<String> decided,
    Optional<Undelivered> undelivered,
    List<Refused> refused,
    List<WaitingFiles> waiting,
    String next) {
  /** A decision to retrain that waits for Airflow. */
  public record Undelivered(String slice, String reason) {}

  /** A slice that waits for somebody. */
  public record Refused(String source, String slice, String reason) {}

  /** Whether the pipeline ever ran. */
  public boolean hasRun() {
    return newest.isPresent() || !refused.isEmpty();
  }

  /**
   * Where a pipeline stands.
   *
   * @param ledger of its tables, and of those that it uses
   * @param slices the newest row of each slice of sources and derived tables, by table
   * @param reached the rows among which the newest committed one tells how far the pipeline was run
   * @param decisions the newest row of each decision, in order
   * @param undelivered the one that waits for the environment's Airflow
   */
  static PipelineStatus of(
      Pipelines.Loaded loaded,
      Ledger ledger,
      Map<String, List<SliceRecord>> slices,
      List<SliceRecord> reached,
      List<SliceRecord> decisions,
      Optional<SliceRecord> undelivered,
      List<ModelVersion> versions,
      List<Promotion> promotions,
      Optional<Double> labels,
      List<WaitingFiles> waiting) {
    Pipeline pipeline = loaded.pipeline();
    Cadence cadence = pipeline.cadence();
    Optional<String> newest =
        reached.stream()
            .filter(row -> row.verdict() == Verdict.COMMITTED)
            .map(SliceRecord::slice)
            .max(String::compareTo);
    List<Refused> refused =
        slices.entrySet().stream()
            .flatMap(
                table ->
                    table.getValue().stream()
                        .filter(row -> row.verdict() == Verdict.REFUSED)
                        .map(row -> new Refused(table.getKey(), row.slice(), row.reason())))
            .sorted((a, b) -> b.slice().compareTo(a.slice()))
            .toList();
    Optional<Promotion> promotion = last(promotions);
    OptionalLong age =
        promotion
            .flatMap(p -> versions.stream().filter(v -> v.version().equals(p.version())).findAny())
            .map(version -> version.provenance().slice())
            .flatMap(trained -> newest.map(now -> between(cadence, trained, now)))
            .map(OptionalLong::of)
            .orElse(OptionalLong.empty());
    Optional<SliceRecord> decision = last(decisions);
    return new PipelineStatus(
        pipeline.pipeline(),
        pipeline.description().orElse(""),
        newest,
        promotion.map(Promotion::version),
        age,
        labels,
        decision.map(SliceRecord::reason),
        decision.map(SliceRecord::slice),
        undelivered.map(row -> new Undelivered(row.slice(), row.reason())),
        refused,
        waiting,
        undelivered.isPresent()
            ? "./penstock trigger " + pipeline.pipeline()
            : next(loaded, ledger, newest, refused, decision, versions));
  }

  private static long between(Cadence cadence, String from, String to) {
    return cadence.range(cadence.named(from), cadence.named(to)).size() - 1L;
  }

  private static String next(
      Pipelines.Loaded loaded,
      Ledger ledger,
      Optional<String> newest,
      List<Refused> refused,
      Optional<SliceRecord> decision,
      List<ModelVersion> versions) {
    String name = loaded.pipeline().pipeline();
    boolean owesTraining =
        decision
            .filter(Decisions::isPositive)
            .filter(row -> Decisions.training(row, versions).isEmpty())
            .isPresent();
    if (owesTraining) {
      return loaded.airflow().isPresent() // which has got the decision
          ? "./penstock airflow status " + name
          : "./penstock train %s --date %s".formatted(name, decision.orElseThrow().slice());
    }
    Optional<Refused> held =
        refused.stream()
            .findFirst()
            .filter(row -> newest.isEmpty() || row.slice().compareTo(newest.get()) > 0);
    if (held.isPresent()) {
      return "./penstock gate accept %s %s --date %s --reason WHY"
          .formatted(name, held.get().source(), held.get().slice());
    }
    if (newest.isEmpty()) {
      String first =
          loaded.inputs().entrySet().stream()
              .filter(used -> ledger.all(RunContext.sourceTable(used.getKey())).isEmpty())
              .map(Map.Entry::getValue)
              .findFirst()
              .orElse(name);
      return "./penstock run %s --from FIRST --to LAST".formatted(first);
    }
    Cadence cadence = loaded.pipeline().cadence();
    Interval next = cadence.next(cadence.named(newest.get()));
    return new UsedSlices(loaded, ledger, List.of(next))
        .owed()
        .orElseGet(() -> "./penstock run %s --date %s".formatted(name, next.slice()));
  }

  private static <T> Optional<T> last(List<T> rows) {
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(rows.size() - 1));
  }

  /** For machines: maps, records, texts and numbers; what there is not is null. */
  public Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("pipeline", pipeline);
    json.put("newest_slice", newest.orElse(null));
    json.put("champion", champion.orElse(null));
    json.put("champion_age_intervals", age.isPresent() ? age.getAsLong() : null);
    json.put("label_coverage", labels.orElse(null));
    json.put("decision", decision.orElse(null));
    json.put("decision_slice", decided.orElse(null));
    json.put("undelivered", undelivered.orElse(null));
    json.put("refused", refused);
    Map<String, Object> files = new LinkedHashMap<>();
    waiting.forEach(each -> files.put(each.source(), each.names()));
    json.put("waiting", files);
    json.put("next", next);
    return json;
  }
}
