package dev.penstock.jobs.pipeline;

import dev.penstock.training.LabelKind;

/** What {@code check} says about a pipeline file that has no problem. */
public final class PipelineCheck {
  private PipelineCheck() {}

  /** One line: what the file declares. */
  public static String summary(Pipelines.Loaded loaded) {
    Pipeline pipeline = loaded.pipeline();
    StringBuilder line =
        new StringBuilder("%s: ok, every %s".formatted(loaded.file(), pipeline.every().text()));
    if (!pipeline.uses().isEmpty()) {
      line.append(", uses ").append(String.join(" and ", pipeline.uses()));
    }
    count(line, pipeline.sources().size(), "source");
    count(line, pipeline.tables().size(), "derived table");
    count(line, pipeline.features().size(), "feature group");
    pipeline
        .model()
        .ifPresent(
            model ->
                line.append(
                    ", a model of %s (%s) with %d features"
                        .formatted(
                            model.label().value(),
                            loaded.labelKind().orElseThrow() == LabelKind.CLASSIFICATION
                                ? "true or false"
                                : "a number",
                            loaded.modelColumns().size())));
    return line.toString();
  }

  private static void count(StringBuilder line, int count, String noun) {
    if (count > 0) {
      line.append(", %d %s%s".formatted(count, noun, count == 1 ? "" : "s"));
    }
  }
}
