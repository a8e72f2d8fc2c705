package dev.penstock.features;

/**
 * One feature of a group.
 *
 * @param name within its group: {@code seats}, or with the window {@code late_share_7d}
 * @param column in feature tables, training sets and joins: {@code <group>__<name>}
 * @param meaning in a sentence
 */
public record Feature(String name, String column, String meaning) {}
