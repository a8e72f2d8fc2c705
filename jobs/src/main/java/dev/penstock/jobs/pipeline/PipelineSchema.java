package dev.penstock.jobs.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.training.Algorithm;
import dev.penstock.training.Candidate;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** The JSON Schema of pipeline files, made from the records that read them. */
final class PipelineSchema {
  private static final String REFERENCE = ".*\\$\\{.*";

  private final Map<String, ObjectNode> definitions = new TreeMap<>();

  private PipelineSchema() {}

  /** The schema's text, as the file has it. */
  static String text() {
    PipelineSchema schema = new PipelineSchema();
    ObjectNode root = object();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("title", "Penstock pipeline");
    root.setAll(schema.keys(Pipeline.class));
    ObjectNode defs = root.putObject("$defs");
    schema.definitions.forEach(defs::set);
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(root)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write the schema", e);
    }
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A section as an object of its keys. */
  private ObjectNode keys(Class<?> type) {
    ObjectNode node = object();
    node.put("type", "object");
    node.put("description", Shape.doc(type));
    ObjectNode properties = node.putObject("properties");
    node.put("additionalProperties", false);
    for (Shape.Field field : Shape.of(type).fields()) {
      if (field.isOther()) {
        node.set("additionalProperties", documented(field, of(Shape.argument(field.type()))));
        continue;
      }
      properties.set(field.key(), documented(field, of(field.type())));
      if (field.isRequired()) {
        node.withArray("required").add(field.key());
      }
    }
    return node;
  }

  private static ObjectNode documented(Shape.Field field, ObjectNode node) {
    if (!field.doc().isEmpty()) {
      node.put("description", field.doc());
    }
    field
        .defaultText()
        .filter(text -> !text.equals("{}") && !text.equals("[]"))
        .ifPresent(text -> node.put("default", text));
    return node;
  }

  private ObjectNode of(Type type) {
    Class<?> raw = Shape.raw(type);
    if (Shape.isOptional(raw)) {
      return raw == java.util.Optional.class
          ? of(Shape.argument(type))
          : of(raw == java.util.OptionalLong.class ? long.class : double.class);
    }
    if (Shape.isList(type)) {
      ObjectNode node = object();
      ObjectNode item = of(Shape.argument(type));
      node.withArray("anyOf").add(item);
      node.withArray("anyOf").addObject().put("type", "array").set("items", item.deepCopy());
      return node;
    }
    if (Shape.isMap(type)) {
      ObjectNode node = object().put("type", "object");
      node.set("additionalProperties", of(Shape.argument(type)));
      return node;
    }
    if (Shape.isSection(type)) {
      return section(raw);
    }
    return scalar(raw);
  }

  private ObjectNode section(Class<?> type) {
    String name = type.getSimpleName();
    if (!definitions.containsKey(name)) {
      definitions.put(name, object());
      definitions.put(name, definition(type));
    }
    return object().put("$ref", "#/$defs/" + name);
  }

  private ObjectNode definition(Class<?> type) {
    if (type == Candidate.class) {
      return candidate();
    }
    if (Shape.isNamed(type)) {
      ObjectNode one = object().put("type", "object").put("minProperties", 1);
      one.put("maxProperties", 1);
      Shape shape = Shape.of(type);
      one.set("additionalProperties", of(shape.fields().get(1).type()));
      ObjectNode forms = either(type, of(shape.fields().get(0).type()), one);
      shape.firstKey().ifPresent(key -> forms.withArray("anyOf").add(withKeys(shape, key)));
      return forms;
    }
    return Scalars.parser(type).isPresent()
        ? either(type, object().put("type", "string"), keys(type))
        : keys(type);
  }

  private ObjectNode withKeys(Shape shape, String firstKey) {
    ObjectNode node = object().put("type", "object");
    ObjectNode properties = node.putObject("properties");
    properties.set(firstKey, of(shape.fields().get(0).type()));
    for (Shape.Field field : shape.fieldsWithKeys()) {
      properties.set(field.key(), documented(field, of(field.type())));
    }
    node.put("additionalProperties", false);
    node.withArray("required").add(firstKey);
    node.put("minProperties", 2);
    return node;
  }

  private static ObjectNode either(Class<?> type, ObjectNode one, ObjectNode other) {
    ObjectNode node = object().put("description", Shape.doc(type));
    node.withArray("anyOf").add(one).add(other);
    return node;
  }

  private ObjectNode candidate() {
    ObjectNode names = object();
    ObjectNode one = object().put("type", "object").put("minProperties", 1);
    one.put("maxProperties", 1);
    ObjectNode properties = one.putObject("properties");
    one.put("additionalProperties", false);
    for (Algorithm algorithm : Algorithm.values()) {
      names.withArray("enum").add(algorithm.text());
      ObjectNode grid = properties.putObject(algorithm.text()).put("type", "object");
      ObjectNode parameters = grid.putObject("properties");
      grid.put("additionalProperties", false);
      algorithm
          .parameters()
          .forEach(
              parameter -> {
                ObjectNode values = object().put("default", parameter.defaultValue());
                ObjectNode value = scalar(String.class);
                values.withArray("anyOf").add(value);
                values.withArray("anyOf").addObject().put("type", "array").set("items", value);
                parameters.set(parameter.name(), values);
              });
    }
    return either(Candidate.class, names, one);
  }

  /** A scalar is text for us; editors also see numbers and booleans. */
  private static ObjectNode scalar(Class<?> raw) {
    ObjectNode node = object();
    if (raw.isEnum()) {
      Scalars.constants(raw).forEach(node.withArray("enum")::add);
    } else if (raw == boolean.class) {
      node.withArray("type").add("boolean").add("string");
      node.put("pattern", "^(true|false|%s)$".formatted(REFERENCE));
    } else if (raw == long.class) {
      node.withArray("type").add("integer").add("string");
      node.put("pattern", "^(-?[0-9]+|%s)$".formatted(REFERENCE));
    } else if (raw == double.class || raw == Double.class) {
      node.withArray("type").add("number").add("string");
      node.put("pattern", "^([-+]?[0-9.]+%%?|%s)$".formatted(REFERENCE));
    } else if (raw == Duration.class) {
      node.put("type", "string");
      node.put("pattern", "^([0-9]{1,9}[smhdw]|%s)$".formatted(REFERENCE));
    } else {
      node.withArray("type").add("string").add("number").add("boolean");
    }
    return node;
  }
}
