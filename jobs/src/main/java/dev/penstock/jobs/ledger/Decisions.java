package dev.penstock.jobs.ledger;

import dev.penstock.training.ModelVersion;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the monitor decided about a pipeline's intervals, and what of it reached Airflow. The ledger
 * keeps both under names of which there are no tables.
 *
 * @param ledger that has the pipeline's rows
 * @param pipeline its name
 */
public record Decisions(Ledger ledger, String pipeline) {
  /** What rows of a decision to retrain count. */
  public static final String RETRAIN = "retrain";

  /** The ledger's name for decisions. */
  public String table() {
    return "decisions/" + pipeline;
  }

  /** The ledger's name for deliveries; each has slice and fingerprint of its decision. */
  public String deliveries() {
    return "triggers/" + pipeline;
  }

  /** Whether a decision says to retrain. */
  public static boolean isPositive(SliceRecord decision) {
    return decision.quarantined().containsKey(RETRAIN);
  }

  /** The newest of decisions in order that says to retrain. */
  public static Optional<SliceRecord> newestPositive(List<SliceRecord> decisions) {
    return decisions.stream().filter(Decisions::isPositive).reduce((earlier, later) -> later);
  }

  /** Whether Airflow has got exactly this decision. */
  public boolean isDelivered(SliceRecord decision) {
    return delivery(decision).isPresent();
  }

  private Optional<SliceRecord> delivery(SliceRecord decision) {
    return ledger
        .find(deliveries(), decision.slice())
        .filter(row -> row.fingerprint().equals(decision.fingerprint()));
  }

  /** The first version whose training saw all that a decision saw. */
  public static Optional<ModelVersion> training(SliceRecord decision, List<ModelVersion> versions) {
    return versions.stream()
        .filter(version -> version.provenance().slice().compareTo(decision.slice()) >= 0)
        .findFirst();
  }

  /**
   * Why a decision needs no run any more; empty if it waits for delivery. A newer one supersedes
   * it: a training for its interval sees all that this one saw.
   *
   * @param versions the pipeline's, oldest first; asked for only if the ledger gives no reason
   */
  public Optional<String> superseded(SliceRecord decision, Supplier<List<ModelVersion>> versions) {
    Stream<SliceRecord> later =
        ledger.all(deliveries()).stream()
            .filter(row -> row.slice().compareTo(decision.slice()) > 0);
    return Stream.concat(delivery(decision).stream(), later)
        .findFirst()
        .map(row -> "the decision about %s was delivered (%s)".formatted(row.slice(), row.reason()))
        .or(
            () ->
                training(decision, versions.get())
                    .map(
                        version ->
                            "%s was trained for %s"
                                .formatted(version.version(), version.provenance().slice())));
  }
}
