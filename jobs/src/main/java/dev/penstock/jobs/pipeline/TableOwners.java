package dev.penstock.jobs.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** A table has one owner: the one pipeline file that declares it. */
final class TableOwners {
  private static final Set<String> SECTIONS = Set.of("sources", "tables", "features");

  private TableOwners() {}

  /** A problem for each table of {@code file} that another file declares too. */
  static List<Problem> clashes(Path file, List<Path> others) {
    List<Problem> problems = new ArrayList<>();
    Map<String, NodeTuple> own = declared(file);
    for (Path other : others) {
      if (same(file, other)) {
        continue;
      }
      for (String path : declared(other).keySet()) {
        if (own.containsKey(path)) {
          String owner = other.getFileName().toString().replaceFirst("\\.yaml$", "");
          problems.add(
              new Problem(
                  file.toString(),
                  YamlText.line(own.get(path).getKeyNode()),
                  path,
                  "%s declares it too, and a table has one owner; uses: [%s] reads it from there (not"
                          .formatted(other, owner)
                      + " available yet), until then choose another name"));
        }
      }
    }
    return problems;
  }

  /** Whether both are files of one pipeline: the pipeline is the owner, by its name. */
  private static boolean same(Path one, Path other) {
    return one.getFileName().equals(other.getFileName());
  }

  /** Where a file declares its tables, by path; empty for a file that can't be read. */
  private static Map<String, NodeTuple> declared(Path file) {
    Map<String, NodeTuple> declared = new LinkedHashMap<>();
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
                if (SECTIONS.contains(YamlText.keyText(section))) {
                  for (NodeTuple entry : entries(section.getValueNode())) {
                    declared.put(YamlText.keyText(section) + "." + YamlText.keyText(entry), entry);
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
