package dev.penstock.jobs.demo;

import static dev.penstock.jobs.demo.Bank.CHARGEBACKS;
import static dev.penstock.jobs.demo.Bank.TERMINALS;
import static dev.penstock.jobs.demo.Bank.TRANSACTIONS;
import static dev.penstock.jobs.demo.Planted.Reason.CHANGED_FILE;
import static dev.penstock.jobs.demo.Planted.Reason.CHANGED_SNAPSHOT_ROW;
import static dev.penstock.jobs.demo.Planted.Reason.CUT_OFF;
import static dev.penstock.jobs.demo.Planted.Reason.GARBAGE;
import static dev.penstock.jobs.demo.Planted.Reason.IDENTICAL_FILE;
import static dev.penstock.jobs.demo.Planted.Reason.REPAIRED_FILE;
import static dev.penstock.jobs.demo.Planted.Reason.TEMPORARY_NAME;
import static dev.penstock.jobs.demo.Planted.Reason.WRONG_HEADER;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Card payments of a small bank, made up: files for the pipeline {@code card_fraud}, {@link
 * #HISTORY_DAYS} days of history and {@link #DAILY_RUNS} days more, with everything in them that
 * real deliveries get wrong, in known amounts. Every value is a hash of the seed and its place, so
 * the same seed always writes the same bytes, any day can be written alone, and a larger {@code
 * scale} adds rows without changing the others.
 *
 * <p>The folder is written as a bank would: {@link #writeHistory} once, then {@link #writeDay}
 * before the run of each date, in order, which also sends earlier files again where the plan says
 * so. Day 1 is the first day of history; the amounts shift with the sixth daily run, and a fraud
 * pattern that no feature knows starts with the tenth.
 */
public final class CardPayments {
  /** How many days are written as history. */
  public static final int HISTORY_DAYS = Calendar.HISTORY_DAYS;

  /** How many daily runs the plan is made for; later days are ordinary ones. */
  public static final int DAILY_RUNS = 30;

  private static final int BRANCHES = 10;

  private final Calendar calendar;
  private final Hash hash;
  private final Bank bank;

  /**
   * A data set, nothing of it written yet.
   *
   * @param scale 1 is about 1,000 payments a day; the least is 0.1
   * @param firstDay the first day of history
   * @throws IllegalArgumentException if {@code scale} is below 0.1
   */
  public CardPayments(long seed, double scale, LocalDate firstDay) {
    this(seed, scale, Calendar.of(firstDay));
  }

  CardPayments(long seed, double scale, Calendar calendar) {
    if (!(scale >= 0.1)) {
      throw new IllegalArgumentException("scale is %s; the least is 0.1".formatted(scale));
    }
    this.calendar = calendar;
    hash = new Hash(seed);
    List<Branch> branches =
        IntStream.range(0, (int) Math.round(BRANCHES * scale))
            .mapToObj(number -> new Branch(hash, calendar.firstDay(), number))
            .toList();
    bank = new Bank(calendar, hash, branches);
  }

  /** How many days of history there are. */
  int historyDays() {
    return calendar.historyDays();
  }

  /** The first day of history. */
  public LocalDate firstDay() {
    return calendar.firstDay();
  }

  /** The date of the {@code run}th daily run, from 1; 0 is the last day of history. */
  public LocalDate dailyRun(int run) {
    return calendar.date(calendar.historyDays() + run);
  }

  /** The date with which the amounts shift: all features of amounts move, fraud does not. */
  public LocalDate amountsShift() {
    return calendar.date(Calendar.SHIFT_DAY);
  }

  /** The date with which the new fraud pattern starts: features stay, labels change. */
  public LocalDate newPattern() {
    return calendar.date(Calendar.NEW_PATTERN_DAY);
  }

  /** Everything that is planted for the runs of these dates, both included, by date. */
  public List<Planted> planted(LocalDate from, LocalDate to) {
    return calendar.planted().stream()
        .filter(p -> !p.date().isBefore(from) && !p.date().isAfter(to))
        .toList();
  }

  /** The files that the bank sends again on a date, whole this time. */
  List<Planted> repaired(LocalDate date) {
    return planted(date, date).stream().filter(p -> p.reason() == REPAIRED_FILE).toList();
  }

  /** How many payments were really made on a date: a repaired or undisturbed file has so many. */
  public long payments(LocalDate date) {
    return bank.payments(calendar.day(date)).count();
  }

  /**
   * Writes the snapshots and the files of these dates, both included; what is there is replaced.
   *
   * @throws UncheckedIOException if a file can't be written
   */
  public void writeHistory(Path landing, LocalDate from, LocalDate to) {
    write(landing.resolve("customers.csv"), bank.customers());
    write(landing.resolve("cards.csv"), bank.cards());
    write(landing.resolve("terminals.csv"), bank.terminals(calendar.day(from)));
    from.datesUntil(to.plusDays(1)).forEach(date -> writeDay(landing, date));
  }

  /**
   * Writes what the bank sends on a date: the files of that date, and those that it sends again.
   * Temporary files of the day before are gone afterwards.
   *
   * @throws UncheckedIOException if a file can't be written
   */
  public void writeDay(Path landing, LocalDate date) {
    int day = calendar.day(date);
    long cutOff = calendar.count(day, TRANSACTIONS, CUT_OFF);
    Stream<String> transactions = bank.transactions(day);
    write(
        file(landing, TRANSACTIONS, date),
        cutOff > 0 ? transactions.limit(1 + cutOff) : transactions);
    writeChargebacks(landing, day);
    sendAgain(landing, day);
    writeTemporaryFiles(landing, day);
    if (calendar.count(day, TERMINALS, CHANGED_SNAPSHOT_ROW) > 0) {
      write(landing.resolve("terminals.csv"), bank.terminals(day));
    }
  }

  private void writeChargebacks(Path landing, int day) {
    Path file = file(landing, CHARGEBACKS, calendar.date(day));
    if (calendar.count(day, CHARGEBACKS, GARBAGE) > 0) {
      writeGarbage(file, day);
      return;
    }
    boolean wrongHeader = calendar.count(day, CHARGEBACKS, WRONG_HEADER) > 0;
    Stream<String> lines = bank.chargebacks(day);
    write(
        file,
        wrongHeader ? lines.map(line -> line.replace("transaction_id", "transaction")) : lines);
  }

  private void sendAgain(Path landing, int day) {
    for (String source : List.of(TRANSACTIONS, CHARGEBACKS)) {
      for (Planted planted : calendar.planted(day, source)) {
        int about = calendar.day(planted.about());
        boolean sent =
            switch (planted.reason()) {
              case CHANGED_FILE, IDENTICAL_FILE, REPAIRED_FILE -> true;
              default -> false;
            };
        if (sent) {
          write(
              file(landing, source, planted.about()),
              source.equals(TRANSACTIONS)
                  ? bank.transactionsSentAgain(about, day)
                  : bank.chargebacks(about));
        }
      }
    }
  }

  private void writeTemporaryFiles(Path landing, int day) {
    try {
      for (Path file : temporaryFiles(landing, day - 1)) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Path file : temporaryFiles(landing, day)) {
      write(file, bank.transactions(day).limit(10));
    }
  }

  private List<Path> temporaryFiles(Path landing, int day) {
    Path file = file(landing, TRANSACTIONS, calendar.date(day));
    String name = file.getFileName().toString();
    return Stream.of(name + ".inprogress", "_" + name, "." + name)
        .limit(calendar.count(day, TRANSACTIONS, TEMPORARY_NAME))
        .map(file::resolveSibling)
        .toList();
  }

  private static Path file(Path landing, String source, LocalDate date) {
    return landing.resolve(source).resolve(date + ".csv");
  }

  private static void write(Path file, Stream<String> lines) {
    Path unfinished = file.resolveSibling("." + file.getFileName() + ".inprogress");
    try {
      Files.createDirectories(file.getParent());
      try (BufferedWriter writer = Files.newBufferedWriter(unfinished)) {
        for (Iterator<String> line = lines.iterator(); line.hasNext(); ) {
          writer.write(line.next());
          writer.write('\n');
        }
      }
      Files.move(unfinished, file, ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeGarbage(Path file, int day) {
    try {
      Files.createDirectories(file.getParent());
      try (OutputStream out = Files.newOutputStream(file)) {
        for (int i = 0; i < 2000; i++) {
          out.write(128 + hash.below(128, "garbage", day, i));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
