package dev.penstock.jobs.pipeline;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A pipeline as YAML, with all values filled in and all defaults written out. */
public final class ResolvedText {
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9_./$-](?:[A-Za-z0-9_./%<>=+*()$-]| (?!#))*(?<! )");
  private static final Pattern FLOW_SAFE = Pattern.compile("[^,\\[\\]{}:]*");

  private ResolvedText() {}

  /** The YAML; read again it gives the same pipeline. Secrets stand as {@code ${secret:NAME}}. */
  public static String of(Pipeline pipeline) {
    return String.join("\n", section(pipeline)) + "\n";
  }

  /** One line per key, those of sections inside indented. */
  private static List<String> section(Record section) {
    List<String> lines = new ArrayList<>();
    for (Shape.Field field : Shape.of(section.getClass()).fields()) {
      Object value = unwrapped(field.of(section));
      if (value == null) {
        continue;
      }
      if (field.isOther()) {
        ((Map<?, ?>) value).forEach((name, v) -> lines.addAll(entry(name.toString(), v, null)));
      } else {
        lines.addAll(entry(field.key(), value, field.type()));
      }
    }
    return lines;
  }

  private static Object unwrapped(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.orElse(null);
    }
    if (value instanceof OptionalDouble optional) {
      return optional.isPresent() ? optional.getAsDouble() : null;
    }
    if (value instanceof OptionalLong optional) {
      return optional.isPresent() ? optional.getAsLong() : null;
    }
    return value;
  }

  private static List<String> entry(String key, Object value, Type type) {
    if (value instanceof List<?> list && !(type != null && !isList(type))) {
      return list.isEmpty() ? List.of() : listEntry(key, list);
    }
    List<String> inner;
    if (value instanceof Map<?, ?> map) {
      inner = new ArrayList<>();
      map.forEach((name, v) -> inner.addAll(entry(name.toString(), unwrapped(v), null)));
    } else if (value instanceof Record section && Shape.isSection(section.getClass())) {
      inner = section(section);
    } else {
      return List.of(key + ": " + scalar(Scalars.text(value)));
    }
    List<String> lines = new ArrayList<>();
    if (!inner.isEmpty()) {
      lines.add(key + ":");
      inner.forEach(line -> lines.add("  " + line));
    }
    return lines;
  }

  private static boolean isList(Type type) {
    return Shape.raw(type) != Optional.class && Shape.isList(type);
  }

  private static List<String> listEntry(String key, List<?> list) {
    if (list.stream()
        .noneMatch(item -> item instanceof Record r && Shape.isSection(r.getClass()))) {
      return List.of(key + ": " + flow(list));
    }
    List<String> lines = new ArrayList<>(List.of(key + ":"));
    for (Object item : list) {
      List<String> inner = item((Record) item);
      for (int i = 0; i < inner.size(); i++) {
        lines.add((i == 0 ? "  - " : "    ") + inner.get(i));
      }
    }
    return lines;
  }

  private static List<String> item(Record item) {
    if (!Shape.isNamed(item.getClass())) {
      return section(item);
    }
    Shape shape = Shape.of(item.getClass());
    List<Shape.Field> fields = shape.fields();
    if (shape.firstKey().isPresent()) {
      List<String> lines = new ArrayList<>();
      for (Shape.Field field : shape.fieldsWithKeys()) {
        lines.addAll(entry(field.key(), unwrapped(field.of(item)), field.type()));
      }
      if (!lines.isEmpty()) {
        lines.addAll(0, entry(shape.firstKey().get(), fields.get(0).of(item), null));
        return lines;
      }
    }
    String name = Scalars.text(fields.get(0).of(item));
    Object value = unwrapped(fields.get(1).of(item));
    boolean alone = value == null || value instanceof Map<?, ?> map && map.isEmpty();
    return alone ? List.of(scalar(name)) : entry(name, value, null);
  }

  private static String flow(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(ResolvedText::flow).collect(Collectors.joining(", ", "[", "]"));
    }
    String text = Scalars.text(value);
    return FLOW_SAFE.matcher(text).matches() ? scalar(text) : quoted(text);
  }

  private static String scalar(String text) {
    return PLAIN.matcher(text).matches() ? text : quoted(text);
  }

  private static String quoted(String text) {
    return text.contains("\n")
        ? '"'
            + text.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n")
                .replace("\t", "\\t")
            + '"'
        : "'" + text.replace("'", "''") + "'";
  }
}
