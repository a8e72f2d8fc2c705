package dev.penstock.jobs.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.penstock.jobs.demo.Planted.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CardPaymentsTest {
  private static final LocalDate FIRST = LocalDate.of(2025, 1, 1);
  private static final int AMOUNT = 6;

  @TempDir private Path landing;
  @TempDir private Path other;

  private final CardPayments payments = new CardPayments(42, 0.1, FIRST);

  @Test
  void theSameSeedWritesTheSameBytes() {
    payments.writeHistory(landing, FIRST, FIRST.plusDays(70));
    new CardPayments(42, 0.1, FIRST).writeHistory(other, FIRST, FIRST.plusDays(70));

    assertThat(files(landing)).hasSize(2 * 71 + 3).isEqualTo(files(other));
  }

  @Test
  void anotherSeedWritesOtherRows() {
    payments.writeDay(landing, FIRST);
    new CardPayments(43, 0.1, FIRST).writeDay(other, FIRST);

    assertThat(rows(landing, "transactions", FIRST))
        .doesNotContainAnyElementsOf(rows(other, "transactions", FIRST));
  }

  @Test
  void aDayAloneIsTheSameAsInARange() {
    LocalDate day = FIRST.plusDays(59);
    payments.writeHistory(landing, FIRST, day);
    payments.writeDay(other, day);

    Map<String, String> range = files(landing);
    assertThat(files(other)).hasSize(2);
    assertThat(range).containsAllEntriesOf(files(other));
  }

  @Test
  void aLargerScaleAddsRowsAndChangesNone() {
    LocalDate day = FIRST.plusDays(64);
    payments.writeDay(landing, day);
    new CardPayments(42, 0.3, FIRST).writeDay(other, day);

    List<String> small = rows(landing, "transactions", day);
    assertThat(rows(other, "transactions", day))
        .containsAll(small)
        .hasSizeBetween(5 * small.size() / 2, 4 * small.size());
    assertThat(rows(other, "chargebacks", day)).containsAll(rows(landing, "chargebacks", day));
  }

  @Test
  void refusesAScaleThatLeavesNothing() {
    assertThatThrownBy(() -> new CardPayments(42, 0.01, FIRST))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("scale is 0.01; the least is 0.1");
  }

  @Test
  void chargebacksComeTwoToFourteenDaysAfterThePayment() {
    payments.writeHistory(landing, FIRST, FIRST.plusDays(50));
    Map<String, Instant> paid = new HashMap<>();
    for (LocalDate date : dates(FIRST, FIRST.plusDays(50))) {
      rows(landing, "transactions", date).forEach(row -> paid.put(id(row), time(row)));
    }
    List<Double> delays = new ArrayList<>();
    for (LocalDate date : dates(FIRST.plusDays(20), FIRST.plusDays(50))) {
      for (String row : rows(landing, "chargebacks", date)) {
        Instant reported = Instant.parse(row.split(",")[2]);
        assertThat(reported.atOffset(ZoneOffset.UTC).toLocalDate()).isEqualTo(date);
        delays.add(paid.get(row.split(",")[1]).until(reported, ChronoUnit.SECONDS) / 86400.0);
      }
    }

    assertThat(delays).hasSizeGreaterThan(50).allMatch(days -> days >= 2 && days < 14);
    assertThat(delays.stream().filter(days -> days < 3).count() / (double) delays.size())
        .isBetween(0.6, 0.9);
  }

  @Test
  void amountsShiftOnTheSixthDayAndNothingElseDoes() {
    LocalDate before = payments.amountsShift().minusDays(1);
    LocalDate after = payments.amountsShift();
    Branch branch = new Branch(new Hash(42), FIRST, 0);

    assertThat(after).isEqualTo(payments.dailyRun(6));
    assertThat(meanCents(branch, Calendar.SHIFT_DAY - 30) * 1.8)
        .isCloseTo(meanCents(branch, Calendar.SHIFT_DAY), withPercentage(8));
    assertThat(payments.payments(before)).isBetween(90L, 150L);
    assertThat(payments.payments(after)).isBetween(90L, 150L);
  }

  @Test
  void smallPaymentsAtNightAreAsManyAsBeforeWhenTheyBecomeFraud() {
    Branch branch = new Branch(new Hash(42), FIRST, 0);
    Function<Integer, Stream<Payment>> tiny =
        from ->
            Stream.iterate(from, day -> day + 1)
                .limit(30)
                .flatMap(branch::payments)
                .filter(p -> p.terminal().isEmpty() && p.cents() < 540)
                .filter(p -> p.paidAt().atOffset(ZoneOffset.UTC).getHour() < 5);
    int start = Calendar.NEW_PATTERN_DAY;

    assertThat(payments.newPattern()).isEqualTo(payments.dailyRun(10));
    assertThat(tiny.apply(start - 30).count()).isBetween(120L, 180L);
    assertThat(tiny.apply(start).count()).isBetween(120L, 180L);
    assertThat(tiny.apply(start - 30).filter(Payment::fraud).count()).isLessThan(5);
    assertThat(tiny.apply(start).filter(Payment::fraud).count()).isBetween(80L, 130L);
  }

  /** Delivers day by day, counts what is found in the folder, and compares it with the plan. */
  @Test
  void whatIsPlantedIsWhatIsFound() {
    LocalDate last = payments.dailyRun(CardPayments.DAILY_RUNS);
    payments.writeHistory(landing, FIRST, payments.dailyRun(0));
    Deliveries deliveries = new Deliveries();
    for (LocalDate date : dates(FIRST, last)) {
      if (date.isAfter(payments.dailyRun(0))) {
        payments.writeDay(landing, date);
      }
      deliveries.receive(date);
    }

    Map<LocalDate, Map<Reason, Integer>> planted = new TreeMap<>();
    for (Planted each : payments.planted(FIRST, last)) {
      planted
          .computeIfAbsent(each.date(), date -> new EnumMap<>(Reason.class))
          .merge(each.reason(), each.count(), Integer::sum);
    }
    assertThat(deliveries.found).isEqualTo(planted);
  }

  @Test
  void theRepairedFileHasEveryPayment() {
    LocalDate day = payments.dailyRun(15);
    payments.writeDay(landing, day);
    assertThat(rows(landing, "transactions", day)).hasSize(40);
    payments.writeDay(landing, payments.dailyRun(16));

    assertThat(rows(landing, "transactions", day)).hasSize((int) payments.payments(day));
  }

  /** Knows only the files, as they are when a date's run would read them. */
  private final class Deliveries {
    private final Map<LocalDate, Map<Reason, Integer>> found = new TreeMap<>();
    private final Map<Path, String> contents = new HashMap<>();
    private final Map<Path, Object> written = new HashMap<>();
    private final Map<String, String> seen = new HashMap<>();
    private final Set<LocalDate> broken = new HashSet<>();
    private String header = "";

    void receive(LocalDate date) {
      transactions(date);
      chargebacks(date);
      again(date);
      Path terminals = landing.resolve("terminals.csv");
      String before = contents.put(terminals, text(terminals));
      if (before != null) {
        Set<String> now = new LinkedHashSet<>(text(terminals).lines().toList());
        now.removeAll(before.lines().toList());
        count(date, Reason.CHANGED_SNAPSHOT_ROW, now.size());
      }
      try (Stream<Path> names = Files.list(landing.resolve("transactions"))) {
        count(
            date,
            Reason.TEMPORARY_NAME,
            (int) names.filter(p -> !p.getFileName().toString().matches("[-0-9]+\\.csv")).count());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void transactions(LocalDate date) {
      Path file = file("transactions", date);
      List<String> lines = text(file).lines().toList();
      int columns = lines.get(0).split(",").length;
      if (!header.isEmpty() && !header.equals(lines.get(0))) {
        count(date, Reason.ADDED_COLUMN, columns - header.split(",").length);
      }
      header = lines.get(0);
      remember(file);
      if (lines.size() < 80) {
        count(date, Reason.CUT_OFF, lines.size() - 1);
        broken.add(date);
        return;
      }
      Set<String> rows = new HashSet<>();
      for (String row : lines.subList(1, lines.size())) {
        if (!rows.add(row)) {
          count(date, Reason.DUPLICATE, 1);
          continue;
        }
        String[] values = row.split(",");
        String amount = values[columns - 1];
        if (!amount.matches("-?[0-9.]+")) {
          count(date, Reason.UNPARSEABLE_AMOUNT, 1);
        } else if (amount.startsWith("-")) {
          count(date, Reason.NEGATIVE_AMOUNT, 1);
        } else if (values[1].isEmpty()) {
          count(date, Reason.NO_EVENT_TIME, 1);
        } else if (seen.put(values[0], amount) != null) {
          count(date, Reason.CORRECTION, 1);
        } else if (time(row).isBefore(start(date.minusDays(3)))) {
          count(date, Reason.TOO_LATE, 1);
        } else if (time(row).isBefore(start(date))) {
          count(date, Reason.LATE, 1);
        }
      }
    }

    private void chargebacks(LocalDate date) {
      Path file = file("chargebacks", date);
      remember(file);
      String text = text(file);
      if (text.startsWith("chargeback_id,transaction_id,reported_at,reason\n")) {
        text.lines()
            .skip(1)
            .filter(row -> !seen.containsKey(row.split(",")[1]))
            .forEach(row -> count(date, Reason.UNKNOWN_TRANSACTION, 1));
        return;
      }
      count(date, text.startsWith("chargeback_id,") ? Reason.WRONG_HEADER : Reason.GARBAGE, 1);
      broken.add(date);
    }

    private void again(LocalDate date) {
      for (LocalDate earlier : dates(FIRST, date.minusDays(1))) {
        for (String source : List.of("transactions", "chargebacks")) {
          Path file = file(source, earlier);
          if (key(file).equals(written.get(file))) {
            continue;
          }
          String before = contents.get(file);
          remember(file);
          if (before.equals(text(file))) {
            count(date, Reason.IDENTICAL_FILE, 1);
          } else if (broken.remove(earlier)) {
            count(date, Reason.REPAIRED_FILE, 1);
            rows(landing, source, earlier).forEach(row -> seen.put(id(row), ""));
          } else {
            count(date, Reason.CHANGED_FILE, 1);
            compare(date, amounts(before), amounts(text(file)));
          }
        }
      }
    }

    private void compare(LocalDate date, Map<String, String> before, Map<String, String> now) {
      now.forEach(
          (id, amount) -> {
            if (!before.containsKey(id)) {
              count(date, Reason.ADDED_ROW, 1);
            } else if (!before.get(id).equals(amount)) {
              count(date, Reason.CHANGED_ROW, 1);
            }
          });
      count(
          date,
          Reason.REMOVED_ROW,
          (int) before.keySet().stream().filter(id -> !now.containsKey(id)).count());
    }

    private void count(LocalDate date, Reason reason, int count) {
      if (count > 0) {
        found
            .computeIfAbsent(date, d -> new EnumMap<>(Reason.class))
            .merge(reason, count, Integer::sum);
      }
    }

    private void remember(Path file) {
      contents.put(file, text(file));
      written.put(file, key(file));
    }

    /** Another one after each writing, even of the same bytes: a file is moved into place. */
    private Object key(Path file) {
      try {
        return Files.getAttribute(file, "unix:ino") + " " + Files.getLastModifiedTime(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static double meanCents(Branch branch, int day) {
    return Stream.iterate(day, d -> d + 1)
        .limit(30)
        .flatMap(branch::payments)
        .mapToLong(Payment::cents)
        .average()
        .orElseThrow();
  }

  private static Map<String, String> amounts(String text) {
    return text.lines()
        .skip(1)
        .map(row -> row.split(","))
        .collect(Collectors.toMap(values -> values[0], values -> values[AMOUNT]));
  }

  private static Map<String, String> files(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .filter(Files::isRegularFile)
          .collect(Collectors.toMap(p -> folder.relativize(p).toString(), CardPaymentsTest::text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String source, LocalDate date) {
    return landing.resolve(source).resolve(date + ".csv");
  }

  private static List<String> rows(Path folder, String source, LocalDate date) {
    return text(folder.resolve(source).resolve(date + ".csv")).lines().skip(1).toList();
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<LocalDate> dates(LocalDate from, LocalDate to) {
    return from.datesUntil(to.plusDays(1)).toList();
  }

  private static String id(String row) {
    return row.split(",")[0];
  }

  private static Instant time(String row) {
    return Instant.parse(Arrays.asList(row.split(",")).get(1));
  }

  private static Instant start(LocalDate date) {
    return date.atStartOfDay(ZoneOffset.UTC).toInstant();
  }
}
