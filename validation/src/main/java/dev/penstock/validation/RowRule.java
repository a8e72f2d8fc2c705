package dev.penstock.validation;

/**
 * What must hold for every single row: a row for which the predicate is false goes to quarantine, a
 * row for which it is null passes.
 *
 * @param name as it appears in {@code broken_rules}; never blank
 * @param predicate SQL over the row's columns with a boolean result; never blank
 */
public record RowRule(String name, String predicate) {
  public RowRule {
    Require.notBlank("name", name);
    Require.notBlank("predicate", predicate);
  }
}
