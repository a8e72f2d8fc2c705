package dev.penstock.jobs.report;

import dev.penstock.training.Metric;
import dev.penstock.training.ModelVersion;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** How the champion did on labels that came later, and how many of them came. */
record PerformanceSection(ReportData data, TimeAxis axis) {
  private static final double TOP = 18;
  private static final double HEIGHT = 190;
  private static final double LABELS = 70;
  private static final double GAP = 34;

  Html html() {
    List<Check> measured =
        data.monitored().stream()
            .filter(check -> check.rule().equals("performance") && check.value() != null)
            .toList();
    List<Check> labels =
        data.monitored().stream()
            .filter(check -> check.rule().equals("labels") && check.value() != null)
            .toList();
    if (measured.isEmpty() && labels.isEmpty()) {
      return Html.of(
          "<p class=\"empty\">No scored interval has matured labels yet, or none are watched.</p>");
    }
    List<Html> parts = new ArrayList<>();
    parts.add(axis.ticks(TOP, HEIGHT + GAP + LABELS));
    parts.add(new Changes(data, axis).html(TOP, TOP + HEIGHT + GAP + LABELS));
    if (!measured.isEmpty()) {
      parts.add(chart(measured));
    }
    parts.add(coverage(labels));
    String metric = measured.isEmpty() ? "performance" : measured.get(0).subject();
    return Html.of(
        """
        <p class="legend"><i class="line"></i>{} on matured labels <i class="band"></i>its 95% interval <i class="accepted-line"></i>when the version was accepted <i class="limit-line"></i>the least that is fine <i class="change"></i>new champion <i class="retrain"></i>retrain decided</p>
        {}""",
        metric,
        axis.drawing(TOP + HEIGHT + GAP + LABELS + 26, "Performance over time", Html.join(parts)));
  }

  private Html chart(List<Check> measured) {
    double least = measured.stream().flatMapToDouble(this::values).min().orElse(0);
    double most = measured.stream().flatMapToDouble(this::values).max().orElse(1);
    double margin = Math.max(1e-6, (most - least) * 0.12);
    Scale scale = new Scale(least - margin, most + margin);
    List<Html> parts = new ArrayList<>();
    for (int i = 0; i <= 4; i++) {
      double value = scale.low + (scale.high - scale.low) * i / 4;
      parts.add(
          Html.of(
              """
              <line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="name" x="{}" y="{}">{}</text>""",
              Html.xy(TimeAxis.LEFT),
              Html.xy(TimeAxis.RIGHT),
              scale.y(value),
              scale.y(value),
              Html.xy(TimeAxis.LEFT - 10),
              Html.xy(scale.at(value) + 4),
              Html.decimal(value, 3)));
    }
    for (List<Check> run : runs(measured)) {
      parts.add(band(run, scale));
      parts.add(reference(run, scale));
      StringBuilder line = new StringBuilder();
      for (Check check : run) {
        line.append(line.isEmpty() ? "M" : "L").append(x(check)).append(' ');
        line.append(scale.y(check.value()));
      }
      parts.add(Html.of("<path class=\"line\" d=\"{}\"/>", line));
    }
    for (Check check : measured) {
      parts.add(
          Html.of(
              """
              <circle class="point{}" cx="{}" cy="{}" r="{}" data-tip="{}"/>""",
              check.outcome() == Outcome.FAILED ? " bad" : "",
              x(check),
              scale.y(check.value()),
              axis.step() > 6 ? "3.5" : "2",
              check.slice() + "\n" + check.reason()));
    }
    return Html.of("<g id=\"performance-chart\">{}</g>", Html.join(parts));
  }

  /** Neighbours that one version scored. */
  private List<List<Check>> runs(List<Check> measured) {
    List<List<Check>> runs = new ArrayList<>();
    Optional<String> before = Optional.empty();
    for (Check check : measured) {
      Optional<String> version = data.championOf(check.slice()).map(ModelVersion::version);
      if (runs.isEmpty() || !version.equals(before)) {
        runs.add(new ArrayList<>());
      }
      runs.get(runs.size() - 1).add(check);
      before = version;
    }
    return runs;
  }

