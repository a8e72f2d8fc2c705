package dev.penstock.jobs.dags;

import dev.penstock.features.Durations;
import dev.penstock.jobs.pipeline.GroupSection;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.jobs.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What Airflow's UI says about a pipeline, in Markdown. */
final class DagDocument {
  private DagDocument() {}

  static String of(Pipeline pipeline) {
    List<String> lines = new ArrayList<>();
    lines.add("### " + pipeline.pipeline());
    pipeline.description().ifPresent(text -> lines.addAll(List.of(text.strip(), "")));
    lines.addAll(List.of("| | |", "|---|---|"));
    row(lines, "every", pipeline.every().text() + ", " + pipeline.timeZone().getId());
    row(lines, "uses", String.join(", ", pipeline.uses()));
    pipeline
        .sources()
        .forEach(
            (name, source) ->
                row(
                    lines,
                    "source " + name,
                    "key "
                        + listed(source.key())
                        + refuses(source.gate().toGate().refuse().size())));
    pipeline
        .tables()
        .forEach(
            (name, table) ->
                row(
                    lines,
                    "table " + name,
                    "of " + listed(table.reads().keySet().stream().toList())));
    pipeline.features().forEach((name, group) -> row(lines, "features " + name, describe(group)));
    pipeline.model().ifPresent(model -> describe(lines, model));
    pipeline
        .retrain()
        .ifPresent(
            retrain ->
                row(
                    lines,
                    "retrain",
                    "on %s, not within %s of the last training"
                        .formatted(
                            retrain.any().stream()
                                .map(Object::toString)
                                .collect(Collectors.joining(" or ")),
                            Durations.text(retrain.cooldown()))));
    lines.add("");
    lines.add(
        "A refused slice fails its task without a retry: mend the file, or `./penstock gate accept %s SOURCE --date D"
                .formatted(pipeline.pipeline())
            + " --reason R`, then clear the task.");
    return String.join("\n", lines) + "\n";
  }

  private static void describe(List<String> lines, Model model) {
    row(
        lines,
        "predicts",
        "%s of each row of %s".formatted(model.label().value(), model.predict().each()));
    row(
        lines,
        "model features",
        model.features().stream().map(feature -> feature.name()).collect(Collectors.joining(", ")));
    row(
        lines,
        "candidates",
        model.candidates().stream()
                .map(candidate -> candidate.algorithm().text())
                .collect(Collectors.joining(", "))
            + ", chosen by "
            + model.chooseBy().text());
  }

  private static String describe(GroupSection group) {
    String by = group.by().isEmpty() ? "all events" : listed(group.by());
    return group
        .description()
        .map(text -> text + " (from %s by %s)".formatted(group.from(), by))
        .orElse("from %s by %s".formatted(group.from(), by));
  }

  private static String refuses(int rules) {
    return rules == 0 ? "" : "; refused by any of %d rules".formatted(rules);
  }

  private static String listed(List<String> names) {
    return String.join(", ", names);
  }

  /** A row of the table, if it has something to say. */
  private static void row(List<String> lines, String what, String text) {
    if (!text.isEmpty()) {
      lines.add(
          "| %s | %s |".formatted(what, text.strip().replaceAll("\\s+", " ").replace("|", "\\|")));
    }
  }
}
