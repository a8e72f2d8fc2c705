package dev.penstock.jobs.demo;

import static dev.penstock.jobs.demo.Planted.Reason.ADDED_COLUMN;
import static dev.penstock.jobs.demo.Planted.Reason.ADDED_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.CHANGED_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.CHANGED_SNAPSHOT_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.CORRECTION;
import static dev.penstock.jobs.demo.Planted.Reason.DUPLICATE;
import static dev.penstock.jobs.demo.Planted.Reason.NEGATIVE_AMOUNT;
import static dev.penstock.jobs.demo.Planted.Reason.NO_EVENT_TIME;
import static dev.penstock.jobs.demo.Planted.Reason.REMOVED_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.UNKNOWN_TRANSACTION;
import static dev.penstock.jobs.demo.Planted.Reason.UNPARSEABLE_AMOUNT;

import dev.penstock.jobs.demo.Planted.Reason;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The lines of the files that the branches' bank sends, header first. Streams are lazy: a file of
 * any size takes the memory of a line. What is planted is planted in the first branch.
 *
 * @param branches at least one
 */
record Bank(Calendar calendar, Hash hash, List<Branch> branches) {
  static final String TRANSACTIONS = "transactions";
  static final String CHARGEBACKS = "chargebacks";
  static final String TERMINALS = "terminals";

  private static final List<String> CATEGORIES =
      List.of("grocery", "fuel", "restaurant", "electronics", "clothing");
  private static final List<String> SEGMENTS = List.of("student", "family", "business", "retired");
  private static final int SLOWEST_CHARGEBACK_DAYS = 14;

  /** What the cards really paid on a day; nothing happens before day 1. */
  Stream<Payment> payments(int day) {
    return day < 1 ? Stream.empty() : branches.stream().flatMap(branch -> branch.payments(day));
  }

  /** The day's transactions as the bank sends them on the day. */
  Stream<String> transactions(int day) {
    boolean wide =
        calendar.planted().stream()
            .filter(p -> p.reason() == ADDED_COLUMN)
            .anyMatch(p -> calendar.day(p.date()) <= day);
    Function<Payment, String> line = p -> line(p, time(p), p.amount(), wide);
    String header =
        "transaction_id,paid_at,customer_id,card_id,terminal_id,channel,"
            + (wide ? "entry_mode," : "")
            + "amount";
    Stream<String> broken =
        Stream.of(
                planted(day, "A", UNPARSEABLE_AMOUNT, p -> line(p, time(p), "1O.5O", wide)),
                planted(day, "N", NEGATIVE_AMOUNT, p -> line(p, time(p), "-12.50", wide)),
                planted(day, "E", NO_EVENT_TIME, p -> line(p, "", p.amount(), wide)))
            .flatMap(lines -> lines);
    Stream<Payment> again = first().payments(day, calendar.count(day, TRANSACTIONS, DUPLICATE));
    return Stream.of(
            Stream.of(header),
            payments(day).map(line),
            again.map(line),
            fromEarlierDays(day).map(line),
            broken)
        .flatMap(lines -> lines);
  }

  /** The day's transactions as the bank sends them once more, on day {@code sent}. */
  Stream<String> transactionsSentAgain(int day, int sent) {
    int changed = calendar.count(sent, TRANSACTIONS, CHANGED_ROW);
    int added = calendar.count(sent, TRANSACTIONS, ADDED_ROW);
    if (changed == 0) {
      return transactions(day);
    }
    Set<String> changing = ids(first().payments(day, changed));
    Set<String> removed =
        ids(
            first()
                .payments(day, Branch.LEAST_PAYMENTS)
                .skip(changed)
                .filter(p -> p.chargeback().isEmpty())
                .limit(calendar.count(sent, TRANSACTIONS, REMOVED_ROW)));
    String header = transactions(day).findFirst().orElseThrow();
    Stream<Payment> rows =
        Stream.concat(
            payments(day)
                .filter(p -> !removed.contains(p.id()))
                .map(p -> changing.contains(p.id()) ? corrected(p) : p),
            IntStream.range(0, added).mapToObj(i -> first().extra("X", day, i)));
    return Stream.concat(Stream.of(header), rows.map(p -> line(p, time(p), p.amount(), false)));
  }

