package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import java.util.List;
import java.util.Optional;

/**
 * Moves the champion on somebody's word, from the interval after the newest one scored: what was
 * scored stays as it is.
 */
public final class MoveChampion {
  private final Models models;

  public MoveChampion(RunContext run) {
    this.models = new Models(run);
  }

  /**
   * What came of it.
   *
   * @param promotion the record that holds now
   * @param changed false if it said so before
   */
  public record Moved(Promotion promotion, boolean changed) {}

  /**
   * Makes a version the champion, accepted or not.
   *
   * @throws Exit.UserException if there is no such version
   */
  public Moved promote(String version, String actor, String reason) {
    ModelVersion found = new DescribeModels(models).require(version);
    int before = models.promotions().size();
    Promotion promotion =
        models.promote(
            version,
            models.nextUnscored(found.provenance().slice()),
            actor,
            reason,
            found.accepted()
                ? "accepted: " + String.join("; ", found.reasons())
                : "not accepted: " + String.join("; ", found.reasons()));
    return new Moved(promotion, models.promotions().size() > before);
  }

  /**
   * Takes back the newest promotion that still stands. Not idempotent: each call goes one back.
   *
   * @throws Exit.UserException if there is no champion, or none before it
   */
  public Moved rollback(String actor, String reason) {
    List<Promotion> promotions = models.promotions();
    if (promotions.isEmpty()) {
      throw new Exit.UserException("Cannot roll back: no version was promoted yet");
    }
    Promotion newest = promotions.get(promotions.size() - 1);
    Optional<ModelVersion> champion = models.find(newest.version());
    String from =
        models.nextUnscored(
            champion.map(version -> version.provenance().slice()).orElse(newest.fromSlice()));
    try {
      return new Moved(models.rollback(from, actor, reason), true);
    } catch (IllegalArgumentException e) {
      throw new Exit.UserException(e.getMessage());
    }
  }
}
