package dev.penstock.jobs.ingest;

import dev.penstock.jobs.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The sources of a pipeline, each after those that its gate looks into. */
record SourceOrder(Pipeline pipeline) {
  List<String> names() {
    List<String> names = new ArrayList<>();
    Set<String> rest = new LinkedHashSet<>(pipeline.sources().keySet());
    while (!rest.isEmpty()) {
      List<String> next = ready(rest, rest);
      if (next.isEmpty()) {
        throw circle(rest);
      }
      names.addAll(next);
      next.forEach(rest::remove);
    }
    return names;
  }

  /** Those of {@code rest} whose gates look into none of {@code unsettled}. */
  List<String> ready(Collection<String> rest, Collection<String> unsettled) {
    return rest.stream()
        .filter(
            name ->
                Fingerprints.referencedTables(pipeline.sources().get(name)).stream()
                    .noneMatch(table -> unsettled.contains(table) && !table.equals(name)))
        .toList();
  }

  static IllegalStateException circle(Collection<String> sources) {
    return new IllegalStateException("references of gates form a circle: " + sources);
  }
}
