package dev.penstock.jobs.pipeline;

import dev.penstock.features.DidYouMean;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * YAML nodes to records, by the records' own shape. Every problem is collected and reading goes on:
 * a value that can't be read is replaced by its default, or a stand-in, and marked as broken.
 */
final class RecordReader {
  private final YamlText yaml;
  private final Problems problems;
  private final UnaryOperator<String> fill;
  private final Entries entries;

  /**
   * @param fill puts the values of {@code ${NAME}} into a scalar's text
   */
  RecordReader(YamlText yaml, Problems problems, UnaryOperator<String> fill) {
    this.yaml = yaml;
    this.problems = problems;
    this.fill = fill;
    this.entries = new Entries(problems);
  }

  /** The record; empty if it can't even be made with stand-ins. */
  <T> Optional<T> read(Class<T> type, Node root) {
    return Optional.ofNullable(type.cast(read(type, root, new At(problems.file(), "", 1))));
  }

  /** As {@link #read(Class, Node)}, a map from names to records. */
  <T> Map<String, T> readMap(Class<T> type, Node root) {
    Map<String, T> records = new LinkedHashMap<>();
    map(type, root, new At(problems.file(), "", 1), List.of())
        .forEach((name, value) -> records.put(name, type.cast(value)));
    return records;
  }

  /** The value of the node; null if there is none that can be used, which is then a problem. */
  private Object read(Type type, Node node, At above) {
    boolean overridden = yaml.origin(node).filter(f -> f.startsWith("--override")).isPresent();
    At at = overridden ? new At(yaml.origin(node).get(), above.path(), 0) : above;
    problems.place(at.path(), at.file(), lineOf(node, at));
    Class<?> raw = Shape.raw(type);
    if (YamlText.hasNoValue(node)) {
      return refuse(at, "has no value; write one, or leave the key out");
    }
    if (raw == Optional.class) {
      Object value = read(Shape.argument(type), node, at);
      return value == null ? null : Optional.of(value);
    }
    if (raw == OptionalDouble.class) {
      Object value = read(double.class, node, at);
      return value == null ? null : OptionalDouble.of((Double) value);
    }
    if (raw == OptionalLong.class) {
      Object value = read(long.class, node, at);
      return value == null ? null : OptionalLong.of((Long) value);
    }
    if (Shape.isList(type)) {
      return list(Shape.argument(type), node, at);
    }
    if (Shape.isMap(type)) {
      return node instanceof MappingNode
          ? Collections.unmodifiableMap(map(Shape.argument(type), node, at, List.of()))
          : refuse(at, "expected names with values, as {name: value}, got " + described(node));
    }
    if (Shape.isSection(type)) {
      return section(raw, node, at);
    }
    return scalar(type, node, at);
  }

  /** A scalar's own line; for others that of their key. */
  private static int lineOf(Node node, At at) {
    return node instanceof ScalarNode && at.line() > 0 ? YamlText.line(node) : at.line();
  }

  private Object refuse(At at, String sentence) {
    problems.add(at.file(), at.line(), at.path(), sentence);
    problems.breakOff(at.path());
    return null;
  }

  private Object scalar(Type type, Node node, At at) {
    At there = new At(at.file(), at.path(), lineOf(node, at));
    if (!(node instanceof ScalarNode scalar)) {
      return refuse(there, "expected one value, got " + described(node));
    }
    try {
      return Scalars.parse(type, fill.apply(scalar.getValue()));
    } catch (IllegalArgumentException e) {
      return refuse(there, e.getMessage());
    }
  }

  private static String described(Node node) {
    return node instanceof MappingNode
        ? "keys with values"
        : node instanceof SequenceNode ? "a list" : "'" + ((ScalarNode) node).getValue() + "'";
  }

  private Object list(Type element, Node node, At at) {
    List<Object> values = new ArrayList<>();
    boolean listOfLists = Shape.raw(element) == List.class;
    boolean itemsAreLists =
        node instanceof SequenceNode sequence
            && sequence.getValue().stream().anyMatch(SequenceNode.class::isInstance);
    if (node instanceof SequenceNode sequence && listOfLists == itemsAreLists) {
      if (entries.splitByAComma(sequence, at)) {
        return null;
      }
      for (int i = 0; i < sequence.getValue().size(); i++) {
        Node item = sequence.getValue().get(i);
        Object value = read(element, item, at.item(i, item));
        if (value != null) {
          values.add(value);
        }
      }
    } else {
      Object value = read(element, node, at);
      if (value == null) {
        return null;
      }
      values.add(value);
    }
    return List.copyOf(values);
  }

