package dev.penstock.training;

import java.time.Instant;
import java.util.Optional;

/**
 * One row of {@code models/promotions}: from which interval on a version is the champion.
 *
 * @param sequence 1, 2, ... within the pipeline; the highest is the newest
 * @param kind forwards or back
 * @param version the champion from then on
 * @param previous the one before; empty for the first
 * @param fromSlice first interval that it scores
 * @param actor who decided: {@code acceptance}, or a person's name
 * @param reason one sentence
 * @param evidence JSON or text that the decision rests on; may be empty
 * @param run or command that recorded it
 * @param recordedAt when
 */
public record Promotion(
    String pipeline,
    long sequence,
    Kind kind,
    String version,
    Optional<String> previous,
    String fromSlice,
    String actor,
    String reason,
    String evidence,
    String run,
    Instant recordedAt) {
  /** Which way a version went. */
  public enum Kind {
    PROMOTE,
    ROLLBACK
  }
}
