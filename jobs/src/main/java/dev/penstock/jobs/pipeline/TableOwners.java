package dev.penstock.jobs.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** A table has one owner: the one pipeline file that declares it. */
final class TableOwners {
  /** The sections of a file that declare tables, each with the folder of the warehouse. */
  private static final Map<String, String> FOLDERS =
      Map.of("sources", "sources", "tables", "sources", "features", "features");

  /** Where a file declares a table. */
  private record Declaration(String path, int line) {}

  private final Map<String, List<Path>> declaring = new HashMap<>();

  /**
   * Adds a file to those that are known.
   *
   * @return a problem for each table of it that one of another pipeline, added before, declares too
   */
  List<Problem> add(Path file) {
    List<Problem> problems = new ArrayList<>();
    declared(file)
        .forEach(
            (table, own) -> {
              List<Path> others = declaring.computeIfAbsent(table, name -> new ArrayList<>());
              others.stream()
                  .filter(other -> !same(file, other))
                  .map(
                      other ->
                          new Problem(
                              file.toString(),
                              own.line(),
                              own.path(),
                              "%s declares it too, and a table has one owner; take it out here: uses: [%s] reads it from there; or choose another name"
                                  .formatted(other, Pipelines.name(other))))
                  .forEach(problems::add);
              others.add(file);
            });
    return problems;
  }

  /** Whether both are files of one pipeline: the pipeline is the owner, by its name. */
  private static boolean same(Path one, Path other) {
    return one.getFileName().equals(other.getFileName());
  }

  /** By name under the warehouse; empty for a file that can't be read. */
  private static Map<String, Declaration> declared(Path file) {
    Map<String, Declaration> declared = new LinkedHashMap<>();
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      return Map.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    new YamlText()
        .compose(file.toString(), text, new Problems(file.toString()))
        .ifPresent(
            root -> {
              for (NodeTuple section : entries(root)) {
                String key = YamlText.keyText(section);
                if (FOLDERS.containsKey(key)) {
                  for (NodeTuple entry : entries(section.getValueNode())) {
                    String name = YamlText.keyText(entry);
                    declared.put(
                        FOLDERS.get(key) + "/" + name,
                        new Declaration(key + "." + name, YamlText.line(entry.getKeyNode())));
                  }
                }
              }
            });
    return declared;
  }

  private static List<NodeTuple> entries(Node node) {
    return node instanceof MappingNode mapping ? mapping.getValue() : List.of();
  }
}
