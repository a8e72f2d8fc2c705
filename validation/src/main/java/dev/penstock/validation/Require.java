package dev.penstock.validation;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The checks that the compact constructors share; messages start with the component's name. */
final class Require {
  private Require() {}

  static void notBlank(String component, String value) {
    that(value != null && !value.isBlank(), component, "must not be blank", value);
  }

  static void share(String component, double value) {
    that(value >= 0 && value <= 1, component, "must be between 0 and 1", text(value));
  }

  static void notNegative(String component, OptionalLong value) {
    that(value.orElse(0) >= 0, component, "must not be negative", value.orElse(0));
  }

  static void inOrder(OptionalDouble atLeast, OptionalDouble atMost) {
    that(
        atLeast.isEmpty() || atMost.isEmpty() || atLeast.getAsDouble() <= atMost.getAsDouble(),
        "atMost",
        "must not be below atLeast " + text(atLeast.orElse(0)),
        text(atMost.orElse(0)));
  }

  static void that(boolean condition, String component, String expectation, Object got) {
    if (!condition) {
      throw new IllegalArgumentException(component + " " + expectation + ", got " + got);
    }
  }

  private static String text(double value) {
    return Numbers.text(value);
  }
}
