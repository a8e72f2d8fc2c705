package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline file that is nothing but a model: what it says of tables that another owns. */
class UsesTest extends SparkTest {
  private static final String REFUSED =
      "its owner shop refused it: row-count 9, at least 20 expected; mend its file, or ./penstock"
          + " gate accept shop visits --date 2024-03-02 accepts it there";

  @TempDir private Path folder;
  private Path landing;
  private Shop shop;

  @BeforeEach
  void declare() {
    landing = folder.resolve("landing zone");
    shop = new Shop(spark(), folder, Visits.OWNER).declare("visits", Visits.USER);
  }

  private List<String> lines(String command, String... options) {
    assertThat(shop.runOn("visits", command, options)).as(shop.err()).isZero();
    return shop.out().lines().toList();
  }

  private void assertThatTheNextIs(String command) {
    assertThat(lines("status")).hasSize(2).last().asString().endsWith("  " + command);
  }

  private static String step(int day, String job, String table, String action, String why) {
    return "%-22s %-8s %-16s %-8s %s".formatted(Visits.day(day), job, table, action, why);
  }

  /** What its run does not go on without. */
  private void assertThatItStops(int day, int exit, String table, String action, String why) {
    String date = Visits.day(day);
    assertThat(lines("plan", "--date", date))
        .containsExactly(
            step(day, "ingest", table, action, why),
            step(day, "run", "visits", "stops", "after ingest, with exit code " + exit),
            "visits %s: nothing to do, exit code %d".formatted(date, exit));
    assertThat(shop.runOn("visits", "run", "--date", date)).isEqualTo(exit);
    String kind = action.equals("refused") ? "refused" : "missing";
    assertThat(shop.out().lines())
        .last()
        .isEqualTo("%-8s %s %s: %s".formatted(kind, date, table, why));
  }

  private static String awaited(int day, String what) {
    return "its owner shop %1$s; ./penstock run shop --date %2$s makes it"
        .formatted(what.formatted(Visits.day(day)), Visits.day(day));
  }

  @Test
  void itsOwnersNextStepIsItsNextStep() throws IOException {
    assertThat(lines("status"))
        .containsExactly(
            "PIPELINE  NEWEST  CHAMPION  AGE  LABELS  REFUSED  DECISION  NEXT",
            "visits    -       -         -    -       0        -         ./penstock run shop --from"
                + " FIRST --to LAST");
    Visits.write(landing, 0);
    assertThat(shop.run("run", "--date", Visits.day(0))).as(shop.out()).isZero();
    assertThatTheNextIs("./penstock run visits --from FIRST --to LAST");
    assertThat(lines("plan", "--date", Visits.day(0)))
        .containsExactly(
            step(0, "score", "visits", "nothing", "no champion yet"),
            step(
                0,
                "monitor",
                "visits",
                "write",
                "no slice yet; no champion yet, and not enough history"),
            step(0, "train", "visits", "nothing", "not asked for"),
            "visits %s: 1 to write".formatted(Visits.day(0)));
    assertThat(shop.runOn("visits", "run", "--date", Visits.day(0))).as(shop.out()).isZero();
    assertThatTheNextIs("./penstock run shop --date " + Visits.day(1));

    Visits.write(landing, 1, 10);
    assertThat(shop.run("run", "--date", Visits.day(1))).isEqualTo(Exit.REFUSED);
    assertThatTheNextIs(
        "./penstock gate accept shop visits --date %s --reason WHY".formatted(Visits.day(1)));
    assertThatItStops(1, Exit.REFUSED, "visits", "refused", REFUSED);
    assertThat(
            shop.run(
                "gate accept",
                "visits",
                "--date",
                Visits.day(1),
                "--actor",
                "ann",
                "--reason",
                "r"))
        .isZero();
    assertThatTheNextIs("./penstock run shop --date " + Visits.day(1));
    assertThatItStops(
        1, Exit.NOT_YET, "visits", "awaited", awaited(1, "has not run %s since it was accepted"));
    assertThat(shop.run("run", "--date", Visits.day(1))).as(shop.out()).isZero();
    assertThatTheNextIs("./penstock run visits --date " + Visits.day(1));
    assertThat(shop.runOn("visits", "run", "--date", Visits.day(1))).as(shop.out()).isZero();

    Visits.write(landing, 2);
    Files.delete(landing.resolve("sales/%s.csv".formatted(Visits.day(2))));
    assertThat(shop.run("run", "--date", Visits.day(2))).isEqualTo(Exit.NOT_YET);
    assertThatTheNextIs("./penstock run shop --date " + Visits.day(2));
    assertThatItStops(
        2, Exit.NOT_YET, "sales", "awaited", awaited(2, "ran %s without an input that it needs"));
    assertThat(shop.runOn("visits", "status", "--json")).isZero();
    assertThat(shop.out())
        .isEqualToIgnoringNewLines(
            "[{\"pipeline\":\"visits\",\"newest_slice\":\"2024-03-02\",\"champion\":null,"
                + "\"champion_age_intervals\":null,\"label_coverage\":null,"
                + "\"decision\":\"no champion yet, and not enough history\","
                + "\"decision_slice\":\"2024-03-02\",\"undelivered\":null,\"refused\":[],"
                + "\"waiting\":{},\"next\":\"./penstock run shop --date 2024-03-03\"}]");
  }

  @Test
  void itsFeaturesAreExplained() throws IOException {
    assertThat(lines("features", "--explain"))
        .containsExactlyElementsOf(
            explanation("visits was never written", "sales was never written"));
    for (int day = 0; day < 8; day++) {
      Visits.write(landing, day);
    }
    assertThat(shop.run("ingest", "--from", Visits.day(0), "--to", Visits.day(7))).isZero();
    assertThat(lines("features", "--explain"))
        .containsExactlyElementsOf(
            explanation(
                "visits holds 472 rows in 8 slices",
                "sales holds 480 rows in 8 slices, some 193 of them within any 3d: 0.0 MB over all keys"));
  }

  private static List<String> explanation(String rows, String events) {
    return List.of(
        "as-of rows: visits, as of at; " + rows,
        "The same passes run for a training and for each interval, one after the other; bits are"
            + " those for as-of times over 1d.",
        "pass 1 of 1, by shop: one shuffle, one sort by a BIGINT of 24 bits of the key's hash, 39"
            + " of the time, 1 of the side",
        "  shop_sales",
        "    sold_share share(sold) over 1d 3d: prefix sums",
        "    visits count(*) over 1d 3d: prefix sums",
        "    reads events of sales with closed from 3d before the earliest as-of time to the latest"
            + " as-of time",
        "    keeps per key its events of the last 3d; an event takes some 200 bytes and its texts",
        "    " + events,
        "An event that comes far out of order, or an input that sums of 128 bits can't hold"
            + " exactly, moves its key from the ring to queues.");
  }
}
