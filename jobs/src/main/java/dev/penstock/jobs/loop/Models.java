package dev.penstock.jobs.loop;

import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.training.Model;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import dev.penstock.training.Provenance;
import dev.penstock.training.Registry;
import dev.penstock.training.Trained;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The pipeline's registered models; read once a run, and again after each change. */
public final class Models {
  private final RunContext run;
  private final Registry registry;
  private final String pipeline;
  private final Map<String, Model> loaded = new ConcurrentHashMap<>();
  private List<ModelVersion> versions;
  private List<Promotion> promotions;

  public Models(RunContext run) {
    this.run = run;
    this.registry = new Registry(run.lake());
    this.pipeline = run.pipeline().pipeline();
    refresh();
  }

  private void refresh() {
    Parallel.run(
        List.of(
            () -> versions = registry.versions(pipeline),
            () -> promotions = registry.promotions(pipeline)));
  }

  /** All versions, oldest first. */
  public List<ModelVersion> versions() {
    return versions;
  }

  /** All promotions and rollbacks, oldest first. */
  public List<Promotion> promotions() {
    return promotions;
  }

  /** The version of that name. */
  public Optional<ModelVersion> find(String version) {
    return versions.stream().filter(v -> v.version().equals(version)).findFirst();
  }

  /** The promotion that made the champion of an interval. */
  Optional<Promotion> promotionOf(String slice) {
    return promotions.stream()
        .filter(promotion -> promotion.fromSlice().compareTo(slice) <= 0)
        .reduce((earlier, later) -> later);
  }

  /** The version that scores an interval. */
  public Optional<ModelVersion> championOf(String slice) {
    return promotionOf(slice).flatMap(promotion -> find(promotion.version()));
  }

  Optional<ModelVersion> findByFingerprint(String fingerprint) {
    return versions.stream()
        .filter(v -> v.provenance().fingerprint().equals(fingerprint))
        .findFirst();
  }

  /** The name that the next version will get. */
  String nextVersion() {
    return Registry.nextVersion(versions);
  }

  ModelVersion register(Provenance provenance, Trained trained, long seed) {
    ModelVersion version = registry.register(provenance, trained, seed);
    loaded.put(version.version(), trained.model());
    refresh();
    return version;
  }

  /** The model of a version. */
  Model model(ModelVersion version) {
    return loaded.computeIfAbsent(version.version(), v -> registry.load(pipeline, v));
  }

  /** Loads the champion of an interval, for {@link #model} to have it. */
  void load(String slice) {
    championOf(slice).ifPresent(this::model);
  }

  /** Makes a version the champion of {@code fromSlice} and later. */
  Promotion promote(
      String version, String fromSlice, String actor, String reason, String evidence) {
    Promotion promotion =
        registry.promote(
            pipeline, version, fromSlice, actor, reason, evidence, run.token(), Instant.now());
    refresh();
    return promotion;
  }

  /** Makes the champion before the current one champion of {@code fromSlice} and later. */
  Promotion rollback(String fromSlice, String actor, String reason) {
    Promotion promotion =
        registry.rollback(pipeline, fromSlice, actor, reason, run.token(), Instant.now());
    refresh();
    return promotion;
  }

  /**
   * The interval from which a promotion made now holds: the one after the newest that was scored.
   *
   * @param trained the interval of a version's training; it counts where nothing was scored yet
   */
  String nextUnscored(String trained) {
    return run.ledger().committedUpTo(PredictedRows.predictions(run), "~").stream()
        .reduce((earlier, later) -> later)
        .map(row -> run.cadence().named(row.slice()))
        .or(() -> Optional.of(run.cadence().named(trained)))
        .map(interval -> run.cadence().next(interval).slice())
        .orElseThrow();
  }
}
