package dev.penstock.validation;

import java.util.Optional;

/**
 * What a rule's measure gave for one slice.
 *
 * @param value empty if there was nothing to measure
 * @param n the rows, or values, that it rests on
 */
record Measured(Optional<Double> value, long n) {
  static Measured of(double value, long n) {
    return new Measured(Optional.of(value), n);
  }

  static final Measured NOTHING = new Measured(Optional.empty(), 0);
}
