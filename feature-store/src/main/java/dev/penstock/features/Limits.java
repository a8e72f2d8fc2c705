package dev.penstock.features;

import java.io.Serializable;

/**
 * What a task holds of one key.
 *
 * @param events of a group in memory at most, before they go to disk; less if Spark has less memory
 *     to give
 * @param exact inputs of a window at most, for distinct counts different ones, of which these,
 *     quantiles and most frequent values are exact; of more they are estimated from as many;
 *     positive
 */
record Limits(int events, int exact) implements Serializable {
  static final Limits DEFAULT = new Limits(1 << 26, 1 << 14);
}
