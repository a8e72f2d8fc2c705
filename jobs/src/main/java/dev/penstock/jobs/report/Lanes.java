package dev.penstock.jobs.report;

import dev.penstock.jobs.ledger.Decisions;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** What became of every slice, decision and model: one strip each, under each other. */
record Lanes(ReportData data, TimeAxis axis) {
  private static final double TOP = 6;
  private static final double LANE = 26;
  private static final double CELL = 18;

  Html html() {
    List<Html> lanes = new ArrayList<>();
    double y = TOP;
    for (ReportData.Source source : data.sources()) {
      lanes.add(lane(source.name(), y, cells(source, y)));
      y += LANE;
    }
    if (!data.predictions().isEmpty() || !data.decisions().isEmpty()) {
      lanes.add(lane("predictions", y, predictions(y)));
      y += LANE;
      lanes.add(lane("decisions", y, decisions(y)));
      y += LANE;
      lanes.add(lane("models", y, models(y)));
      y += LANE;
    }
    return axis.drawing(
        y + 24,
        "What became of each slice",
        Html.join(List.of(axis.ticks(TOP, y - TOP), Html.join(lanes))));
  }

  private Html lane(String name, double y, List<Html> cells) {
    return Html.of(
        """
        <g class="lane" data-lane="{}"><text class="name" x="{}" y="{}">{}</text><rect class="track" x="{}" y="{}" width="{}" height="{}"/>
        {}</g>""",
        name,
        Html.xy(TimeAxis.LEFT - 10),
        Html.xy(y + CELL - 5),
        Html.cut(name, 30),
        Html.xy(TimeAxis.LEFT),
        Html.xy(y),
        Html.xy(TimeAxis.RIGHT - TimeAxis.LEFT),
        Html.xy(CELL),
        Html.join(cells));
  }

  private List<Html> cells(ReportData.Source source, double y) {
    List<Html> cells = new ArrayList<>();
    for (SliceRecord row : source.slices()) {
      OptionalInt place = axis.place(row.slice());
      if (place.isEmpty()) {
        continue;
      }
      Counts counts = row.counts();
      String tip = tip(source.name(), row);
      if (row.verdict() != Verdict.COMMITTED) {
        String kind = row.verdict() == Verdict.REFUSED ? "refused" : "released";
        cells.add(cell(kind, place.getAsInt(), y, CELL, tip));
        continue;
      }
      cells.add(cell(counts.rowsSeen() == 0 ? "idle" : "ok", place.getAsInt(), y, CELL, tip));
      if (counts.rowsQuarantined() > 0) {
        double share = (double) counts.rowsQuarantined() / counts.rowsSeen();
        double height = Math.max(4, share * CELL);
        cells.add(cell("quarantine", place.getAsInt(), y + CELL - height, height, tip));
      } else if (counts.filesQuarantined() > 0) {
        cells.add(cell("quarantine", place.getAsInt(), y + CELL - 4, 4, tip));
      }
    }
    return cells;
  }

  private Html cell(String kind, int place, double y, double height, String tip) {
    double gap = axis.step() > 4 ? 1 : 0;
    return Html.of(
        """
        <rect class="{}" x="{}" y="{}" width="{}" height="{}" data-tip="{}"/>""",
        kind,
        Html.xy(axis.x(place)),
        Html.xy(y),
        Html.xy(Math.max(0.5, axis.step() - gap)),
        Html.xy(height),
        tip);
  }

  private static String tip(String source, SliceRecord row) {
    Counts counts = row.counts();
    StringBuilder tip = new StringBuilder(source + " " + row.slice());
    if (row.verdict() != Verdict.COMMITTED) {
      tip.append("\n").append(row.verdict() == Verdict.REFUSED ? "refused: " : "released: ");
      tip.append(row.reason());
    }
    tip.append("\n").append(Html.plural(counts.rowsSeen(), "row")).append(" seen");
    if (counts.rowsSeen() > 0) {
      tip.append(", ").append(Html.count(counts.rowsAdded())).append(" added");
    }
    if (counts.rowsQuarantined() > 0) {
      tip.append(", ").append(Html.count(counts.rowsQuarantined())).append(" quarantined: ");
      tip.append(
          row.quarantined().entrySet().stream()
              .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
              .limit(4)
              .map(rule -> rule.getKey() + " " + Html.count(rule.getValue()))
              .collect(Collectors.joining(", ")));
    }
    if (counts.filesQuarantined() > 0) {
      tip.append("\n").append(Html.plural(counts.filesQuarantined(), "file")).append(" unreadable");
    }
    return tip.toString();
  }

  private List<Html> predictions(double y) {
    List<Html> cells = new ArrayList<>();
    for (SliceRecord row : data.predictions()) {
      String by = data.championOf(row.slice()).map(ModelVersion::version).orElse("");
      String tip =
          "%s\n%s by %s"
              .formatted(row.slice(), Html.plural(row.counts().rowsAdded(), "prediction"), by);
      axis.place(row.slice()).ifPresent(place -> cells.add(cell("model", place, y, CELL, tip)));
    }
    return cells;
  }

  private List<Html> decisions(double y) {
    List<Html> cells = new ArrayList<>();
    for (SliceRecord row : data.decisions()) {
      String kind =
          Decisions.isPositive(row)
              ? "retrain"
              : row.reason().startsWith("held back") ? "held" : "quiet";
      axis.place(row.slice())
          .ifPresent(
              place -> cells.add(cell(kind, place, y, CELL, row.slice() + "\n" + row.reason())));
    }
    return cells;
  }

  private List<Html> models(double y) {
    List<Html> marks = new ArrayList<>();
    for (ModelVersion version : data.versions()) {
      String slice = version.provenance().slice();
      String tip =
          "%s trained for %s, %s\n%s"
              .formatted(
                  version.version(),
                  slice,
                  version.accepted() ? "accepted" : "not accepted",
                  String.join("\n", version.reasons()));
      axis.place(slice)
          .ifPresent(
              place ->
                  marks.add(
                      Html.of(
                          """
                          <circle class="{}" cx="{}" cy="{}" r="6" data-tip="{}"/><text class="mark" x="{}" y="{}">{}</text>""",
                          version.accepted() ? "accepted" : "rejected",
                          Html.xy(axis.middle(place)),
                          Html.xy(y + CELL / 2),
                          tip,
                          Html.xy(axis.middle(place) - 10),
                          Html.xy(y + CELL / 2 + 4),
                          version.version())));
    }
    for (Promotion promotion : data.promotions()) {
      String tip =
          "%s is champion from %s on, by %s\n%s"
              .formatted(
                  promotion.version(),
                  promotion.fromSlice(),
                  promotion.actor(),
                  promotion.reason());
      axis.place(promotion.fromSlice())
          .ifPresent(
              place ->
                  marks.add(
                      Html.of(
                          """
                          <path class="promoted" d="M{} {}v12l10-6z" data-tip="{}"/>""",
                          Html.xy(axis.x(place) + 2),
                          Html.xy(y + CELL / 2 - 6),
                          tip)));
    }
    return marks;
  }
}
