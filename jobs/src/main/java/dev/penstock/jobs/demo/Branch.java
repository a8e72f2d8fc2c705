package dev.penstock.jobs.demo;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A bank branch: 50 customers, two cards each, 20 terminals and about 100 payments a day. Branches
 * share nothing, so a larger data set is the smaller one with branches added.
 *
 * <p>Fraud, where it comes from: one terminal of a branch is compromised at any time, for four
 * weeks each, and more than half of the payments there are fraud; a card is stolen every eight days
 * or so and used for large amounts over three days; a few payments are fraud for no reason that
 * data could show; and from {@link Calendar#NEW_PATTERN_DAY} on most of the small payments made
 * online at night, innocent until then and as many as before, test stolen card numbers.
 *
 * @param firstDay the date of day 1
 * @param number from 0
 */
record Branch(Hash hash, LocalDate firstDay, int number) {
  static final int CUSTOMERS = 50;
  static final int CARDS = 2 * CUSTOMERS;
  static final int TERMINALS = 20;

  /** At least so many payments are made on any day, numbered from 0. */
  static final int LEAST_PAYMENTS = 90;

  private static final int COMPROMISED_DAYS = 28;
  private static final int BURST_DAYS = 3;
  private static final int ONLINE = -1;
  private static final double UNEXPLAINED = 0.002;
  private static final long HOUR = 3600;

  /** What the branch's cards paid on a day. */
  Stream<Payment> payments(int day) {
    return Stream.concat(payments(day, ordinaryPayments(day)), bursts(day));
  }

  /** The payments of a day that are disputed later, without making up all the others. */
  Stream<Payment> disputed(int day) {
    Stream<Payment> ordinary =
        IntStream.range(0, ordinaryPayments(day))
            .filter(index -> disputed(day, index, fraud(day, index)))
            .mapToObj(index -> payment(day, index));
    return Stream.concat(ordinary, bursts(day).filter(p -> p.chargeback().isPresent()));
  }

  /** The first payments of a day, of which there are {@link #LEAST_PAYMENTS} at least. */
  Stream<Payment> payments(int day, int count) {
    return IntStream.range(0, count).mapToObj(index -> payment(day, index));
  }

  private Payment payment(int day, int index) {
    if (tiny(day, index)) {
      return tinyAtNight(day, index);
    }
    int card = (int) (CARDS * StrictMath.pow(hash.uniform("card", number, day, index), 1.5));
    double spree = hash.chance(0.02, "spree", number, day, index) ? 4 : 1;
    long second =
        hash.chance(0.05, "night", number, day, index)
            ? (long) (6 * HOUR * hash.uniform("second", number, day, index))
            : daytime(day, index);
    return payment(day, index, second, card, terminal(day, index), spree, fraud(day, index));
  }

  /**
   * A payment that happened without fraud and is never disputed, outside the day's own numbering.
   *
   * @param kind distinguishes the identifiers of several such series
   */
  Payment extra(String kind, int day, int index) {
    int place = -1000 - 1000 * kind.charAt(0) - index;
    Payment payment =
        payment(
            day,
            place,
            daytime(day, place),
            hash.below(CARDS, "card", number, day, place),
            hash.below(TERMINALS, "terminal", number, day, place),
            1,
            false);
    return new Payment(
        id(day, kind + index),
        payment.paidAt(),
        payment.customer(),
        payment.card(),
        payment.terminal(),
        payment.cents(),
        false,
        Optional.empty());
  }

  String customerId(int customer) {
    return "K" + padded(number, 3) + "-" + padded(customer, 2);
  }

  String cardId(int card) {
    return "C" + padded(number, 3) + "-" + padded(card, 2);
  }

  String terminalId(int terminal) {
    return "T" + padded(number, 3) + "-" + padded(terminal, 2);
  }

  private Payment tinyAtNight(int day, int index) {
    long second = (long) (5 * HOUR * hash.uniform("second", number, day, index));
    int card = hash.below(CARDS, "card", number, day, index);
    long cents = 50 + hash.below(250, "tiny amount", number, day, index);
    return finished(day, index, second, card, ONLINE, cents, fraud(day, index));
  }

  private int ordinaryPayments(int day) {
    return LEAST_PAYMENTS + hash.below(21, "payments", number, day);
  }

  private boolean tiny(int day, int index) {
    return hash.chance(0.05, "tiny", number, day, index);
  }

  private int terminal(int day, int index) {
    return hash.chance(0.2, "online", number, day, index)
        ? ONLINE
        : hash.below(TERMINALS, "terminal", number, day, index);
  }

  private boolean fraud(int day, int index) {
    double share = UNEXPLAINED;
    if (tiny(day, index)) {
      share = day < Calendar.NEW_PATTERN_DAY ? UNEXPLAINED : 0.7;
    } else if (terminal(day, index) == compromisedTerminal(day)) {
      share = 0.55;
    }
    return hash.chance(share, "fraud", number, day, index);
  }

  private boolean disputed(int day, int index, boolean fraud) {
    return hash.chance(fraud ? 0.95 : 0.003, "disputed", number, day, index);
  }

  private Stream<Payment> bursts(int day) {
    return IntStream.rangeClosed(day - BURST_DAYS + 1, day)
        .boxed()
        .flatMap(theft -> burst(theft, day));
  }

  private Stream<Payment> burst(int theft, int day) {
    if (!hash.chance(0.12, "theft", number, theft)) {
      return Stream.empty();
    }
    int card = hash.below(CARDS, "stolen card", number, theft);
    int payments = 2 + hash.below(4, "burst", number, theft, day);
    return IntStream.range(0, payments)
        .mapToObj(
            i -> {
              int index = 1000 + 10 * (day - theft) + i;
              boolean online = hash.chance(0.5, "online", number, day, index);
              int terminal = hash.below(TERMINALS, "terminal", number, day, index);
              double factor = 4 + 4 * hash.uniform("factor", number, day, index);
              return payment(
                  day, index, daytime(day, index), card, online ? ONLINE : terminal, factor, true);
            });
  }

  private int compromisedTerminal(int day) {
    int shift = 11 * number % COMPROMISED_DAYS; // so that not all branches change terminals at once
    return hash.below(
        TERMINALS, "compromised", number, Math.floorDiv(day + shift, COMPROMISED_DAYS));
  }

  /** A second between 6 and 24 o'clock, most in the afternoon. */
  private long daytime(int day, int index) {
    double both =
        hash.uniform("second", number, day, index) + hash.uniform("minute", number, day, index);
    return (long) (6 * HOUR + 9 * HOUR * both);
  }

  private Payment payment(
      int day, int index, long second, int card, int terminal, double factor, boolean fraud) {
    double customerMean = 3.6 + 0.4 * hash.normal("customer mean", number, card / 2);
    double log = customerMean + 0.6 * hash.normal("amount", number, day, index);
    long cents = Math.max(50, (long) (100 * factor * StrictMath.exp(log)));
    return finished(day, index, second, card, terminal, cents, fraud);
  }

  private Payment finished(
      int day, int index, long second, int card, int terminal, long cents, boolean fraud) {
    Instant paidAt =
        firstDay.plusDays(day - 1).atStartOfDay(ZoneOffset.UTC).toInstant().plusSeconds(second);
    return new Payment(
        id(day, index < 1000 ? padded(index, 3) : "S" + index),
        paidAt,
        customerId(card / 2),
        cardId(card),
        terminal == ONLINE ? Optional.empty() : Optional.of(terminalId(terminal)),
        day < Calendar.SHIFT_DAY ? cents : cents * 18 / 10,
        fraud,
        chargeback(day, index, paidAt, fraud));
  }

  /** Three quarters of the chargebacks come within 3 days, nine of ten within 7, all in 14. */
  private Optional<Payment.Chargeback> chargeback(
      int day, int index, Instant paidAt, boolean fraud) {
    if (!disputed(day, index, fraud)) {
      return Optional.empty();
    }
    double slowness = StrictMath.pow(hash.uniform("delay", number, day, index), 10);
    Instant reportedAt = paidAt.plusSeconds((long) (48 * HOUR + (12 * 24 - 1) * HOUR * slowness));
    return Optional.of(new Payment.Chargeback(reportedAt, fraud ? "fraud" : "not_received"));
  }

  private String id(int day, String suffix) {
    String date = firstDay.plusDays(day - 1).toString().replace("-", "");
    return "P" + date + "-" + padded(number, 3) + "-" + suffix;
  }

  /** With leading zeros; {@code String.format} would take most of the time of a large data set. */
  private static String padded(int number, int digits) {
    String text = Integer.toString(number);
    return "0".repeat(Math.max(0, digits - text.length())) + text;
  }
}
