package dev.penstock.jobs.pipeline;

import dev.penstock.features.DidYouMean;
import dev.penstock.features.Durations;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Values that are written as one text, by their type. */
final class Scalars {
  private static final Pattern PERCENT = Pattern.compile("[-+]?[0-9.]+%");

  private Scalars() {}

  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException if the text is none of that type; the message says what is
   */
  static Object parse(Type type, String text) {
    Class<?> raw = Shape.raw(type);
    if (raw == List.class) {
      return ColumnDef.parseAll(text);
    }
    if (raw == String.class) {
      return text;
    }
    if (raw == Duration.class) {
      return Durations.parse(text);
    }
    if (raw == boolean.class) {
      if (!text.equals("true") && !text.equals("false")) {
        throw new IllegalArgumentException("expected true or false, got '%s'".formatted(text));
      }
      return text.equals("true");
    }
    if (raw == long.class) {
      return wholeNumber(text);
    }
    if (raw == double.class || raw == Double.class) {
      return number(text);
    }
    if (raw == ZoneId.class) {
      return zone(text);
    }
    if (raw.isEnum()) {
      return constant(raw, text);
    }
    return byItsOwnParser(raw, text);
  }

  private static long wholeNumber(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a whole number, got '%s'".formatted(text));
    }
  }

  private static double number(String text) {
    try {
      return PERCENT.matcher(text).matches()
          ? new BigDecimal(text.substring(0, text.length() - 1)).movePointLeft(2).doubleValue()
          : new BigDecimal(text).doubleValue();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected a number, as 0.95 or 95%%, got '%s'".formatted(text));
    }
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "expected a time zone, as UTC or America/New_York, got '%s'".formatted(text));
    }
  }

  private static Object constant(Class<?> type, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> text(constant).equals(text))
        .findFirst()
        .orElseThrow(
            () -> {
              List<String> known = constants(type);
              return new IllegalArgumentException(
                  "expected one of [%s], got '%s'%s"
                      .formatted(
                          String.join(", ", known),
                          text,
                          DidYouMean.nearest(text, known)
                              .map("; did you mean '%s'?"::formatted)
                              .orElse("")));
            });
  }

  /** How the constants of an enum are written. */
  static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(Scalars::text).toList();
  }

  /** The type's own {@code static parse(String)}, for values and the short forms of sections. */
  static Optional<Method> parser(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(m -> m.getName().equals("parse") && m.getParameterCount() == 1)
        .findFirst();
  }

  static Object byItsOwnParser(Class<?> type, String text) {
    try {
      Method parser =
          parser(type).orElseThrow(() -> new IllegalStateException(type + " has no parse(String)"));
      parser.setAccessible(true);
      return parser.invoke(null, text);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException("Cannot read " + type, e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Cannot read " + type, e);
    }
  }

  /** The canonical text of a value: what {@link #parse} reads as the same value. */
  static String text(Object value) {
    if (value instanceof Duration duration) {
      return Durations.text(duration);
    }
    if (value instanceof Double number) {
      BigDecimal exact = BigDecimal.valueOf(number).stripTrailingZeros();
      return exact.scale() < 0 ? exact.setScale(0).toPlainString() : exact.toPlainString();
    }
    if (value instanceof Enum<?> constant) {
      return enumText(constant);
    }
    if (value instanceof List<?> columns) {
      return columns.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
    return value.toString();
  }

  /** An enum's own {@code text()}, or its name in kebab-case. */
  private static String enumText(Enum<?> constant) {
    try {
      return (String) constant.getDeclaringClass().getMethod("text").invoke(constant);
    } catch (NoSuchMethodException e) {
      return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot write " + constant, e);
    }
  }

  /** A value that stands in for one that could not be read, so that reading goes on. */
  static Object standIn(Type type) {
    Class<?> raw = Shape.raw(type);
    if (raw == String.class) {
      return "";
    }
    if (raw == Duration.class) {
      return Duration.ofDays(1);
    }
    if (raw == boolean.class) {
      return false;
    }
    if (raw == long.class) {
      return 1L;
    }
    if (raw == double.class || raw == Double.class) {
      return 0.5;
    }
    if (raw == ZoneId.class) {
      return ZoneId.of("UTC");
    }
    if (raw.isEnum()) {
      return raw.getEnumConstants()[0];
    }
    if (raw == List.class) {
      return List.of();
    }
    return raw == java.util.Map.class ? java.util.Map.of() : null;
  }
}
