package dev.penstock.validation;

import java.util.Locale;

/** What a failed check leads to. */
public enum Severity {
  /** The rows that broke the rule went to quarantine. */
  QUARANTINE,
  /** The slice is refused. */
  REFUSE,
  /** Somebody should look. */
  WARN,
  /** The model version stays a candidate. */
  ACCEPT,
  /** A reason to retrain. */
  MONITOR;

  /** As it is stored: {@code refuse}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
