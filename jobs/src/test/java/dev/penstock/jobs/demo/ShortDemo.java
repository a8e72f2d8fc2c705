package dev.penstock.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.demo.Calendar.Entry;
import dev.penstock.jobs.demo.Planted.Reason;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Settings;
import dev.penstock.validation.SparkTest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The demo with a short history and everything planted into its few days. It takes longer than the
 * tests may: {@code mvn -pl jobs test -Dtest=ShortDemo}.
 */
class ShortDemo extends SparkTest {
  private static final LocalDate FIRST = LocalDate.of(2025, 1, 1);
  private static final String PAID = Bank.TRANSACTIONS;
  private static final String DISPUTED = Bank.CHARGEBACKS;
  private static final int HISTORY = 12;

  /** Every reason, in as few days as they need. */
  private static final List<Entry> PLAN =
      List.of(
          new Entry(5, DISPUTED, Reason.GARBAGE, 1, 5),
          new Entry(HISTORY + 1, PAID, Reason.LATE, 5, HISTORY - 1),
          new Entry(HISTORY + 1, PAID, Reason.TOO_LATE, 4, HISTORY - 6),
          new Entry(HISTORY + 1, PAID, Reason.CORRECTION, 8, HISTORY - 1),
          new Entry(HISTORY + 1, PAID, Reason.TEMPORARY_NAME, 3, HISTORY + 1),
          new Entry(HISTORY + 1, DISPUTED, Reason.WRONG_HEADER, 1, HISTORY + 1),
          new Entry(HISTORY + 2, PAID, Reason.CUT_OFF, 40, HISTORY + 2),
          new Entry(HISTORY + 2, DISPUTED, Reason.REPAIRED_FILE, 1, HISTORY + 1),
          new Entry(HISTORY + 2, DISPUTED, Reason.UNKNOWN_TRANSACTION, 3, HISTORY + 2),
          new Entry(HISTORY + 3, PAID, Reason.REPAIRED_FILE, 1, HISTORY + 2),
          new Entry(HISTORY + 3, PAID, Reason.CHANGED_FILE, 1, HISTORY),
          new Entry(HISTORY + 3, PAID, Reason.CHANGED_ROW, 20, HISTORY),
          new Entry(HISTORY + 3, PAID, Reason.REMOVED_ROW, 3, HISTORY),
          new Entry(HISTORY + 3, PAID, Reason.ADDED_ROW, 2, HISTORY),
          new Entry(HISTORY + 3, Bank.TERMINALS, Reason.CHANGED_SNAPSHOT_ROW, 5, HISTORY + 3),
          new Entry(HISTORY + 4, PAID, Reason.DUPLICATE, 7, HISTORY + 4),
          new Entry(HISTORY + 4, PAID, Reason.ADDED_COLUMN, 1, HISTORY + 4),
          new Entry(HISTORY + 4, PAID, Reason.UNPARSEABLE_AMOUNT, 5, HISTORY + 4),
          new Entry(HISTORY + 4, PAID, Reason.NEGATIVE_AMOUNT, 4, HISTORY + 4),
          new Entry(HISTORY + 4, PAID, Reason.NO_EVENT_TIME, 3, HISTORY + 4),
          new Entry(HISTORY + 4, PAID, Reason.IDENTICAL_FILE, 1, HISTORY + 3));

  @Test
  void findsAllThatIsPlantedAndGoesOnAfterARefusedSlice() {
    Demo.Folder folder = new Demo.Folder(warehouse.resolve("demo"));
    folder.prepare(false);
    StringWriter told = new StringWriter();
    CardPayments payments = new CardPayments(42, 0.3, new Calendar(FIRST, HISTORY, PLAN));
    Demo demo = new Demo(spark(), pipeline(folder), payments, folder, new PrintWriter(told));

    int exit = demo.run(4);

    String story = told.toString();
    Map<String, String> counts = new LinkedHashMap<>();
    Arrays.stream(story.split("\n"))
        .map(line -> line.strip().split("  +"))
        .filter(
            cells -> cells.length == 5 && cells[3].matches("[0-9]+") && cells[4].matches("[0-9]+"))
        .forEach(cells -> counts.put(String.join(" ", cells[0], cells[1], cells[2]), cells[4]));
    Map<String, String> planted = new LinkedHashMap<>();
    PLAN.stream()
        .map(entry -> List.of(FIRST.plusDays(entry.day() - 1), entry))
        .forEach(
            pair -> {
              Entry entry = (Entry) pair.get(1);
              String what = entry.reason().name().toLowerCase(java.util.Locale.ROOT);
              planted.put(
                  pair.get(0) + " " + entry.source() + " " + what.replace('_', ' '),
                  String.valueOf(entry.count()));
            });
    assertThat(counts).as(story).isEqualTo(planted);
    assertThat(exit).as(story).isEqualTo(Exit.DONE);
    assertThat(story)
        .contains("first        2025-01-12", "v1 accepted", "run  4       2025-01-16")
        .containsPattern("run {2}2 {7}2025-01-14 {2}exit code 3, the range goes on")
        .contains("refused 2025-01-14 transactions: ")
        .contains("the file of 2025-01-14 was sent again");
  }

  @Test
  void leavesAloneWhatNoDemoMade() throws Exception {
    Demo.Folder folder = new Demo.Folder(warehouse);
    Files.createDirectories(folder.warehouse());

    assertThatThrownBy(() -> folder.prepare(false))
        .isInstanceOf(Exit.UserException.class)
        .hasMessage(
            "%s holds a landing folder or a warehouse that no demo made; choose another --out"
                .formatted(warehouse));
  }

  /** The demo's pipeline, with times and one candidate that fit a short history. */
  private static Pipelines.Loaded pipeline(Demo.Folder folder) {
    Path conf = Path.of(System.getProperty("penstock.root", "..")).resolve("conf");
    Map<String, String> overrides =
        Map.of(
            "sources.transactions.gate.refuse.row-count", "{at-least: 200}",
            "model.split", "{train: 4d, holdout: 2d}",
            "model.candidates", "[{logistic-regression: {regParam: 0.01}}]",
            "model.accept", "[{metric: roc-auc, at-least: 0}]");
    return Pipelines.load(
        "card_fraud",
        folder.settings(new Settings(conf, "local", Map.of(), overrides, name -> null)));
  }
}