  private Html band(List<Check> run, Scale scale) {
    StringBuilder there = new StringBuilder();
    StringBuilder back = new StringBuilder();
    for (Check check : run) {
      if (check.low() != null && check.high() != null) {
        there.append(there.isEmpty() ? "M" : "L").append(x(check)).append(' ');
        there.append(scale.y(check.high()));
        back.insert(0, "L" + x(check) + " " + scale.y(check.low()));
      }
    }
    return there.isEmpty() ? Html.NONE : Html.of("<path class=\"band\" d=\"{}{}z\"/>", there, back);
  }

  private Html reference(List<Check> run, Scale scale) {
    Optional<Double> accepted = accepted(run.get(0));
    if (accepted.isEmpty()) {
      return Html.NONE;
    }
    String d =
        "M%s %sH%s"
            .formatted(
                x(run.get(0), -0.5), scale.y(accepted.get()), x(run.get(run.size() - 1), 0.5));
    Html line = Html.of("<path class=\"accepted-line\" d=\"{}\"/>", d);
    if (data.mayLose().isEmpty()) {
      return line;
    }
    String limit =
        "M%s %sH%s"
            .formatted(
                x(run.get(0), -0.5), scale.y(limit(run.get(0))), x(run.get(run.size() - 1), 0.5));
    return Html.join(List.of(line, Html.of("<path class=\"limit-line\" d=\"{}\"/>", limit)));
  }

  private Optional<Double> accepted(Check check) {
    return data.championOf(check.slice()).map(version -> version.metrics().get(check.subject()));
  }

  private double limit(Check check) {
    boolean higherIsBetter =
        Stream.of(Metric.values())
            .filter(metric -> metric.text().equals(check.subject()))
            .anyMatch(Metric::higherIsBetter);
    double lose = data.mayLose().orElse(0);
    return accepted(check).orElse(check.value()) + (higherIsBetter ? -lose : lose);
  }

  private DoubleStream values(Check check) {
    return DoubleStream.of(
        check.value(),
        check.low() == null ? check.value() : check.low(),
        check.high() == null ? check.value() : check.high(),
        accepted(check).orElse(check.value()),
        limit(check));
  }

  private Html coverage(List<Check> labels) {
    double bottom = TOP + HEIGHT + GAP + LABELS;
    List<Html> bars = new ArrayList<>();
    for (Check check : labels) {
      axis.place(check.slice())
          .ifPresent(
              place ->
                  bars.add(
                      Html.of(
                          """
                          <rect class="coverage" x="{}" y="{}" width="{}" height="{}" data-tip="{}"/>""",
                          Html.xy(axis.x(place)),
                          Html.xy(bottom - LABELS * check.value()),
                          Html.xy(Math.max(0.5, axis.step() - (axis.step() > 4 ? 1 : 0))),
                          Html.xy(LABELS * check.value()),
                          check.slice() + "\n" + check.reason())));
    }
    return Html.of(
        """
        <g id="coverage-chart"><text class="name" x="{}" y="{}">labels that came 100%</text><line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>{}</g>""",
        Html.xy(TimeAxis.LEFT - 10),
        Html.xy(bottom - LABELS + 4),
        Html.xy(TimeAxis.LEFT),
        Html.xy(TimeAxis.RIGHT),
        Html.xy(bottom - LABELS),
        Html.xy(bottom - LABELS),
        Html.xy(TimeAxis.LEFT),
        Html.xy(TimeAxis.RIGHT),
        Html.xy(bottom),
        Html.xy(bottom),
        Html.join(bars));
  }

  private String x(Check check) {
    return x(check, 0);
  }

  private String x(Check check, double intervals) {
    return Html.xy(axis.middle(axis.place(check.slice()).orElse(0)) + intervals * axis.step());
  }

  private record Scale(double low, double high) {
    private double at(double value) {
      return TOP + HEIGHT * (high - value) / (high - low);
    }

    private String y(double value) {
      return Html.xy(at(value));
    }
  }
}
