package dev.penstock.jobs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Where pipelines stand, as aligned lines of plain text. */
public final class StatusLines {
  private static final int DECISION = 60;
  private static final List<String> HEADINGS =
      List.of("PIPELINE", "NEWEST", "CHAMPION", "AGE", "LABELS", "REFUSED", "DECISION", "NEXT");

  private StatusLines() {}

  /**
   * A heading, a line per pipeline, and one per source with files that wait and per decision that
   * waits for Airflow.
   */
  public static List<String> of(List<PipelineStatus> fleet) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    for (PipelineStatus one : fleet) {
      rows.add(
          List.of(
              one.pipeline(),
              one.newest().orElse("-"),
              one.champion().orElse("-"),
              one.age().isPresent() ? String.valueOf(one.age().getAsLong()) : "-",
              one.labels()
                  .map(share -> String.format(Locale.ROOT, "%.1f%%", share * 100))
                  .orElse("-"),
              String.valueOf(one.refused().size()),
              one.decision().map(said -> Html.cut(said, DECISION)).orElse("-"),
              one.next()));
    }
    List<String> lines = new ArrayList<>();
    rows.forEach(row -> lines.add(line(row, rows)));
    for (PipelineStatus one : fleet) {
      one.waiting().forEach(files -> lines.add("%s %s".formatted(one.pipeline(), files.line())));
      one.undelivered()
          .map(
              it ->
                  "%1$s %2$s: Airflow has not got the decision (%3$s); ./penstock trigger %1$s delivers it"
                      .formatted(one.pipeline(), it.slice(), it.reason()))
          .ifPresent(lines::add);
    }
    return lines;
  }

  private static String line(List<String> row, List<List<String>> rows) {
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      int column = i;
      int width = rows.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
      cells.add(row.get(i) + " ".repeat(width - row.get(i).length()));
    }
    return cells.stream().collect(Collectors.joining("  ")).stripTrailing();
  }
}
