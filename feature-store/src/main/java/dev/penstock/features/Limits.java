package dev.penstock.features;

import java.io.Serializable;

/**
 * What a task holds of one key.
 *
 * @param events of a group that are in memory at most, fewer if Spark has less memory to give; the
 *     others are on disk; positive
 * @param exact of so many inputs of a window at most quantiles and most frequent values are exact,
 *     and of so many different ones distinct counts; of more they are estimated from a sample of as
 *     many; positive
 */
record Limits(int events, int exact) implements Serializable {
  static final Limits DEFAULT = new Limits(1 << 26, 1 << 14);
}
