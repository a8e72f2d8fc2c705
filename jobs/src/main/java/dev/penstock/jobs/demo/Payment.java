package dev.penstock.jobs.demo;

import java.time.Instant;
import java.util.Optional;

/**
 * One card payment as it happened.
 *
 * @param paidAt to the second, UTC
 * @param terminal empty for an online payment
 * @param cents the amount in cents
 * @param fraud whether it was fraud; nobody knows before a chargeback says so
 * @param chargeback what the cardholder's bank reports later, if it does
 */
record Payment(
    String id,
    Instant paidAt,
    String customer,
    String card,
    Optional<String> terminal,
    long cents,
    boolean fraud,
    Optional<Chargeback> chargeback) {

  /**
   * A payment that the cardholder disputed.
   *
   * @param reportedAt 2 to 14 days after the payment, to the second
   * @param reason {@code fraud} or {@code not_received}
   */
  record Chargeback(Instant reportedAt, String reason) {}

  Payment withCents(long cents) {
    return new Payment(id, paidAt, customer, card, terminal, cents, fraud, chargeback);
  }

  String channel() {
    return terminal.isPresent() ? "pos" : "online";
  }

  /** The amount as the files write it: 12.50. */
  String amount() {
    return cents / 100 + (cents % 100 < 10 ? ".0" : ".") + cents % 100;
  }
}
