package dev.penstock.jobs.pipeline;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** YAML text as a tree of nodes that know their lines. */
final class YamlText {
  private static final int MOST_CODE_POINTS = 1_000_000;
  private static final int MOST_ALIASES = 50;
  private static final Pattern STEP = Pattern.compile("([^.\\[\\]]+)|\\[(\\d+)]");

  private final Map<Node, String> origins = new IdentityHashMap<>();

  /** The tree; empty if the text is none, which is a problem. */
  Optional<Node> compose(String file, String text, Problems problems) {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(MOST_CODE_POINTS);
    limits.setMaxAliasesForCollections(MOST_ALIASES);
    try {
      Node root = new Yaml(limits).compose(new StringReader(text));
      if (root == null) {
        problems.add(file, 1, "", "the file is empty; ./penstock init writes a first one");
        return Optional.empty();
      }
      origins.put(root, file);
      return Optional.of(root);
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
      problems.add(file, mark == null ? 1 : mark.getLine() + 1, "", sentence(e));
    } catch (YAMLException e) {
      problems.add(file, 1, "", "not readable as YAML: " + e.getMessage());
    }
    return Optional.empty();
  }

  private static String sentence(MarkedYAMLException e) {
    String context = Optional.ofNullable(e.getContext()).orElse("");
    String problem = Optional.ofNullable(e.getProblem()).orElse("");
    String hint =
        context.contains("flow") || problem.contains("mapping values")
            ? "; an expression with a comma, a colon, a quote or a brace must be quoted as a whole"
            : problem.contains("'\\t'") ? "; indent with spaces" : "";
    return "not YAML: " + (context.isEmpty() ? "" : context + ", ") + problem + hint;
  }

  /** The file that this node was written in, if it is not that of the node above. */
  Optional<String> origin(Node node) {
    return Optional.ofNullable(origins.get(node));
  }

  /** The line, from 1, that a node begins in. */
  static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  /** Whether a key has nothing after its colon. */
  static boolean hasNoValue(Node node) {
    return node instanceof ScalarNode scalar
        && scalar.getScalarStyle() == ScalarStyle.PLAIN
        && scalar.getValue().isEmpty();
  }

  static boolean isFlow(Node node) {
    return node instanceof MappingNode mapping && mapping.getFlowStyle() == FlowStyle.FLOW
        || node instanceof SequenceNode sequence && sequence.getFlowStyle() == FlowStyle.FLOW;
  }

  static String keyText(NodeTuple entry) {
    return entry.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?";
  }

  /** Puts {@code text}, read as YAML, in place of what the tree has at the key path. */
  void override(Node root, String path, String text, Problems problems) {
    String option = "--override " + path;
    Optional<Node> value = compose(option, text, problems);
    List<String> steps = new ArrayList<>();
    Matcher matcher = STEP.matcher(path);
    while (matcher.find()) {
      steps.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }
    if (value.isPresent() && !put(root, steps, value.get())) {
      problems.add(option, 0, "", "the file has no place for this key path");
    }
  }

  private static boolean put(Node node, List<String> steps, Node value) {
    String step = steps.isEmpty() ? "" : steps.get(0);
    boolean last = steps.size() == 1;
    List<String> rest = steps.isEmpty() ? steps : steps.subList(1, steps.size());
    if (node instanceof SequenceNode sequence && step.matches("\\d{1,6}")) {
      int index = Integer.parseInt(step);
      if (index >= sequence.getValue().size()) {
        return false;
      }
      if (last) {
        sequence.getValue().set(index, value);
        return true;
      }
      return put(sequence.getValue().get(index), rest, value);
    }
    if (!(node instanceof MappingNode mapping) || step.isEmpty()) {
      return false;
    }
    List<NodeTuple> entries = mapping.getValue();
    for (int i = 0; i < entries.size(); i++) {
      if (keyText(entries.get(i)).equals(step)) {
        if (last) {
          entries.set(i, new NodeTuple(entries.get(i).getKeyNode(), value));
          return true;
        }
        return put(entries.get(i).getValueNode(), rest, value);
      }
    }
    Mark mark = value.getStartMark();
    Node added =
        last
            ? value
            : new MappingNode(Tag.MAP, true, new ArrayList<>(), mark, mark, FlowStyle.BLOCK);
    entries.add(new NodeTuple(new ScalarNode(Tag.STR, step, mark, mark, ScalarStyle.PLAIN), added));
    return last || put(added, rest, value);
  }
}
