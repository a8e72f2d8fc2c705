package dev.penstock.lake;

import java.util.Map;

/**
 * What a table had recorded when a writer opened it, before it read any row.
 *
 * @param table name of the table
 * @param transaction the transaction number recorded in the table; 0 if none
 * @param version the table's version; -1 if the table does not exist
 * @param properties the table's properties; empty if it does not exist
 */
public record Opened(String table, long transaction, long version, Map<String, String> properties) {

  /** Whether the table was there. */
  public boolean exists() {
    return version >= 0;
  }
}
