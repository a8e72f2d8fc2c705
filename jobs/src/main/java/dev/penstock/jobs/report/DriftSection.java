package dev.penstock.jobs.report;

import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How far each column has moved from the champion's training set, as a map of heat. */
record DriftSection(ReportData data, TimeAxis axis) {
  private static final double TOP = 20;
  private static final double ROW = 17;
  private static final double CELL = 14;
  private static final Pattern NUMBER = Pattern.compile("at most ([0-9.Ee+-]+)");
  private static final List<String> LEVELS = List.of("h0", "h1", "h2", "h3", "h4");

  /** One column of the model, or its prediction. */
  private record Column(String name, List<Check> checks) {
    private long failed() {
      return checks.stream().filter(check -> check.outcome() == Outcome.FAILED).count();
    }

    private double peak() {
      return checks.stream().mapToDouble(DriftSection::ratio).max().orElse(0);
    }
  }

  Html html() {
    List<Column> columns = columns();
    if (columns.isEmpty()) {
      return Html.of("<p class=\"empty\">Nothing was scored yet, so nothing can have drifted.</p>");
    }
    List<Html> rows = new ArrayList<>();
    double y = TOP;
    for (Column column : columns) {
      rows.add(row(column, y));
      y += ROW;
    }
    long drifted = columns.stream().filter(column -> column.failed() > 0).count();
    return Html.of(
        """
        <p class="note">Population stability index against the champion's training set, each cell relative to the column's own bound
        (its usual movement, its noise and the floor). {} of {} columns were beyond their bound at least once. At the right: the newest index, and its bound.</p>
        <p class="legend"><i class="h0"></i>far below <i class="h1"></i>below <i class="h2"></i>near the bound <i class="h3"></i>beyond <i class="h4"></i>more than twice <i class="none"></i>too few rows <i class="change"></i>new champion <i class="retrain"></i>retrain decided</p>
        {}""",
        drifted,
        columns.size(),
        axis.drawing(
            y + 24,
            "Drift by column",
            Html.join(
                List.of(
                    axis.ticks(TOP, y - TOP),
                    Html.join(rows),
                    new Changes(data, axis).html(TOP, y)))));
  }

  private List<Column> columns() {
    Map<String, List<Check>> byColumn = new TreeMap<>();
    data.monitored().stream()
        .filter(check -> check.rule().equals("drift"))
        .forEach(
            check ->
                byColumn.computeIfAbsent(check.subject(), name -> new ArrayList<>()).add(check));
    return byColumn.entrySet().stream()
        .map(column -> new Column(column.getKey(), column.getValue()))
        .sorted(
            Comparator.comparingLong(Column::failed).thenComparingDouble(Column::peak).reversed())
        .toList();
  }

  /** One path a level: a year of many columns stays small. */
  private Html row(Column column, double y) {
    Map<String, StringBuilder> paths = new TreeMap<>();
    StringBuilder values = new StringBuilder();
    double width = axis.step() - (axis.step() > 4 ? 1 : 0);
    for (Check check : column.checks()) {
      axis.place(check.slice())
          .ifPresent(
              place -> {
                paths
                    .computeIfAbsent(level(check), level -> new StringBuilder())
                    .append(
                        "M%s %sh%sv%sh-%sz"
                            .formatted(
                                Html.xy(axis.x(place)),
                                Html.xy(y),
                                Html.xy(width),
                                Html.xy(CELL),
                                Html.xy(width)));
                values.append(place).append(':').append(text(check.value())).append('/');
                values.append(text(bound(check))).append(' ');
              });
    }
    List<Html> cells = new ArrayList<>();
    paths.forEach((level, d) -> cells.add(Html.of("<path class=\"{}\" d=\"{}\"/>", level, d)));
    Check newest = column.checks().get(column.checks().size() - 1);
    return Html.of(
        """
        <g class="heat" data-column="{}" data-drift="{}"><text class="name" x="{}" y="{}">{}</text><rect class="track" x="{}" y="{}" width="{}" height="{}"/>{}<text class="side {}" x="{}" y="{}">{} <tspan>/ {}</tspan></text></g>""",
        column.name(),
        values.toString().trim(),
        Html.xy(TimeAxis.LEFT - 10),
        Html.xy(y + CELL - 3),
        Html.cut(column.name(), 34),
        Html.xy(TimeAxis.LEFT),
        Html.xy(y),
        Html.xy(TimeAxis.RIGHT - TimeAxis.LEFT),
        Html.xy(CELL),
        Html.join(cells),
        newest.outcome() == Outcome.FAILED ? "bad" : "",
        Html.xy(TimeAxis.RIGHT + 8),
        Html.xy(y + CELL - 3),
        text(newest.value()),
        text(bound(newest)));
  }

  private static String level(Check check) {
    if (check.value() == null) {
      return "none";
    }
    double ratio = ratio(check);
    int level = ratio > 2 ? 4 : ratio > 1 ? 3 : ratio > 0.75 ? 2 : ratio > 0.4 ? 1 : 0;
    return LEVELS.get(level);
  }

  private static double ratio(Check check) {
    Double bound = bound(check);
    return check.value() == null || bound == null ? 0 : check.value() / bound;
  }

  private static Double bound(Check check) {
    Matcher number = NUMBER.matcher(check.bound());
    return number.matches() ? Double.valueOf(number.group(1)) : null;
  }

  private static String text(Double value) {
    return value == null ? "–" : String.format(Locale.ROOT, "%.2f", value);
  }
}
