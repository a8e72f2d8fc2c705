package dev.penstock.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What the jobs took, and what they warned of. */
record CostSection(ReportData data, TimeAxis axis) {
  private static final List<String> JOBS =
      List.of("ingest", "features", "score", "monitor", "train");
  private static final double TOP = 10;
  private static final double HEIGHT = 130;
  private static final int WARNINGS = 60;

  /** Sums of one job. */
  private static final class Total {
    private long runs;
    private long rows;
    private double seconds;
    private double coreSeconds;
  }

  Html html() {
    if (data.costs().isEmpty()) {
      return Html.of("<p class=\"empty\">Nothing was run yet.</p>");
    }
    return Html.join(List.of(chart(), totals(), warnings()));
  }

  private Html chart() {
    Map<Integer, Map<String, Double>> byPlace = spread();
    double most =
        byPlace.values().stream()
            .mapToDouble(jobs -> jobs.values().stream().mapToDouble(core -> core).sum())
            .max()
            .orElse(1);
    List<Html> bars = new ArrayList<>();
    byPlace.forEach(
        (place, jobs) -> {
          double y = TOP + HEIGHT;
          StringBuilder tip = new StringBuilder(axis.slices().get(place));
          for (String job : JOBS) {
            double core = jobs.getOrDefault(job, 0.0);
            if (core > 0) {
              tip.append("\n").append(job).append(' ').append(Html.decimal(core, 1));
              tip.append(" core s");
            }
          }
          for (String job : JOBS) {
            double height = HEIGHT * jobs.getOrDefault(job, 0.0) / Math.max(1e-9, most);
            if (height > 0) {
              y -= height;
              bars.add(bar(job, place, y, height, tip.toString()));
            }
          }
        });
    List<Html> legend = new ArrayList<>();
    JOBS.forEach(job -> legend.add(Html.of("<i class=\"job-{}\"></i>{} ", job, job)));
    Html scale =
        Html.of(
            """
            <text class="name" x="{}" y="{}">{} core s</text><text class="name" x="{}" y="{}">0</text>""",
            Html.xy(TimeAxis.LEFT - 10),
            Html.xy(TOP + 8),
            Html.decimal(most, most < 10 ? 1 : 0),
            Html.xy(TimeAxis.LEFT - 10),
            Html.xy(TOP + HEIGHT));
    return Html.of(
        """
        <p class="legend">{}</p><p class="note">A block of history is one run; its cost is spread evenly over its intervals.</p>
        {}""",
        Html.join(legend),
        axis.drawing(
            TOP + HEIGHT + 26,
            "Core seconds by interval and job",
            Html.join(List.of(axis.ticks(TOP, HEIGHT), scale, Html.join(bars)))));
  }

  private Html bar(String job, int place, double y, double height, String tip) {
    return Html.of(
        """
        <rect class="job-{}" x="{}" y="{}" width="{}" height="{}" data-tip="{}"/>""",
        job,
        Html.xy(axis.x(place)),
        Html.xy(y),
        Html.xy(Math.max(0.5, axis.step() - (axis.step() > 4 ? 1 : 0))),
        Html.xy(Math.max(0.4, height)),
        tip);
  }

  /** Core seconds of each job, by interval. */
  private Map<Integer, Map<String, Double>> spread() {
    Map<Integer, Map<String, Double>> byPlace = new TreeMap<>();
    for (ReportData.Cost cost : data.costs()) {
      OptionalInt first = axis.place(cost.first());
      OptionalInt last = axis.place(cost.last());
      if (first.isPresent() && last.isPresent()) {
        int places = last.getAsInt() - first.getAsInt() + 1;
        for (int place = first.getAsInt(); place <= last.getAsInt(); place++) {
          byPlace
              .computeIfAbsent(place, p -> new TreeMap<>())
              .merge(cost.job(), cost.coreSeconds() / places, Double::sum);
        }
      }
    }
    return byPlace;
  }

  private Html totals() {
    Map<String, Total> byJob = new LinkedHashMap<>();
    JOBS.forEach(job -> byJob.put(job, new Total()));
    Total all = new Total();
    for (ReportData.Cost cost : data.costs()) {
      for (Total total : List.of(byJob.computeIfAbsent(cost.job(), job -> new Total()), all)) {
        total.runs++;
        total.rows += cost.rows();
        total.seconds += cost.seconds();
        total.coreSeconds += cost.coreSeconds();
      }
    }
    Table table =
        new Table(
            "costs",
            "Job",
            "#Runs",
            "#Rows written",
            "#Seconds",
            "#Core seconds",
            "#Seconds a run");
    byJob.forEach((job, total) -> row(table, Html.of("{}", job), total));
    row(table, Html.of("<b>total</b>"), all);
    return table.html();
  }

  private static void row(Table table, Html name, Total total) {
    if (total.runs > 0) {
      table.row(
          name,
          Html.count(total.runs),
          Html.count(total.rows),
          Html.decimal(total.seconds, 1),
          Html.decimal(total.coreSeconds, 1),
          Html.decimal(total.seconds / total.runs, 1));
    }
  }

  private Html warnings() {
    List<String> all =
        data.costs().stream().flatMap(cost -> cost.warnings().stream()).sorted().toList();
    if (all.isEmpty()) {
      return Html.NONE;
    }
    List<Html> shown = new ArrayList<>();
    all.subList(Math.max(0, all.size() - WARNINGS), all.size())
        .forEach(warning -> shown.add(Html.of("<li>{}</li>", warning)));
    return Html.of(
        "<details id=\"run-warnings\"><summary>{} of the runs</summary><ul>{}</ul></details>",
        Html.plural(all.size(), "warning"),
        Html.join(shown));
  }
}
