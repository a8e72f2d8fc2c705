package dev.penstock.jobs.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Which names a pipeline file may give to tables, columns, groups and rules. */
final class Names {
  /** Columns that Penstock adds to tables of rows. */
  static final Set<String> RESERVED_COLUMNS =
      Set.of(
          "slice",
          "slice_end",
          "known_from",
          "known_until",
          "source_file",
          "source_position",
          "raw",
          "broken_rules");

  /** Columns that Penstock adds to training sets and predictions. */
  static final Set<String> RESERVED_FEATURES =
      Set.of(
          "as_of_time",
          "label",
          "part",
          "fingerprint",
          "prediction",
          "model_version",
          "run",
          "slice");

  private static final Pattern SNAKE_CASE = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");

  private Names() {}

  /** What is wrong with the name of a thing; empty if nothing. */
  static Optional<String> problem(String name, Set<String> reserved) {
    if (!SNAKE_CASE.matcher(name).matches()) {
      return Optional.of(
          "'%s' is not a name; write lower-case words with _ between, as flight_id"
              .formatted(name));
    }
    return reserved.contains(name)
        ? Optional.of("'%s' is a name that Penstock uses itself; choose another".formatted(name))
        : Optional.empty();
  }

  static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }
}