  private Object section(Class<?> type, Node node, At at) {
    Shape shape = Shape.of(type);
    if (Shape.isNamed(type)) {
      return named(shape, node, at);
    }
    if (node instanceof ScalarNode && Scalars.parser(type).isPresent()) {
      return scalar(type, node, at);
    }
    if (!(node instanceof MappingNode mapping)) {
      return refuse(at, "expected keys with values, got " + described(node));
    }
    Map<String, Node> nodes = new HashMap<>();
    Map<String, At> places = new HashMap<>();
    List<NodeTuple> others = new ArrayList<>();
    List<String> known =
        shape.fields().stream().filter(f -> !f.isOther()).map(Shape.Field::key).toList();
    Optional<Shape.Field> rest = shape.fields().stream().filter(Shape.Field::isOther).findFirst();
    for (NodeTuple entry : entries.of(mapping, at)) {
      String key = YamlText.keyText(entry);
      At place = at.key(key, YamlText.line(entry.getKeyNode()));
      if (known.contains(key)) {
        nodes.put(key, entry.getValueNode());
        places.put(key, place);
      } else if (Shape.notYet(type).contains(key)) {
        problems.add(place.file(), place.line(), place.path(), "not available yet");
      } else if (rest.isPresent() && fits(rest.get(), entry.getValueNode())) {
        others.add(entry);
      } else {
        DidYouMean.nearest(key, known)
            .filter(
                meant ->
                    mapping.getValue().stream().map(YamlText::keyText).noneMatch(meant::equals))
            .ifPresent(meant -> problems.breakOff(at.key(meant, 0).path()));
        problems.add(
            place.file(),
            place.line(),
            place.path(),
            "is not a known key; "
                + DidYouMean.hint(key, known)
                + (rest.isPresent()
                    ? ", or a rule of your own: {sql: AGGREGATE, at-least: ...}"
                    : ""));
      }
    }
    Object[] values = new Object[shape.fields().size()];
    for (int i = 0; i < values.length; i++) {
      Shape.Field field = shape.fields().get(i);
      values[i] =
          field.isOther()
              ? Collections.unmodifiableMap(map(Shape.argument(field.type()), others, at))
              : component(
                  field, Optional.ofNullable(nodes.get(field.key())), places.get(field.key()), at);
      if (values[i] == null) {
        problems.breakOff(at.path());
        return null;
      }
    }
    return create(shape, values, at);
  }

  /**
   * Whether the value can be one of {@code rest}: a typo of a known key must not pass as a name.
   */
  private static boolean fits(Shape.Field rest, Node value) {
    if (!Shape.isSection(Shape.argument(rest.type()))) {
      return value instanceof ScalarNode;
    }
    return value instanceof MappingNode mapping
        && mapping.getValue().stream().anyMatch(e -> YamlText.keyText(e).equals("sql"));
  }

  private Object component(Shape.Field field, Optional<Node> node, At place, At above) {
    if (node.isPresent()) {
      Object value = read(field.type(), node.get(), place);
      return value == null ? absent(field) : value;
    }
    if (!field.isRequired()) {
      return absent(field);
    }
    String path = above.key(field.key(), 0).path();
    if (!problems.isBroken(path)) {
      problems.add(above.file(), above.line(), path, "is missing; " + uncapitalised(field.doc()));
      problems.breakOff(path);
    }
    return Scalars.standIn(field.type());
  }

  private static String uncapitalised(String sentence) {
    return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }

  private Object absent(Shape.Field field) {
    Class<?> raw = field.component().getType();
    if (raw == Optional.class) {
      return Optional.empty();
    }
    if (raw == OptionalDouble.class) {
      return OptionalDouble.empty();
    }
    if (raw == OptionalLong.class) {
      return OptionalLong.empty();
    }
    return field
        .defaultText()
        .map(text -> Defaults.value(field.type(), text))
        .orElseGet(() -> Scalars.standIn(field.type()));
  }

  private Object create(Shape shape, Object[] values, At at) {
    try {
      return shape.create(values);
    } catch (IllegalArgumentException e) {
      if (problems.isBrokenWithin(at.path())) {
        problems.breakOff(at.path());
        return null;
      }
      return refuse(located(shape, e, at), sentence(shape, e));
    }
  }

