package dev.penstock.jobs.pipeline;

import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The values of keys that a file leaves out. */
final class Defaults {
  private Defaults() {}

  /** The value of a default's text: one value, {@code []}, {@code {}}. */
  static Object value(Type type, String text) {
    if (Shape.isList(type)) {
      return List.of();
    }
    if (Shape.isMap(type)) {
      return Map.of();
    }
    return Shape.isSection(type) ? allDefaults(Shape.raw(type)) : Scalars.parse(type, text);
  }

  private static Object allDefaults(Class<?> type) {
    Shape shape = Shape.of(type);
    return shape.create(
        shape.fields().stream()
            .map(
                field -> {
                  Class<?> raw = field.component().getType();
                  return raw == Optional.class
                      ? Optional.empty()
                      : raw == OptionalDouble.class
                          ? OptionalDouble.empty()
                          : raw == OptionalLong.class
                              ? OptionalLong.empty()
                              : value(field.type(), field.defaultText().orElseThrow());
                })
            .toArray());
  }
}
