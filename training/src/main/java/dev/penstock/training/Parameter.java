package dev.penstock.training;

import java.util.List;

/**
 * A setting of an MLlib learner that a candidate may try values for.
 *
 * @param name MLlib's own name
 * @param type how its text is read
 * @param defaultValue what a candidate that does not name it gets; canonical text
 * @param choices the only values allowed; empty if the type alone decides
 */
public record Parameter(String name, Type type, String defaultValue, List<String> choices) {
  /** How the text of a value is read. */
  public enum Type {
    WHOLE_NUMBER,
    NUMBER,
    TEXT
  }

  public Parameter {
    choices = List.copyOf(choices);
  }

  static Parameter whole(String name, int defaultValue) {
    return new Parameter(name, Type.WHOLE_NUMBER, String.valueOf(defaultValue), List.of());
  }

  static Parameter number(String name, double defaultValue) {
    return new Parameter(name, Type.NUMBER, String.valueOf(defaultValue), List.of());
  }

  static Parameter choice(String name, String defaultValue, String... choices) {
    return new Parameter(name, Type.TEXT, defaultValue, List.of(choices));
  }

  /**
   * The one spelling of a value: {@code 0.10} and {@code .1} are both {@code 0.1}.
   *
   * @throws IllegalArgumentException if the text is no value of this parameter
   */
  public String canonical(String text) {
    try {
      return switch (type) {
        case WHOLE_NUMBER -> String.valueOf(nonNegative(Integer.parseInt(text), text));
        case NUMBER -> String.valueOf(nonNegative(Double.parseDouble(text), text));
        case TEXT -> oneOfTheChoices(text);
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s must be a %s, got '%s'"
              .formatted(name, type == Type.WHOLE_NUMBER ? "whole number" : "number", text));
    }
  }

  private <N extends Number> N nonNegative(N value, String text) {
    if (!(value.doubleValue() >= 0) || Double.isInfinite(value.doubleValue())) {
      throw new IllegalArgumentException(name + " must be 0 or more, got '" + text + "'");
    }
    return value;
  }

  private String oneOfTheChoices(String text) {
    if (!choices.contains(text)) {
      throw new IllegalArgumentException(
          "%s must be one of %s, got '%s'".formatted(name, choices, text));
    }
    return text;
  }
}
