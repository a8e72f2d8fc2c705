package dev.penstock.jobs.report;

import dev.penstock.training.FeatureImportance;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Which models were made, how good they are, why they were accepted, and which one scores. */
record ModelSection(ReportData data) {
  private static final int VERSIONS = 30;
  private static final int FEATURES = 25;

  Html html() {
    if (data.versions().isEmpty()) {
      return Html.of("<p class=\"empty\">No model was trained yet.</p>");
    }
    return Html.join(List.of(versions(), acceptance(), promotions(), importances()));
  }

  private List<ModelVersion> newestFirst() {
    List<ModelVersion> newest = new ArrayList<>(data.versions());
    java.util.Collections.reverse(newest);
    return newest.subList(0, Math.min(VERSIONS, newest.size()));
  }

  private Html versions() {
    TreeSet<String> metrics = new TreeSet<>();
    newestFirst().forEach(version -> metrics.addAll(version.metrics().keySet()));
    List<String> headings =
        new ArrayList<>(List.of("Version", "@Trained for", "@State", "Learner"));
    metrics.forEach(metric -> headings.add("#" + metric));
    headings.addAll(List.of("#Train rows", "#Holdout rows"));
    Table table = new Table("versions", headings.toArray(String[]::new));
    for (ModelVersion version : newestFirst()) {
      List<Object> cells = new ArrayList<>();
      cells.add(Html.of("<b>{}</b>", version.version()));
      cells.add(version.provenance().slice());
      cells.add(state(version));
      cells.add(
          Html.of(
              "{} <span class=\"dim\">{}</span>",
              version.algorithm(),
              version.parameters().entrySet().stream()
                  .filter(one -> data.versions().size() < VERSIONS)
                  .map(one -> one.getKey() + " " + one.getValue())
                  .limit(3)
                  .toList()
                  .toString()
                  .replaceAll("[\\[\\]]", "")));
      for (String metric : metrics) {
        Double value = version.metrics().get(metric);
        cells.add(value == null ? "–" : Html.decimal(value, 4));
      }
      cells.add(Html.count(version.trainRows()));
      cells.add(Html.count(version.holdoutRows()));
      table.row(cells.toArray());
    }
    return Html.of(
        "<h3>Versions</h3><p class=\"note\">Metrics on the holdout.</p>{}", table.html());
  }

  private Html state(ModelVersion version) {
    if (data.status().champion().equals(Optional.of(version.version()))) {
      return GateSection.badge("champion", "champion");
    }
    return version.accepted()
        ? GateSection.badge("accepted", "accepted")
        : GateSection.badge("refused", "not accepted");
  }

  private Html acceptance() {
    List<Html> blocks = new ArrayList<>();
    for (ModelVersion version : newestFirst()) {
      List<Check> checks = data.acceptance().getOrDefault(version.version(), List.of());
      List<Html> reasons = new ArrayList<>();
      if (checks.isEmpty()) {
        version.reasons().forEach(reason -> reasons.add(Html.of("<li>{}</li>", reason)));
      }
      for (Check check : checks) {
        boolean held = check.outcome() == Outcome.PASSED;
        reasons.add(
            Html.of(
                "<li><span class=\"{}\">{}</span> {}</li>",
                held ? "good" : "bad",
                held ? "✓" : "✗",
                check.reason()));
      }
      blocks.add(
          Html.of(
              "<details{}><summary><b>{}</b> {}</summary><ul class=\"checks\">{}</ul></details>",
              blocks.isEmpty() ? new Html(" open") : Html.NONE,
              version.version(),
              version.accepted() ? "was accepted" : "was not accepted",
              Html.join(reasons)));
    }
    return Html.of("<h3>Acceptance</h3>{}", Html.join(blocks));
  }

  private Html promotions() {
    Table table = new Table("promotions", "Champion", "@From", "@Before", "@By", "Why");
    for (Promotion promotion : data.promotions()) {
      table.row(
          Html.of("<b>{}</b>", promotion.version()),
          promotion.fromSlice(),
          promotion.previous().orElse("–"),
          promotion.actor(),
          promotion.kind() == Promotion.Kind.ROLLBACK
              ? "rolled back: " + promotion.reason()
              : promotion.reason());
    }
    return table.isEmpty()
        ? Html.of("<h3>Promotions</h3><p class=\"empty\">No version was promoted yet.</p>")
        : Html.of("<h3>Promotions</h3>{}", table.html());
  }

  private Html importances() {
    Optional<ModelVersion> champion = data.status().champion().flatMap(data::version);
    if (champion.isEmpty() || champion.get().importances().isEmpty()) {
      return Html.NONE;
    }
    List<FeatureImportance> all = champion.get().importances();
    double most = all.get(0).weight();
    Table table = new Table("importances", "Feature", "#Weight", "");
    for (FeatureImportance one : all.subList(0, Math.min(FEATURES, all.size()))) {
      table.row(
          one.feature(),
          Html.percent(one.weight()),
          Html.of(
              "<i class=\"bar model\" style=\"width:{}%\"></i>",
              Html.xy(most > 0 ? 100 * one.weight() / most : 0)));
    }
    return Html.of(
        "<h3>What {} leans on</h3>{}{}",
        champion.get().version(),
        table.html(),
        all.size() > FEATURES
            ? Html.of("<p class=\"note\">The first {} of {}.</p>", FEATURES, all.size())
            : Html.NONE);
  }
}
