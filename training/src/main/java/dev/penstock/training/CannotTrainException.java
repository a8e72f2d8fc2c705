package dev.penstock.training;

/** The training set cannot be learned from as it is; a retry with the same rows won't help. */
public final class CannotTrainException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CannotTrainException(String message) {
    super(message);
  }
}
