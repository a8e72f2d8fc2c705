package dev.penstock.jobs.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** The entries of YAML maps and lists, with what YAML makes of an unquoted comma recognised. */
final class Entries {
  private final Problems problems;

  Entries(Problems problems) {
    this.problems = problems;
  }

  /** {@code [round(x, 2)]} is two items, with one bracket each. */
  boolean splitByAComma(SequenceNode sequence, At at) {
    if (!YamlText.isFlow(sequence)) {
      return false;
    }
    List<String> texts =
        sequence.getValue().stream()
            .filter(ScalarNode.class::isInstance)
            .map(ScalarNode.class::cast)
            .filter(item -> item.getScalarStyle() == ScalarStyle.PLAIN)
            .map(ScalarNode::getValue)
            .toList();
    int open = 0;
    for (int i = 0; i < texts.size(); i++) {
      open += brackets(texts.get(i));
      if (open != 0) {
        refuse(
            at,
            "an unquoted comma splits '%s'; quote the whole expression".formatted(texts.get(i)));
        return true;
      }
    }
    return false;
  }

  private static int brackets(String text) {
    return (int)
        (text.chars().filter(c -> c == '(').count() - text.chars().filter(c -> c == ')').count());
  }

  /** The entries whose keys are texts, each once; what an unquoted comma cut off is reported. */
  List<NodeTuple> of(MappingNode mapping, At at) {
    Map<String, NodeTuple> entries = new LinkedHashMap<>();
    List<String> cutOff = new ArrayList<>();
    NodeTuple before = null;
    for (NodeTuple entry : mapping.getValue()) {
      String key = YamlText.keyText(entry);
      int line = YamlText.line(entry.getKeyNode());
      boolean isPiece =
          YamlText.isFlow(mapping)
              && before != null
              && before.getValueNode() instanceof ScalarNode
              && YamlText.hasNoValue(entry.getValueNode());
      if (isPiece) {
        cutOff.add(key);
        continue;
      }
      quoteIt(before, cutOff, at, entries);
      before = entry;
      if (!(entry.getKeyNode() instanceof ScalarNode) || key.equals("<<")) {
        problems.add(at.file(), line, at.path(), "a key must be one word; write merged keys out");
      } else if (entries.containsKey(key)) {
        problems.add(
            at.file(),
            line,
            at.key(key, line).path(),
            "is given twice, first in line " + YamlText.line(entries.get(key).getKeyNode()));
      } else {
        entries.put(key, entry);
      }
    }
    quoteIt(before, cutOff, at, entries);
    return List.copyOf(entries.values());
  }

  private void quoteIt(
      NodeTuple before, List<String> cutOff, At at, Map<String, NodeTuple> entries) {
    if (cutOff.isEmpty()) {
      return;
    }
    String key = YamlText.keyText(before);
    String whole =
        cutOff.stream()
            .collect(
                Collectors.joining(
                    ", ", ((ScalarNode) before.getValueNode()).getValue() + ", ", ""));
    refuse(
        at.key(key, YamlText.line(before.getKeyNode())),
        "an unquoted comma ends a value inside { }; quote it: %s: \"%s\"".formatted(key, whole));
    entries.remove(key);
    cutOff.clear();
  }

  private void refuse(At at, String sentence) {
    problems.add(at.file(), at.line(), at.path(), sentence);
    problems.breakOff(at.path());
  }
}
