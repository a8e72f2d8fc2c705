package dev.penstock.training;

import static org.apache.spark.sql.functions.col;

import dev.penstock.lake.Lake;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The models of all pipelines, in {@link Versions#TABLE} and {@link Promotions#TABLE}, with their
 * files beside them. Both tables are only appended to; every method may be repeated. Two trainings
 * of one pipeline at the same time must be kept apart by the caller (they write the same training
 * set, and one of those writes loses).
 */
public final class Registry {
  private final Lake lake;

  public Registry(Lake lake) {
    this.lake = lake;
  }

  /** All versions of a pipeline, oldest first. */
  public List<ModelVersion> versions(String pipeline) {
    return lake
        .read(Versions.TABLE.name(), Versions.TABLE.schema())
        .where(col("pipeline").equalTo(pipeline))
        .collectAsList()
        .stream()
        .map(Versions::version)
        .sorted(Comparator.comparingInt(version -> number(version.version())))
        .toList();
  }

  /** The version of that name. */
  public Optional<ModelVersion> find(String pipeline, String version) {
    return versions(pipeline).stream().filter(v -> v.version().equals(version)).findFirst();
  }

  /** The version trained on that training set: training again would make the same. */
  public Optional<ModelVersion> findByFingerprint(String pipeline, String fingerprint) {
    return versions(pipeline).stream()
        .filter(v -> v.provenance().fingerprint().equals(fingerprint))
        .findFirst();
  }

  /**
   * Saves the model's files, then records the version, accepted or not. A version of the same
   * fingerprint is returned as it is, and nothing is written.
   */
  public ModelVersion register(Provenance provenance, Trained trained, long seed) {
    List<ModelVersion> known = versions(provenance.pipeline());
    Optional<ModelVersion> same =
        known.stream()
            .filter(v -> v.provenance().fingerprint().equals(provenance.fingerprint()))
            .findFirst();
    if (same.isPresent()) {
      return same.get();
    }
    ModelVersion version = Versions.of(nextVersion(known), provenance, trained, seed);
    trained.model().save(lake.spark(), files(provenance.pipeline(), version.version()));
    lake.append(Versions.TABLE, List.of(Versions.row(version)));
    return version;
  }

  /**
   * The name that the next version gets.
   *
   * @param known all versions of the pipeline, oldest first
   */
  public static String nextVersion(List<ModelVersion> known) {
    int newest = known.isEmpty() ? 0 : number(known.get(known.size() - 1).version());
    return "v" + (newest + 1);
  }

  /** The model of a registered version. */
  public Model load(String pipeline, String version) {
    return Model.load(lake.spark(), files(pipeline, version));
  }

  /** Where the files of a version lie; {@code mllib/} in it opens in PySpark too. */
  public String files(String pipeline, String version) {
    return lake.path("models/files/" + pipeline + "/" + version);
  }

  /** All promotions and rollbacks of a pipeline, oldest first. */
  public List<Promotion> promotions(String pipeline) {
    return lake
        .read(Promotions.TABLE.name(), Promotions.TABLE.schema())
        .where(col("pipeline").equalTo(pipeline))
        .collectAsList()
        .stream()
        .map(Promotions::promotion)
        .sorted(Comparator.comparingLong(Promotion::sequence))
        .toList();
  }

  /**
   * The champion of an interval: the newest promotion that holds from it or an earlier one.
   *
   * @param slice name of the interval; names of one cadence sort as their intervals do
   */
  public Optional<Promotion> championOf(String pipeline, String slice) {
    return promotions(pipeline).stream()
        .filter(promotion -> promotion.fromSlice().compareTo(slice) <= 0)
        .reduce((earlier, later) -> later);
  }

  /**
   * Makes a version the champion from {@code fromSlice} on. If the newest record of the pipeline
   * says so already, that one is returned and nothing is written.
   *
   * @param evidence what the decision rests on, JSON or text; may be empty
   * @throws IllegalArgumentException if there is no such version
   */
  public Promotion promote(
      String pipeline,
      String version,
      String fromSlice,
      String actor,
      String reason,
      String evidence,
      String run,
      Instant recordedAt) {
    List<Promotion> known = promotions(pipeline);
    Optional<Promotion> newest = newest(known);
    if (newest.isPresent()
        && newest.get().version().equals(version)
        && newest.get().fromSlice().compareTo(fromSlice) <= 0) {
      return newest.get();
    }
    List<String> versions = versions(pipeline).stream().map(ModelVersion::version).toList();
    if (!versions.contains(version)) {
      throw new IllegalArgumentException(
          "Cannot promote %s of %s: there is no such version; versions: %s"
              .formatted(version, pipeline, versions));
    }
    return append(
        new Promotion(
            pipeline,
            known.size() + 1L,
            Promotion.Kind.PROMOTE,
            version,
            newest.map(Promotion::version),
            fromSlice,
            actor,
            reason,
            evidence,
            run,
            recordedAt));
  }

  /**
   * Takes back the newest promotion that still stands: the champion before it holds again.
   *
   * @throws IllegalArgumentException if there is no earlier champion
   */
  public Promotion rollback(
      String pipeline,
      String fromSlice,
      String actor,
      String reason,
      String run,
      Instant recordedAt) {
    List<Promotion> known = promotions(pipeline);
    Deque<String> standing = new ArrayDeque<>();
    for (Promotion promotion : known) {
      if (promotion.kind() == Promotion.Kind.PROMOTE) {
        standing.push(promotion.version());
      } else {
        standing.pop();
      }
    }
    if (standing.size() < 2) {
      throw new IllegalArgumentException(
          "Cannot roll back %s: there is no champion before %s"
              .formatted(pipeline, standing.isEmpty() ? "the first" : standing.peek()));
    }
    String current = standing.pop();
    return append(
        new Promotion(
            pipeline,
            known.size() + 1L,
            Promotion.Kind.ROLLBACK,
            standing.peek(),
            Optional.of(current),
            fromSlice,
            actor,
            reason,
            "",
            run,
            recordedAt));
  }

  private Promotion append(Promotion promotion) {
    lake.append(Promotions.TABLE, List.of(Promotions.row(promotion)));
    return promotion;
  }

  private static Optional<Promotion> newest(List<Promotion> promotions) {
    return promotions.isEmpty()
        ? Optional.empty()
        : Optional.of(promotions.get(promotions.size() - 1));
  }

  private static int number(String version) {
    return Integer.parseInt(version.substring(1));
  }
}
