package dev.penstock.training;

import java.util.List;

/**
 * Everything that decides what a training does with a frozen training set, besides its rows.
 *
 * @param key columns that tell one row from another; with {@code as_of_time} they order the rows
 * @param features feature columns of the training set, in the order of the file; never empty
 * @param labelKind what the label is
 * @param split lengths of the parts
 * @param candidates never empty; the order breaks ties
 * @param chooseBy picks the candidate on the last part of the train rows, never on the holdout
 * @param seed of learners and resampling
 * @param accept all must hold; none means that every version is accepted
 */
public record ModelSpec(
    List<String> key,
    List<String> features,
    LabelKind labelKind,
    Split split,
    List<Candidate> candidates,
    Metric chooseBy,
    long seed,
    List<Accept> accept) {
  public ModelSpec {
    key = List.copyOf(key);
    features = List.copyOf(features);
    candidates = List.copyOf(candidates);
    accept = List.copyOf(accept);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("key must name at least one column");
    }
    if (features.isEmpty()) {
      throw new IllegalArgumentException("features must name at least one column");
    }
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException(
          "candidates must name at least one of " + Algorithm.known());
    }
    for (Candidate candidate : candidates) {
      if (!candidate.algorithm().learns(labelKind)) {
        throw new IllegalArgumentException(
            "candidates: %s does not learn %s"
                .formatted(candidate.algorithm().text(), described(labelKind)));
      }
    }
    requireFits("chooseBy", chooseBy, labelKind);
    accept.forEach(rule -> requireFits("accept", rule.metric(), labelKind));
  }

  private static void requireFits(String component, Metric metric, LabelKind kind) {
    if (metric.kind() != kind) {
      throw new IllegalArgumentException(
          "%s: %s is not for labels that are %s; use one of %s"
              .formatted(
                  component,
                  metric.text(),
                  described(kind),
                  Metric.of(kind).stream().map(Metric::text).toList()));
    }
  }

  private static String described(LabelKind kind) {
    return kind == LabelKind.CLASSIFICATION ? "true or false" : "numbers";
  }
}
