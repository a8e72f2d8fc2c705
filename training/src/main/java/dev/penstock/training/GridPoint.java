package dev.penstock.training;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One algorithm with one value per parameter: what a single fit needs, besides rows and seed.
 *
 * @param algorithm the learner
 * @param parameters every parameter of the algorithm, defaults filled in, in canonical spelling and
 *     sorted by name
 */
public record GridPoint(Algorithm algorithm, Map<String, String> parameters) {
  public GridPoint {
    SortedMap<String, String> all = new TreeMap<>();
    algorithm.parameters().forEach(p -> all.put(p.name(), p.defaultValue()));
    all.putAll(parameters);
    parameters = Collections.unmodifiableSortedMap(all);
  }

  int whole(String parameter) {
    return Integer.parseInt(parameters.get(parameter));
  }

  double number(String parameter) {
    return Double.parseDouble(parameters.get(parameter));
  }

  String text(String parameter) {
    return parameters.get(parameter);
  }

  /** As in {@code logistic-regression(elasticNetParam=0.0, maxIter=100, ...)}. */
  @Override
  public String toString() {
    return parameters.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(", ", algorithm.text() + "(", ")"));
  }
}
