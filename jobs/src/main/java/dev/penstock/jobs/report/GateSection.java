package dev.penstock.jobs.report;

import dev.penstock.jobs.ledger.SliceFile;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the gates refused, quarantined and warned of. */
record GateSection(ReportData data) {
  private static final int ROWS = 60;

  Html html() {
    return Html.join(List.of(refused(), warnings(), quarantine(), files(), rules()));
  }

  private Html refused() {
    Table table = new Table("refused", "Source", "@Slice", "#Rows", "@State", "Why");
    for (ReportData.Source source : data.sources()) {
      for (SliceRecord row : source.slices()) {
        if (row.verdict() != Verdict.COMMITTED) {
          table.row(
              source.name(),
              row.slice(),
              Html.count(row.counts().rowsSeen()),
              row.verdict() == Verdict.REFUSED
                  ? badge("refused", "refused")
                  : badge("released", "released by " + row.actor()),
              row.reason());
        }
      }
    }
    return table.isEmpty()
        ? Html.of("<h3>Refused slices</h3><p class=\"empty\">No slice was refused.</p>")
        : Html.of("<h3>Refused slices</h3>{}", table.html());
  }

  private Html warnings() {
    Table table = new Table("warnings", "Source", "@Slice", "Rule", "", "What was found");
    List<ReportData.Failed> rows =
        data.failed().stream()
            .filter(
                row ->
                    row.check().severity() == Severity.WARN
                        || row.check().outcome() == Outcome.ERRORED)
            .toList();
    for (ReportData.Failed failed : rows.subList(Math.max(0, rows.size() - ROWS), rows.size())) {
      Check check = failed.check();
      table.row(
          failed.source(),
          check.slice(),
          rule(check.rule(), check.subject()),
          check.outcome() == Outcome.ERRORED
              ? badge("refused", "could not be judged")
              : badge("warned", "warning"),
          check.reason());
    }
    return table.isEmpty()
        ? Html.NONE
        : Html.of("<h3>Warnings</h3>{}{}", table.html(), more(rows.size(), ROWS));
  }

  private Html quarantine() {
    List<Html> blocks = new ArrayList<>();
    for (ReportData.Source source : data.sources()) {
      Map<String, Long> byRule = new TreeMap<>();
      for (SliceRecord row : source.slices()) {
        row.quarantined().forEach((rule, rows) -> byRule.merge(rule, rows, Long::sum));
        if (row.verdict() == Verdict.REFUSED) {
          byRule.merge("the whole slice, refused", row.counts().rowsQuarantined(), Long::sum);
        }
      }
      if (!byRule.isEmpty()) {
        blocks.add(quarantine(source, byRule));
      }
    }
    return Html.of(
        "<h3>Quarantined rows by rule</h3>{}",
        blocks.isEmpty()
            ? Html.of("<p class=\"empty\">No row is in quarantine.</p>")
            : Html.join(blocks));
  }

  private static Html quarantine(ReportData.Source source, Map<String, Long> byRule) {
    long seen = source.slices().stream().mapToLong(row -> row.counts().rowsSeen()).sum();
    long most = byRule.values().stream().mapToLong(n -> n).max().orElse(1);
    Table table = new Table("quarantine-" + source.name(), "Rule", "#Rows", "#Share", "");
    byRule.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(ROWS)
        .forEach(
            rule ->
                table.row(
                    rule.getKey(),
                    Html.count(rule.getValue()),
                    Html.percent((double) rule.getValue() / Math.max(1, seen)),
                    Html.of(
                        "<i class=\"bar quarantine\" style=\"width:{}%\"></i>",
                        Html.xy(100.0 * rule.getValue() / Math.max(1, most)))));
    Table examples = new Table("examples-" + source.name(), "Rule", "@Slice", "Where", "Row");
    source
        .examples()
        .forEach(
            row ->
                examples.row(
                    row.rule(),
                    row.slice(),
                    row.place(),
                    Html.of("<code>{}</code>", row.values())));
    return Html.of(
        """
        <div class="block"><h4>{}</h4>{}{}</div>""",
        source.name(),
        table.html(),
        examples.isEmpty()
            ? Html.NONE
            : Html.of(
                "<details><summary>Some of these rows</summary>{}</details>", examples.html()));
  }

  private Html files() {
    Table table = new Table("files", "Source", "@Slice", "File", "Why it could not be read");
    for (ReportData.Source source : data.sources()) {
      for (SliceRecord row : source.slices()) {
        for (SliceFile file : row.files()) {
          file.problem().ifPresent(why -> table.row(source.name(), row.slice(), file.name(), why));
        }
      }
    }
    return table.isEmpty() ? Html.NONE : Html.of("<h3>Files in quarantine</h3>{}", table.html());
  }

  private Html rules() {
    if (data.rules().isEmpty()) {
      return Html.NONE;
    }
    Table table =
        new Table(
            "rules", "Source", "Rule", "Severity", "Expected", "#Held", "#Broken", "#Not judged");
    for (ReportData.Rule rule : data.rules()) {
      table.row(
          rule.source(),
          rule(rule.rule(), rule.subject()),
          rule.severity(),
          rule.bound(),
          Html.count(rule.passed()),
          count(rule.failed()),
          count(rule.errored()));
    }
    return Html.of(
        "<h3>Rules</h3><p class=\"note\">How many slices each rule was judged on.</p>{}",
        table.html());
  }

  private static Html count(long number) {
    return number == 0
        ? Html.of("<span class=\"zero\">0</span>")
        : Html.of("<b class=\"bad\">{}</b>", Html.count(number));
  }

  private static String rule(String rule, String subject) {
    return subject.isEmpty() || rule.endsWith(")") ? rule : rule + " (" + subject + ")";
  }

  static Html badge(String kind, String text) {
    return Html.of("<span class=\"badge {}\">{}</span>", kind, text);
  }

  private static Html more(long all, int shown) {
    return all <= shown
        ? Html.NONE
        : Html.of("<p class=\"note\">The newest {} of {}.</p>", shown, Html.count(all));
  }
}
