package dev.penstock.jobs.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The text of a page: HTML that needs no other file and no network. */
final class Page {
  private Page() {}

  /** The page about a pipeline. */
  static String of(ReportData data) {
    TimeAxis axis = new TimeAxis(data.intervals());
    TimeAxis served = new TimeAxis(data.monitoredIntervals());
    List<Html> sections = new ArrayList<>();
    sections.add(new HeaderSection(data).html());
    sections.add(
        section(
            "slices",
            "What happened",
            Html.of(
                """
                <p class="legend"><i class="ok"></i>in the table <i class="quarantine"></i>share in quarantine <i class="refused"></i>refused <i class="released"></i>released <i class="idle"></i>nothing new <i class="model"></i>scored <i class="held"></i>retrain held back <i class="retrain"></i>retrain <i class="trained"></i>trained <i class="promoted"></i>champion from here</p>
                {}{}""",
                new Lanes(data, axis).html(),
                hidden(data))));
    if (!data.sources().isEmpty()) {
      sections.add(section("gates", "Gates and quarantine", new GateSection(data).html()));
      sections.add(
          section("accounts", "Every row is accounted for", new AccountSection(data).html()));
    }
    if (data.mayLose().isPresent() || !data.versions().isEmpty() || !data.decisions().isEmpty()) {
      sections.add(section("drift", "Drift", new DriftSection(data, served).html()));
      sections.add(
          section("performance", "Performance", new PerformanceSection(data, served).html()));
      sections.add(section("models", "Models", new ModelSection(data).html()));
    }
    sections.add(section("runs", "Runs and costs", new CostSection(data, axis).html()));
    return document(data.status().pipeline(), Html.join(sections));
  }

  /** The page about all pipelines. */
  static String ofFleet(List<PipelineStatus> fleet) {
    Table table =
        new Table(
            "fleet",
            "Pipeline",
            "Newest slice",
            "Champion",
            "#Age",
            "#Labels",
            "#Refused",
            "Last decision",
            "Next");
    for (PipelineStatus one : fleet) {
      table.row(
          Html.of(
              "<a href=\"{}.html\"><b>{}</b></a><br><span class=\"dim\">{}</span>",
              one.pipeline(),
              one.pipeline(),
              one.description()),
          one.newest().orElse("–"),
          one.champion().orElse("none"),
          one.age().isPresent() ? Html.count(one.age().getAsLong()) : "–",
          one.labels().map(Html::percent).orElse("–"),
          one.refused().isEmpty()
              ? Html.of("<span class=\"zero\">0</span>")
              : Html.of("<b class=\"bad\">{}</b>", one.refused().size()),
          one.decision().map(said -> Html.cut(said, 140)).orElse("–"),
          Html.of("<code>{}</code>", one.next()));
    }
    Html header =
        Html.of(
            """
            <header><p class="brand">Penstock <span>fleet</span></p><h1>{}</h1></header>
            {}""",
            Html.plural(fleet.size(), "pipeline"),
            fleet.isEmpty()
                ? Html.of("<p class=\"empty\">No pipeline has run in this warehouse yet.</p>")
                : table.html());
    return document("fleet", header);
  }

  private static Html section(String id, String title, Html content) {
    return Html.of("<section id=\"{}\"><h2>{}</h2>{}</section>", id, title, content);
  }

  private static Html hidden(ReportData data) {
    return data.hidden() == 0
        ? Html.NONE
        : Html.of(
            "<p class=\"note\">The newest {} intervals; {} earlier ones are not on this page.</p>",
            Html.count(data.intervals().size()),
            Html.count(data.hidden()));
  }

  private static String document(String title, Html body) {
    return Html.of(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{} · Penstock</title>
            <style>
            {}</style>
            </head>
            <body>
            <main>
            {}
            </main>
            <div id="tip" role="status" hidden></div>
            <script>
            {}</script>
            </body>
            </html>
            """,
            title,
            resource("page.css"),
            body,
            resource("page.js"))
        .markup();
  }

  private static Html resource(String name) {
    try (InputStream stream = Page.class.getResourceAsStream(name)) {
      return new Html(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
