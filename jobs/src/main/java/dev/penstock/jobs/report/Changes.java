package dev.penstock.jobs.report;

import dev.penstock.jobs.ledger.Decisions;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.training.Promotion;
import java.util.ArrayList;
import java.util.List;

/** When a retrain was decided and when a new champion began, as lines across a drawing. */
record Changes(ReportData data, TimeAxis axis) {

  Html html(double top, double bottom) {
    List<Html> lines = new ArrayList<>();
    for (SliceRecord row : data.decisions()) {
      if (Decisions.isPositive(row)) {
        axis.place(row.slice())
            .ifPresent(
                place ->
                    lines.add(
                        Html.of(
                            """
                            <path class="retrain" d="M{} {}h8l-4 7z" data-tip="{}"/>""",
                            Html.xy(axis.middle(place) - 4),
                            Html.xy(top - 10),
                            row.slice() + "\n" + row.reason())));
      }
    }
    for (Promotion promotion : data.promotions()) {
      axis.place(promotion.fromSlice())
          .ifPresent(
              place ->
                  lines.add(
                      Html.of(
                          """
                          <line class="change" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="mark start" x="{}" y="{}">{}</text>""",
                          Html.xy(axis.x(place)),
                          Html.xy(axis.x(place)),
                          Html.xy(top - 6),
                          Html.xy(bottom),
                          Html.xy(axis.x(place) + 4),
                          Html.xy(top - 3),
                          promotion.version())));
    }
    return Html.join(lines);
  }
}
