package dev.penstock.jobs.report;

import static org.apache.spark.sql.RowFactory.create;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.Ledger;
import dev.penstock.jobs.ledger.RunRecord;
import dev.penstock.jobs.ledger.SliceFile;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Settings;
import dev.penstock.lake.Lake;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.Registry;
import dev.penstock.training.Versions;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Severity;
import dev.penstock.validation.SparkTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exact numbers of a small ledger, in the text of the page and in a browser. */
class ReportTest extends SparkTest {
  private static final String HOSTILE = "<script>window.hacked = 1</script>'\"&";
  private static final Instant NOON = Instant.parse("2024-05-01T12:00:00Z");

  @TempDir private Path conf;

  @Test
  void tellsWhatTheLedgersHold() throws Exception {
    Pipelines.Loaded loaded = tell();
    Lake lake = new Lake(spark(), warehouse.toString());

    PipelineStatus status = new ReadReport(lake, loaded, "~").status();
    assertThat(StatusLines.of(List.of(status)))
        .containsExactly(
            "PIPELINE  NEWEST      CHAMPION  AGE  LABELS  REFUSED  DECISION              NEXT",
            "shop      2024-05-03  v1        2    87.5%   1        no reason to retrain"
                + "  ./penstock run shop --date 2024-05-04");
    assertThat(status.json())
        .containsEntry("newest_slice", "2024-05-03")
        .containsEntry("champion_age_intervals", 2L)
        .containsEntry("label_coverage", 0.875)
        .containsEntry(
            "refused",
            List.of(new PipelineStatus.Refused("sales", "2024-05-02", "row-count " + HOSTILE)));

    String page = Report.of(lake, loaded, "~");
    assertThat(page)
        .doesNotContain("<script>window")
        .doesNotContain("http://")
        .doesNotContain("https://")
        .doesNotContain("src=");
    Path file = Files.writeString(conf.resolve("shop.html"), page);
    try (Browser browser = new Browser(Files.createDirectory(conf.resolve("browser")))) {
      browser.open(file.toUri());
      assertThat(browser.evaluate("window.hacked === undefined").asBoolean()).isTrue();
      assertThat(browser.evaluate("performance.getEntriesByType('resource').length").asInt())
          .isZero();
      assertThat(browser.texts("h1")).containsExactly("shop");
      assertThat(browser.texts(".tile .value"))
          .containsExactly("2024-05-03", "v1", "87.5%", "1", "5 core s");
      assertThat(browser.texts("#decision")).containsExactly("2024-05-03 no reason to retrain");
      assertThat(browser.texts("#next")).containsExactly("./penstock run shop --date 2024-05-04");
      assertThat(browser.texts("[data-lane=sales] rect.ok")).hasSize(2);
      assertThat(browser.texts("[data-lane=sales] rect.refused")).hasSize(1);
      assertThat(browser.texts("[data-lane=sales] rect.quarantine")).hasSize(1);
      assertThat(browser.texts("#refused tbody td"))
          .containsExactly("sales", "2024-05-02", "4", "refused", "row-count " + HOSTILE);
      assertThat(browser.texts("#rows tbody td"))
          .containsExactly("sales", "24", "17", "5", "1", "1", "✓ yes");
      assertThat(browser.texts("#accounted-files tbody td"))
          .containsExactly("sales", "5", "3", "1", "1", "✓ yes");
      assertThat(browser.texts("#quarantine-sales tbody tr:first-child td"))
          .containsExactly("the whole slice, refused", "4", "16.7%", "");
      assertThat(browser.texts("#examples-sales code")).containsExactly(HOSTILE);
      assertThat(browser.texts("#files tbody td"))
          .containsExactly("sales", "2024-05-01", "b.csv", "has no header");
      assertThat(browser.texts(".heat")).hasSize(1);
      assertThat(browser.texts(".heat .side")).containsExactly("0.41 / 0.20");
      assertThat(browser.texts(".heat .h4")).hasSize(1);
      assertThat(browser.texts("#performance-chart .point")).hasSize(1);
      assertThat(browser.texts("#coverage-chart .coverage")).hasSize(1);
      assertThat(browser.texts("#versions tbody td"))
          .containsSequence("v1", "2024-05-01", "champion");
      assertThat(browser.texts("#importances tbody tr:first-child td"))
          .containsExactly("amount", "75.0%", "");
      assertThat(browser.texts("#costs tbody tr:last-child td"))
          .containsExactly("total", "1", "17", "9.0", "5.0", "9.0");

      browser.evaluate("document.querySelector('[data-lane=sales] .refused').scrollIntoView()");
      var box =
          browser.evaluate(
              "(() => {const b = document.querySelector('[data-lane=sales] .refused')"
                  + ".getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]})()");
      browser.point(box.get(0).asDouble(), box.get(1).asDouble());
      assertThat(browser.texts("#tip"))
          .containsExactly(
              "sales 2024-05-02\nrefused: row-count "
                  + HOSTILE
                  + "\n4 rows seen, 0 added, 4 quarantined:");
    }
  }

