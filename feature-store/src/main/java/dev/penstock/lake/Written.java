package dev.penstock.lake;

import java.util.Map;

/**
 * What a commit did.
 *
 * @param transaction the transaction number that the table now records
 * @param rows by partition, the rows that it now holds; nothing for an empty one
 */
public record Written(long transaction, Map<String, Long> rows) {
  /** The rows of a partition. */
  public long rows(String partition) {
    return rows.getOrDefault(partition, 0L);
  }
}
