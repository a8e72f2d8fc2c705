package dev.penstock.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Severity;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PageTest {
  @Test
  void aYearOfDaysAndThirtyColumnsIsBelowThreeMegabytes() {
    List<String> year =
        LocalDate.parse("2024-01-01")
            .datesUntil(LocalDate.parse("2025-01-01"))
            .map(LocalDate::toString)
            .toList();
    List<ReportData.Source> sources =
        IntStream.range(0, 6)
            .mapToObj(
                i ->
                    new ReportData.Source(
                        "source_" + i, year.stream().map(PageTest::slice).toList(), List.of()))
            .toList();
    List<Check> drift =
        year.stream()
            .flatMap(day -> IntStream.range(0, 30).mapToObj(column -> drift(day, column)))
            .toList();
    List<ReportData.Cost> costs =
        year.stream()
            .flatMap(
                day ->
                    Stream.of("ingest", "features", "score", "monitor", "train")
                        .map(
                            job ->
                                new ReportData.Cost(
                                    job, day, day, 900, 9, 4, List.of(day + " a warning"))))
            .toList();
    PipelineStatus status =
        new PipelineStatus(
            "big",
            "",
            Optional.of("2024-12-31"),
            Optional.empty(),
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            "");

    String page =
        Page.of(
            new ReportData(
                status,
                year,
                0,
                sources,
                List.of(),
                List.of(),
                drift,
                Map.of(),
                List.of(slice("2024-12-31")),
                List.of(),
                List.of(),
                List.of(),
                OptionalDouble.empty(),
                costs));

    assertThat(page.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(3_000_000);
    assertThat(page.split("class=\"heat\"", -1)).hasSize(31);
  }

  @Test
  void textIsEscapedAndMarkupIsNot() {
    assertThat(Html.of("<td>{}{}</td>", "<b>&\"'{}", Html.of("<i>{}</i>", 1)).markup())
        .isEqualTo("<td>&lt;b&gt;&amp;&quot;&#39;{}<i>1</i></td>");
    assertThatThrownBy(() -> Html.of("<td>{}</td>", 1, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("more values than holes in: <td>{}</td>");
  }

  private static SliceRecord slice(String day) {
    return new SliceRecord(
        "sources/s",
        day,
        "big",
        Verdict.COMMITTED,
        "f",
        1,
        1,
        List.of(),
        new Counts(1_000, 900, 50, 30, 20, 1, 1, 0, 0),
        Map.of("amount", 30L, "late", 20L),
        "",
        "",
        "t",
        "1");
  }

  private static Check drift(String day, int column) {
    double value = (day.hashCode() + column * 7 & 63) / 100.0;
    return new Check(
        day,
        Severity.MONITOR,
        "drift",
        "group__feature_%d_30d".formatted(column),
        value > 0.2 ? Outcome.FAILED : Outcome.PASSED,
        value,
        "at most 0.2",
        900,
        null,
        0.01,
        "drift");
  }
}
