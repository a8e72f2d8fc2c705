package dev.penstock.lake;

/** A table that a reader needs is not in the warehouse yet. */
public final class MissingTableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MissingTableException(String table, String path) {
    super("Cannot read %s: there is no Delta table at %s".formatted(table, path));
  }
}
