package dev.penstock.jobs.demo;

import static dev.penstock.jobs.demo.Planted.Reason.ADDED_COLUMN;
import static dev.penstock.jobs.demo.Planted.Reason.ADDED_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.CHANGED_FILE;
import static dev.penstock.jobs.demo.Planted.Reason.CHANGED_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.CHANGED_SNAPSHOT_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.CORRECTION;
import static dev.penstock.jobs.demo.Planted.Reason.CUT_OFF;
import static dev.penstock.jobs.demo.Planted.Reason.DUPLICATE;
import static dev.penstock.jobs.demo.Planted.Reason.GARBAGE;
import static dev.penstock.jobs.demo.Planted.Reason.IDENTICAL_FILE;
import static dev.penstock.jobs.demo.Planted.Reason.LATE;
import static dev.penstock.jobs.demo.Planted.Reason.NEGATIVE_AMOUNT;
import static dev.penstock.jobs.demo.Planted.Reason.NO_EVENT_TIME;
import static dev.penstock.jobs.demo.Planted.Reason.REMOVED_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.REPAIRED_FILE;
import static dev.penstock.jobs.demo.Planted.Reason.TEMPORARY_NAME;
import static dev.penstock.jobs.demo.Planted.Reason.TOO_LATE;
import static dev.penstock.jobs.demo.Planted.Reason.UNKNOWN_TRANSACTION;
import static dev.penstock.jobs.demo.Planted.Reason.UNPARSEABLE_AMOUNT;
import static dev.penstock.jobs.demo.Planted.Reason.WRONG_HEADER;

import dev.penstock.jobs.demo.Planted.Reason;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What happens on which day, the first day of history being day 1.
 *
 * @param firstDay the date of day 1
 * @param historyDays how many days come before the first daily run
 * @param plan what is planted
 */
record Calendar(LocalDate firstDay, int historyDays, List<Entry> plan) {
  static final int HISTORY_DAYS = 90;

  /** From the sixth daily run on all amounts are 1.8 times what they would have been. */
  static final int SHIFT_DAY = HISTORY_DAYS + 6;

  /** From the tenth daily run on small payments online at night are mostly fraud. */
  static final int NEW_PATTERN_DAY = HISTORY_DAYS + 10;

  private static final String TRANSACTIONS = "transactions";
  private static final String CHARGEBACKS = "chargebacks";

  /**
   * One line of the plan.
   *
   * @param day whose run meets it
   * @param about the day that it is about
   */
  record Entry(int day, String source, Reason reason, int count, int about) {}

  /** The calendar of the demo. */
  static Calendar of(LocalDate firstDay) {
    return new Calendar(firstDay, HISTORY_DAYS, PLAN);
  }

  private static final List<Entry> PLAN =
      List.of(
          history(20, CHARGEBACKS, GARBAGE, 1, 20),
          history(60, TRANSACTIONS, LATE, 6, 58),
          history(60, TRANSACTIONS, TOO_LATE, 3, 50),
          history(62, TRANSACTIONS, UNPARSEABLE_AMOUNT, 4, 62),
          history(62, TRANSACTIONS, NEGATIVE_AMOUNT, 3, 62),
          history(62, TRANSACTIONS, NO_EVENT_TIME, 2, 62),
          history(65, TRANSACTIONS, DUPLICATE, 6, 65),
          history(70, TRANSACTIONS, CORRECTION, 5, 69),
          history(75, CHARGEBACKS, UNKNOWN_TRANSACTION, 5, 75),
          daily(4, TRANSACTIONS, TEMPORARY_NAME, 3, 4),
          daily(5, CHARGEBACKS, UNKNOWN_TRANSACTION, 3, 5),
          daily(7, TRANSACTIONS, LATE, 5, 5),
          daily(8, CHARGEBACKS, WRONG_HEADER, 1, 8),
          daily(9, CHARGEBACKS, REPAIRED_FILE, 1, 8),
          daily(11, TRANSACTIONS, TOO_LATE, 4, 6),
          daily(12, TRANSACTIONS, CORRECTION, 8, 11),
          daily(14, TRANSACTIONS, CHANGED_FILE, 1, 13),
          daily(14, TRANSACTIONS, CHANGED_ROW, 20, 13),
          daily(14, TRANSACTIONS, REMOVED_ROW, 3, 13),
          daily(14, TRANSACTIONS, ADDED_ROW, 2, 13),
          daily(15, TRANSACTIONS, CUT_OFF, 40, 15),
          daily(16, TRANSACTIONS, REPAIRED_FILE, 1, 15),
          daily(16, "terminals", CHANGED_SNAPSHOT_ROW, 5, 16),
          daily(17, TRANSACTIONS, DUPLICATE, 7, 17),
          daily(18, TRANSACTIONS, ADDED_COLUMN, 1, 18),
          daily(19, TRANSACTIONS, UNPARSEABLE_AMOUNT, 5, 19),
          daily(19, TRANSACTIONS, NEGATIVE_AMOUNT, 4, 19),
          daily(19, TRANSACTIONS, NO_EVENT_TIME, 3, 19),
          daily(21, TRANSACTIONS, IDENTICAL_FILE, 1, 20),
          daily(23, CHARGEBACKS, UNKNOWN_TRANSACTION, 4, 23));

  private static Entry history(int day, String source, Reason reason, int count, int about) {
    return new Entry(day, source, reason, count, about);
  }

  private static Entry daily(int run, String source, Reason reason, int count, int about) {
    return new Entry(HISTORY_DAYS + run, source, reason, count, HISTORY_DAYS + about);
  }

  int day(LocalDate date) {
    return (int) ChronoUnit.DAYS.between(firstDay, date) + 1;
  }

  LocalDate date(int day) {
    return firstDay.plusDays(day - 1L);
  }

  /** The whole plan, by day. */
  List<Planted> planted() {
    return plan.stream()
        .map(e -> new Planted(date(e.day), e.source, e.reason, e.count, date(e.about)))
        .toList();
  }

  /** What is planted into what the run for that day reads of that source. */
  List<Planted> planted(int day, String source) {
    return planted().stream()
        .filter(p -> p.date().equals(date(day)) && p.source().equals(source))
        .toList();
  }

  /** How much of it is planted for that day's run; 0 for nothing. */
  int count(int day, String source, Reason reason) {
    return planted(day, source).stream()
        .filter(p -> p.reason() == reason)
        .mapToInt(Planted::count)
        .sum();
  }
}
