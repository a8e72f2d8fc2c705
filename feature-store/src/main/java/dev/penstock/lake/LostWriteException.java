package dev.penstock.lake;

/** Another run wrote the table meanwhile; the table holds nothing of ours. A retry may help. */
public final class LostWriteException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LostWriteException(String table, String slices, Throwable cause) {
    super(
        "Cannot write %s of %s: another run committed to the table meanwhile; run the same command again"
            .formatted(slices, table),
        cause);
  }
}