  /** A constructor's message begins with the component that it is about. */
  private static Optional<Shape.Field> accused(Shape shape, IllegalArgumentException e) {
    String first = e.getMessage().split("[ :]", 2)[0];
    return shape.fields().stream().filter(f -> f.name().equals(first)).findFirst();
  }

  private At located(Shape shape, IllegalArgumentException e, At at) {
    return accused(shape, e)
        .map(field -> (at.path().isEmpty() ? "" : at.path() + ".") + field.key())
        .map(path -> new At(at.file(), path, problems.line(path, at.line())))
        .map(
            place -> {
              problems.breakOff(at.path());
              return place;
            })
        .orElse(at);
  }

  private static String sentence(Shape shape, IllegalArgumentException e) {
    return accused(shape, e)
        .map(field -> e.getMessage().substring(field.name().length()).strip())
        .orElse(e.getMessage());
  }

  /** {@code first: second}, or {@code first} alone. */
  private Object named(Shape shape, Node node, At at) {
    Shape.Field first = shape.fields().get(0);
    Shape.Field second = shape.fields().get(1);
    if (node instanceof ScalarNode) {
      Object name = scalar(first.type(), node, at);
      return name == null ? null : create(shape, named(shape, name, absent(second)), at);
    }
    List<NodeTuple> given =
        node instanceof MappingNode mapping ? entries.of(mapping, at) : List.of();
    if (given.size() > 1 && shape.firstKey().isPresent()) {
      return withKeys(shape, given, at);
    }
    Optional<String> notYet =
        given.stream()
            .map(YamlText::keyText)
            .filter(Shape.notYet(shape.type())::contains)
            .findFirst();
    if (notYet.isPresent()) {
      return refuse(at.key(notYet.get(), YamlText.line(node)), "not available yet");
    }
    if (given.size() != 1) {
      return refuse(at, "expected a name, or one name: value, got " + described(node));
    }
    NodeTuple entry = given.get(0);
    At place = at.key(YamlText.keyText(entry), YamlText.line(entry.getKeyNode()));
    Object name = scalar(first.type(), entry.getKeyNode(), place);
    Object value = read(second.type(), entry.getValueNode(), place);
    return name == null || value == null ? null : create(shape, named(shape, name, value), place);
  }

  private Object[] named(Shape shape, Object name, Object value) {
    Object[] values = shape.fields().stream().map(this::absent).toArray();
    values[0] = name;
    values[1] = value;
    return values;
  }

  private Object withKeys(Shape shape, List<NodeTuple> given, At at) {
    String firstKey = shape.firstKey().orElseThrow();
    List<String> known = new ArrayList<>(List.of(firstKey));
    shape.fieldsWithKeys().forEach(field -> known.add(field.key()));
    Map<String, Object> values = new HashMap<>();
    for (NodeTuple entry : given) {
      String key = YamlText.keyText(entry);
      At place = at.key(key, YamlText.line(entry.getKeyNode()));
      int index = known.indexOf(key);
      if (index < 0) {
        return refuse(place, "is not a known key; " + DidYouMean.hint(key, known));
      }
      Shape.Field field = shape.fields().get(index == 0 ? 0 : index + 1);
      Object value = read(field.type(), entry.getValueNode(), place);
      if (value == null) {
        return null;
      }
      values.put(key, value);
    }
    if (!values.containsKey(firstKey)) {
      return refuse(
          at, "expected %s beside %s".formatted(firstKey, String.join(", ", values.keySet())));
    }
    Object[] all = named(shape, values.get(firstKey), absent(shape.fields().get(1)));
    for (int i = 2; i < all.length; i++) {
      all[i] = values.getOrDefault(shape.fields().get(i).key(), all[i]);
    }
    return create(shape, all, at);
  }

  private Map<String, Object> map(Type value, Node node, At at, List<NodeTuple> none) {
    return node instanceof MappingNode mapping
        ? map(value, entries.of(mapping, at), at)
        : map(value, none, at);
  }

  private Map<String, Object> map(Type type, List<NodeTuple> entries, At at) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (NodeTuple entry : entries) {
      String key = YamlText.keyText(entry);
      Object value =
          read(type, entry.getValueNode(), at.key(key, YamlText.line(entry.getKeyNode())));
      if (value != null) {
        values.put(key, value);
      }
    }
    return values;
  }
}
