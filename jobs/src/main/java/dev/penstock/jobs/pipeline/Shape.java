package dev.penstock.jobs.pipeline;

import dev.penstock.training.Candidate;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How a record is written in a file: the one description that reader, schema, printer and hash
 * share.
 *
 * @param type the record
 * @param fields its components, in order
 */
record Shape(Class<?> type, List<Field> fields) {

  /**
   * One key of a section.
   *
   * @param component the record's
   * @param key in kebab-case
   */
  record Field(RecordComponent component, String key) {
    String name() {
      return component.getName();
    }

    Type type() {
      return component.getGenericType();
    }

    String doc() {
      Doc doc = component.getAnnotation(Doc.class);
      return doc == null ? "" : doc.value();
    }

    Optional<String> defaultText() {
      return Optional.ofNullable(component.getAnnotation(Default.class)).map(Default::value);
    }

    boolean isOther() {
      return component.isAnnotationPresent(OtherKeys.class);
    }

    /** What hashes take of the component's value; empty if nothing. */
    Optional<Object> hashed(Object section) {
      NotHashed annotation = component.getAnnotation(NotHashed.class);
      if (annotation == null) {
        return Optional.of(of(section));
      }
      return annotation.butPresence()
          ? Optional.of(((Optional<?>) of(section)).isPresent())
          : Optional.empty();
    }

    boolean isRequired() {
      return defaultText().isEmpty() && !isOptional(component.getType());
    }

    Object of(Object section) {
      try {
        component.getAccessor().setAccessible(true);
        return component.getAccessor().invoke(section);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("Cannot read " + component, e);
      }
    }
  }

  static Shape of(Class<?> type) {
    return new Shape(
        type,
        Arrays.stream(type.getRecordComponents())
            .map(component -> new Field(component, kebab(component.getName())))
            .toList());
  }

  /** A record that is a section of its own, not one value's text. */
  static boolean isSection(Type type) {
    return type instanceof Class<?> c
        && c.isRecord()
        && (c.isAnnotationPresent(Doc.class) || isNamed(c));
  }

  /** Written {@code first: second}. */
  static boolean isNamed(Class<?> type) {
    return type.isAnnotationPresent(Named.class) || type == Candidate.class;
  }

  /** The key of the first component where a named record is written with keys; empty: never. */
  Optional<String> firstKey() {
    return Optional.ofNullable(type.getAnnotation(Named.class))
        .map(Named::firstKey)
        .filter(key -> !key.isEmpty());
  }

  /** What is written beside {@link #firstKey}. */
  List<Field> fieldsWithKeys() {
    return fields.subList(2, fields.size());
  }

  static boolean isOptional(Class<?> type) {
    return type == Optional.class || type == OptionalDouble.class || type == OptionalLong.class;
  }

  static String doc(Class<?> type) {
    return type == Candidate.class
        ? "A learner with the parameters to try, by MLlib's names: every combination is fitted."
        : type.getAnnotation(Doc.class).value();
  }

  static List<String> notYet(Class<?> type) {
    NotYet annotation = type.getAnnotation(NotYet.class);
    return annotation == null ? List.of() : List.of(annotation.value());
  }

  /** The argument of {@code List<X>}, {@code Optional<X>}, or the value of {@code Map<K, X>}. */
  static Type argument(Type type) {
    Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
    return arguments[arguments.length - 1];
  }

  static Class<?> raw(Type type) {
    return (Class<?>) (type instanceof ParameterizedType p ? p.getRawType() : type);
  }

  static boolean isList(Type type) {
    return raw(type) == List.class && argument(type) != ColumnDef.class;
  }

  static boolean isMap(Type type) {
    return raw(type) == Map.class;
  }

  static String kebab(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /**
   * Makes the record.
   *
   * @throws IllegalArgumentException as its constructor does
   */
  Object create(Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException("Cannot make " + type, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot make " + type, e);
    }
  }
}
