package dev.penstock.validation;

/**
 * A value that must exist in another table, in a row that is known at the end of the slice. Null
 * passes.
 *
 * @param column of the judged rows
 * @param table name of the referenced table
 * @param tableColumn column of the referenced table, of the same type (any number fits any number)
 */
public record Reference(String column, String table, String tableColumn) {
  public Reference {
    Require.notBlank("column", column);
    Require.notBlank("table", table);
    Require.notBlank("tableColumn", tableColumn);
  }

  /** The name under which a quarantined row carries it: {@code references(carrier)}. */
  public String ruleName() {
    return "references(" + column + ")";
  }

  /** {@code airlines.carrier}. */
  public String target() {
    return table + "." + tableColumn;
  }
}
