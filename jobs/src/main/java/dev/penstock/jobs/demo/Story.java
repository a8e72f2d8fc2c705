package dev.penstock.jobs.demo;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.loop.Summary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/** Tells what happens in the demo while it happens: a line a day, and why. */
final class Story {
  private final CardPayments payments;
  private final PrintWriter out;
  private final long startNanos = System.nanoTime();
  private int refused;
  private int trainings;

  Story(CardPayments payments, PrintWriter out) {
    this.payments = payments;
    this.out = out;
  }

  void begin(int days) {
    line(
        "Card payments of a small bank, made up: %d days of history, then %d daily runs.",
        payments.historyDays(), days);
    line("Is a payment fraud? A cardholder says so 2 to 14 days later, if at all.");
    line("");
  }

  void history(LocalDate last, Summary summary, long startNanos) {
    line(
        "history      %s..%s  %,d payments and %,d chargebacks taken, %,d rows quarantined%s",
        payments.firstDay(),
        last,
        rows(summary, Bank.TRANSACTIONS, "rows_added"),
        rows(summary, Bank.CHARGEBACKS, "rows_added"),
        rows(summary, Bank.TRANSACTIONS, "rows_quarantined")
            + rows(summary, Bank.CHARGEBACKS, "rows_quarantined"),
        seconds(startNanos));
  }

  /** The interval of {@code date} was run again because its file was sent again. */
  void again(LocalDate date, Summary summary, long startNanos) {
    line("             the file of %s was sent again, so its run is repeated:", date);
    tell("again ", date, summary, startNanos);
  }

  /**
   * @param number of the daily run; 0 is the last day of history, the first that trains
   */
  void day(int number, LocalDate date, Summary summary, long startNanos) {
    if (date.equals(payments.amountsShift())) {
      line("             from today on all amounts are 1.8 times as large; fraud is as it was");
    }
    if (date.equals(payments.newPattern())) {
      line("             from today on small payments online at night are mostly fraud, which no");
      line("             feature shows: only chargebacks will tell, days later");
    }
    tell(number == 0 ? "first " : "run %2d".formatted(number), date, summary, startNanos);
  }

  private void tell(String name, LocalDate date, Summary summary, long startNanos) {
    Map<String, Object> json = summary.json();
    StringBuilder what = new StringBuilder();
    int exit = summary.exitCode();
    if (exit != Exit.DONE) {
      what.append("exit code ").append(exit).append(", the range goes on");
    } else {
      what.append(
          String.format(
              Locale.ROOT,
              "%,5d payments scored, %2d rows quarantined",
              (Long) json.get("predictions"),
              rows(summary, Bank.TRANSACTIONS, "rows_quarantined")
                  + rows(summary, Bank.CHARGEBACKS, "rows_quarantined")));
    }
    line("%s       %s  %s%s", name, date, what, seconds(startNanos));
    for (String line : strings(json, "refused")) {
      refused++;
      line("             refused %s", line);
    }
    strings(json, "missing").forEach(line -> line("             missing %s", line));
    strings(json, "decisions").forEach(line -> line("             decided %s", line));
    for (String line : strings(json, "trainings")) {
      trainings++;
      line("             trained %s", line);
    }
  }

  void end(
      SortedMap<LocalDate, Double> performance,
      List<Found.Line> found,
      Demo.Folder folder,
      Path report) {
    line("");
    if (!performance.isEmpty()) {
      line("How well the champion told fraud from the rest, once the chargebacks were in:");
      performance.forEach(
          (date, value) -> line("  %s  %.3f %s", date, value, "#".repeat((int) (60 * value))));
      line("");
    }
    line("Planted into the files, and found in the tables:");
    line("  %-10s  %-12s  %-22s %8s %8s", "run of", "source", "what", "planted", "found");
    for (Found.Line line : found) {
      Planted planted = line.planted();
      line(
          "  %s  %-12s  %-22s %8d %8d%s",
          planted.date(),
          planted.source(),
          planted.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          planted.count(),
          line.found(),
          line.agrees() ? "" : "  <- differs");
    }
    line("");
    line(
        "Slices refused: %d. Trainings: %d. Seconds: %.0f.",
        refused, trainings, (System.nanoTime() - startNanos) / 1e9);
    line("Report: %s", report.toUri());
    line("Tables: %s, what the jobs said: %s", folder.warehouse(), folder.progress());
  }

  void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    out.flush();
  }

  private static String seconds(long startNanos) {
    return String.format(Locale.ROOT, "  %.1f s", (System.nanoTime() - startNanos) / 1e9);
  }

  @SuppressWarnings("unchecked") // what Summary says of tables
  private static long rows(Summary summary, String table, String what) {
    var tables = (Map<String, Map<String, Object>>) summary.json().get("tables");
    return (Long) tables.getOrDefault(table, Map.of()).getOrDefault(what, 0L);
  }

  @SuppressWarnings("unchecked") // a list of lines in Summary
  private static List<String> strings(Map<String, Object> json, String name) {
    return (List<String>) json.get(name);
  }
}
