package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * A file of DAGs that Airflow can't import.
 *
 * @param file as Airflow names it
 * @param problem the last line of the stack trace
 */
public record ImportError(String file, String problem) {
  static ImportError of(JsonNode error) {
    List<String> lines =
        error
            .path("stack_trace")
            .asText()
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    return new ImportError(
        error.path("filename").asText(), lines.isEmpty() ? "" : lines.get(lines.size() - 1));
  }

  /** Whether a DAG of that id, or of the one before its dot, is in the file: as ours are. */
  public boolean isAbout(String dag) {
    String name = file.substring(file.lastIndexOf('/') + 1).replaceFirst("\\.py$", "");
    return dag.equals(name) || dag.startsWith(name + ".");
  }
}
