package dev.penstock.jobs.report;

import java.util.ArrayList;
import java.util.List;

/** Where the pipeline stands, in a glance. */
record HeaderSection(ReportData data) {

  Html html() {
    PipelineStatus status = data.status();
    List<Html> tiles = new ArrayList<>();
    tiles.add(
        tile(
            "Data up to",
            status.newest().orElse("nothing yet"),
            Html.plural(data.intervals().size() + data.hidden(), "interval")
                + (data.intervals().isEmpty() ? "" : " since " + data.intervals().get(0))));
    tiles.add(champion(status));
    tiles.add(
        tile(
            "Labels",
            status.labels().map(Html::percent).orElse("–"),
            status.labels().isPresent()
                ? "of the newest matured predictions"
                : "no matured prediction yet"));
    long waiting = status.refused().size();
    tiles.add(
        tile(
            "Refused slices",
            Html.count(waiting),
            waiting == 0
                ? "none waits"
                : "the newest: "
                    + status.refused().get(0).source()
                    + " "
                    + status.refused().get(0).slice()));
    double core = data.costs().stream().mapToDouble(ReportData.Cost::coreSeconds).sum();
    double wall = data.costs().stream().mapToDouble(ReportData.Cost::seconds).sum();
    tiles.add(
        tile("Cost", Html.decimal(core, 0) + " core s", Html.decimal(wall, 0) + " s of jobs"));
    return Html.of(
        """
        <header>
        <p class="brand">Penstock <span>pipeline</span></p>
        <h1>{}</h1>
        <p class="lead">{}</p>
        <div class="tiles">{}</div>
        <dl class="state">
        <dt>Last decision</dt><dd id="decision">{}</dd>
        <dt>Next</dt><dd><code id="next">{}</code></dd>
        </dl>
        </header>""",
        status.pipeline(),
        status.description(),
        Html.join(tiles),
        status
            .decision()
            .map(said -> Html.of("<b>{}</b> {}", status.decided().orElse(""), said))
            .orElse(Html.of("none yet")),
        status.next());
  }

  private Html champion(PipelineStatus status) {
    if (status.champion().isEmpty()) {
      return tile("Champion", "none", "no version was accepted yet");
    }
    String name = status.champion().get();
    String algorithm = data.version(name).map(version -> version.algorithm()).orElse("");
    String age =
        status.age().isPresent()
            ? ", " + Html.plural(status.age().getAsLong(), "interval") + " old"
            : "";
    return tile("Champion", name, algorithm + age);
  }

  private static Html tile(String title, String value, String note) {
    return Html.of(
        """
        <div class="tile"><h2>{}</h2><p class="value">{}</p><p class="note">{}</p></div>""",
        title,
        value,
        note);
  }
}