  /** The chargebacks that were reported on a day. */
  Stream<String> chargebacks(int day) {
    Stream<String> reported =
        IntStream.rangeClosed(day - SLOWEST_CHARGEBACK_DAYS, day - 2)
            .boxed()
            .filter(paid -> paid >= 1)
            .flatMap(paid -> branches.stream().flatMap(branch -> branch.disputed(paid)))
            .map(p -> new Reported(p.id(), p.chargeback().get()))
            .filter(r -> r.on(calendar, day))
            .map(Reported::line);
    Stream<String> unknown =
        IntStream.range(0, calendar.count(day, CHARGEBACKS, UNKNOWN_TRANSACTION))
            .mapToObj(i -> first().extra("U", day, i))
            .map(p -> new Reported(p.id(), new Payment.Chargeback(p.paidAt(), "fraud")).line());
    return Stream.of(
            Stream.of("chargeback_id,transaction_id,reported_at,reason"), reported, unknown)
        .flatMap(lines -> lines);
  }

  Stream<String> customers() {
    return Stream.concat(
        Stream.of("customer_id,segment,customer_since"),
        entities(
            Branch.CUSTOMERS,
            (branch, i) ->
                "%s,%s,%d"
                    .formatted(
                        branch.customerId(i),
                        SEGMENTS.get(hash.below(SEGMENTS.size(), "segment", branch.number(), i)),
                        2005 + hash.below(20, "since", branch.number(), i))));
  }

  Stream<String> cards() {
    return Stream.concat(
        Stream.of("card_id,customer_id,kind,credit_limit"),
        entities(
            Branch.CARDS,
            (branch, i) ->
                "%s,%s,%s,%d"
                    .formatted(
                        branch.cardId(i),
                        branch.customerId(i / 2),
                        i % 2 == 0 ? "debit" : "credit",
                        1000 * (1 + hash.below(10, "limit", branch.number(), i)))));
  }

  /** The terminals as they are on a day. */
  Stream<String> terminals(int day) {
    int changed =
        calendar.planted().stream()
            .filter(p -> p.reason() == CHANGED_SNAPSHOT_ROW && calendar.day(p.date()) <= day)
            .mapToInt(Planted::count)
            .sum();
    return Stream.concat(
        Stream.of("terminal_id,category,opened"),
        entities(
            Branch.TERMINALS,
            (branch, i) -> {
              int category = hash.below(CATEGORIES.size(), "category", branch.number(), i);
              int now = branch.number() == 0 && i < changed ? category + 1 : category;
              return "%s,%s,%d"
                  .formatted(
                      branch.terminalId(i),
                      CATEGORIES.get(now % CATEGORIES.size()),
                      2010 + hash.below(15, "opened", branch.number(), i));
            }));
  }

  /** Late payments, and corrections of payments of earlier days. */
  private Stream<Payment> fromEarlierDays(int day) {
    return calendar.planted(day, TRANSACTIONS).stream()
        .flatMap(
            planted -> {
              int about = calendar.day(planted.about());
              return switch (planted.reason()) {
                case LATE, TOO_LATE ->
                    IntStream.range(0, planted.count()).mapToObj(i -> first().extra("L", about, i));
                case CORRECTION -> first().payments(about, planted.count()).map(this::corrected);
                default -> Stream.<Payment>empty();
              };
            });
  }

  private Stream<String> planted(
      int day, String kind, Reason reason, Function<Payment, String> line) {
    return IntStream.range(0, calendar.count(day, TRANSACTIONS, reason))
        .mapToObj(i -> line.apply(first().extra(kind, day, i)));
  }

  private Stream<String> entities(int count, BiFunction<Branch, Integer, String> line) {
    return branches.stream()
        .flatMap(branch -> IntStream.range(0, count).mapToObj(i -> line.apply(branch, i)));
  }

  private Branch first() {
    return branches.get(0);
  }

  private Payment corrected(Payment payment) {
    return payment.withCents(payment.cents() * 11 / 10);
  }

  private static Set<String> ids(Stream<Payment> payments) {
    return payments.map(Payment::id).collect(Collectors.toSet());
  }

  private static String time(Payment payment) {
    return payment.paidAt().toString();
  }

  private static String line(Payment payment, String time, String amount, boolean wide) {
    return String.join(
        ",",
        payment.id(),
        time,
        payment.customer(),
        payment.card(),
        payment.terminal().orElse(""),
        payment.channel() + (wide ? "," + (payment.terminal().isPresent() ? "chip" : "web") : ""),
        amount);
  }

  /** A chargeback and the payment that it is about. */
  private record Reported(String transaction, Payment.Chargeback chargeback) {
    boolean on(Calendar calendar, int day) {
      OffsetDateTime reported = chargeback.reportedAt().atOffset(ZoneOffset.UTC);
      return reported.toLocalDate().equals(calendar.date(day));
    }

    String line() {
      return "B%s,%s,%s,%s"
          .formatted(
              transaction.substring(1), transaction, chargeback.reportedAt(), chargeback.reason());
    }
  }
}
