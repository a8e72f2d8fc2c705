package dev.penstock.jobs.airflow;

/** Airflow did not do what was asked; the message says why and what to do. */
public final class AirflowException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean mayPass;

  private AirflowException(String message, boolean mayPass) {
    super(message);
    this.mayPass = mayPass;
  }

  /** Something is set wrongly, such as a password: trying again won't help. */
  static AirflowException wrong(String message) {
    return new AirflowException(message, false);
  }

  /** Airflow could not be reached, or was in trouble, until the deadline. */
  static AirflowException trouble(String message) {
    return new AirflowException(message, true);
  }

  /** Whether trying again later may help. */
  public boolean mayPass() {
    return mayPass;
  }
}
