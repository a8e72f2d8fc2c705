package dev.penstock.jobs.ingest;

import dev.penstock.jobs.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The derived tables of a pipeline, each after those that it reads. */
record DerivedOrder(Pipeline pipeline) {
  List<String> names() {
    List<String> names = new ArrayList<>();
    Set<String> all = pipeline.tables().keySet();
    while (names.size() < all.size()) {
      List<String> next =
          all.stream()
              .filter(name -> !names.contains(name))
              .filter(
                  name ->
                      pipeline.tables().get(name).reads().keySet().stream()
                          .allMatch(read -> !all.contains(read) || names.contains(read)))
              .toList();
      if (next.isEmpty()) {
        throw new IllegalStateException("derived tables read each other in a circle: " + all);
      }
      names.addAll(next);
    }
    return names;
  }
}
