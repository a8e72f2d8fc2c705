package dev.penstock.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * An algorithm and the parameter values to try.
 *
 * @param algorithm the learner
 * @param grid per parameter the values to try, as text; parameters that are not named keep their
 *     default; empty means one model with all defaults. Kept in canonical spelling
 */
public record Candidate(Algorithm algorithm, Map<String, List<String>> grid) {
  public Candidate {
    SortedMap<String, List<String>> canonical = new TreeMap<>();
    for (var entry : grid.entrySet()) {
      Parameter parameter = parameter(algorithm, entry.getKey());
      if (entry.getValue().isEmpty()) {
        throw new IllegalArgumentException(parameter.name() + " must have at least one value");
      }
      canonical.put(
          parameter.name(),
          entry.getValue().stream().map(parameter::canonical).distinct().toList());
    }
    grid = Collections.unmodifiableSortedMap(canonical);
  }

  private static Parameter parameter(Algorithm algorithm, String name) {
    return algorithm
        .findParameter(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s is not a known parameter of %s; known: %s"
                        .formatted(
                            name,
                            algorithm.text(),
                            algorithm.parameters().stream()
                                .map(Parameter::name)
                                .collect(Collectors.joining(", ")))));
  }

  /** Every combination of the values, in the order of parameter names and of the values given. */
  public List<GridPoint> gridPoints() {
    List<Map<String, String>> combinations = new ArrayList<>(List.of(Map.of()));
    for (var entry : grid.entrySet()) {
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> start : combinations) {
        for (String value : entry.getValue()) {
          Map<String, String> next = new LinkedHashMap<>(start);
          next.put(entry.getKey(), value);
          longer.add(next);
        }
      }
      combinations = longer;
    }
    return combinations.stream().map(chosen -> new GridPoint(algorithm, chosen)).toList();
  }
}