  @Test
  void aPipelineThatNeverRanHasAPageToo() throws Exception {
    Pipelines.Loaded loaded = load();
    Lake lake = new Lake(spark(), warehouse.toString());
    assertThat(StatusLines.of(Report.fleet(spark(), List.of(loaded))).get(1))
        .isEqualTo(
            "shop      -       -         -    -       0        -"
                + "         ./penstock run shop --from FIRST --to LAST");
    assertThat(Report.of(lake, loaded, "~")).contains("nothing yet");
    assertThat(Report.ofFleet(spark(), List.of(loaded)))
        .contains("No pipeline has run in this warehouse yet.");
  }

  private Pipelines.Loaded load() throws Exception {
    Files.createDirectories(conf.resolve("pipelines"));
    Files.writeString(
        conf.resolve("environments.yaml"), "local:\n  warehouse: " + warehouse + "\n");
    Path file = conf.resolve("pipelines/shop.yaml");
    Files.writeString(
        file,
        """
        pipeline: shop
        description: "a <b>bold</b> shop"
        every: 1d
        sources:
          sales:
            csv: landing/{date}.csv
            columns: id STRING, at TIMESTAMP, amount DOUBLE
            key: id
            event-time: at
        """);
    return Pipelines.load("shop", Settings.local(conf));
  }

  /** Three days: one with quarantine, one refused, one fine; and a model. */
  private Pipelines.Loaded tell() throws Exception {
    Pipelines.Loaded loaded = load();
    Lake lake = new Lake(spark(), warehouse.toString());
    Ledger ledger = Ledger.of(lake, loaded);
    SliceFile broken =
        new SliceFile("b.csv", "hash", 9, SliceFile.Arrival.FIRST, Optional.of("has no header"));
    ledger.record(
        List.of(
            slice(
                "sources/sales",
                "2024-05-01",
                Verdict.COMMITTED,
                List.of(broken),
                new Counts(10, 7, 1, 1, 1, 3, 1, 1, 1),
                Map.of("amount", 1L),
                ""),
            slice(
                "sources/sales",
                "2024-05-02",
                Verdict.REFUSED,
                List.of(),
                new Counts(4, 0, 4, 0, 0, 1, 1, 0, 0),
                Map.of(),
                "row-count " + HOSTILE),
            slice(
                "sources/sales",
                "2024-05-03",
                Verdict.COMMITTED,
                List.of(),
                new Counts(10, 10, 0, 0, 0, 1, 1, 0, 0),
                Map.of(),
                ""),
            slice(
                "decisions/shop",
                "2024-05-03",
                Verdict.COMMITTED,
                List.of(),
                Counts.rows(0),
                Map.of(),
                "no reason to retrain")));
    ledger.record(
        new RunRecord(
            "t", "shop", "ingest", "2024-05-01", 0, "", List.of(), List.of(), 17, NOON, 9, 5, "1"));
    ledger.append(
        "checks",
        Check.SCHEMA,
        List.of(
            monitored("drift", "amount", Outcome.FAILED, 0.41, "at most 0.2", null, null),
            monitored("labels", "sales", Outcome.PASSED, 0.875, "", null, null),
            monitored("performance", "roc-auc", Outcome.PASSED, 0.7, "", 0.65, 0.75)));
    ledger.append(
        "checks",
        Check.SCHEMA,
        List.of(
            new Judged("killed", "shop", "predictions/shop", 2)
                .with(
                    new Check(
                            "2024-05-03",
                            Severity.MONITOR,
                            "labels",
                            "sales",
                            Outcome.PASSED,
                            0.1,
                            "",
                            80,
                            null,
                            null,
                            "of a run that was killed")
                        .toRow())));
    ledger.flush();
    lake.append(
        TableDefinition.ledger(
            "quarantine/sales",
            StructType.fromDDL(
                "id STRING, raw STRING, broken_rules ARRAY<STRING>, source_file STRING,"
                    + " source_position BIGINT, slice STRING")),
        List.of(create("1", HOSTILE, List.of("amount").toArray(), "a.csv", 0L, "2024-05-01")));
    lake.append(
        Versions.TABLE,
        List.of(
            create(
                "shop",
                "v1",
                "2024-05-01",
                "f",
                "logistic-regression",
                "{}",
                42L,
                "{\"roc-auc\":0.72}",
                "[]",
                "c",
                "{}",
                "{}",
                "1",
                "h",
                "{}",
                "[{\"feature\":\"amount\",\"weight\":0.75},{\"feature\":\"hour\",\"weight\":0.25}]",
                2,
                100L,
                50L,
                "{}",
                "accepted",
                "[\"fine\"]",
                "t",
                Timestamp.from(NOON))));
    new Registry(lake).promote("shop", "v1", "2024-05-02", "acceptance", "fine", "", "t", NOON);
    return loaded;
  }

  private static SliceRecord slice(
      String table,
      String slice,
      Verdict verdict,
      List<SliceFile> files,
      Counts counts,
      Map<String, Long> quarantined,
      String reason) {
    return new SliceRecord(
        table, slice, "shop", verdict, "f", 1, 1, files, counts, quarantined, reason, "", "t", "1");
  }

  private static org.apache.spark.sql.Row monitored(
      String rule,
      String subject,
      Outcome outcome,
      double value,
      String bound,
      Double low,
      Double high) {
    return new Judged("t", "shop", "predictions/shop", 1)
        .with(
            new Check(
                    "2024-05-03",
                    Severity.MONITOR,
                    rule,
                    subject,
                    outcome,
                    value,
                    bound,
                    80,
                    low,
                    high,
                    "as it is")
                .toRow());
  }
}
