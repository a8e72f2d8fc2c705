package dev.penstock.validation;

import java.util.List;

/**
 * Whether a slice may be read.
 *
 * @param reasons of the refusal and of what could not be judged; empty if the slice passed
 */
public record Verdict(String slice, Result result, List<String> reasons) {
  /** What happens to the slice. */
  public enum Result {
    PASSED,
    /** At least one refuse rule failed: the data is bad. */
    REFUSED,
    /** No refuse rule failed, but one that could refuse or quarantine was not evaluated. */
    ERRORED
  }

  public Verdict {
    reasons = List.copyOf(reasons);
  }

  /**
   * The verdict on one slice.
   *
   * @param checks may hold those of other slices; no check at all passes
   */
  public static Verdict of(String slice, List<Check> checks) {
    List<Check> binding =
        checks.stream()
            .filter(check -> check.slice().equals(slice))
            .filter(Verdict::refuses)
            .toList();
    return new Verdict(slice, result(binding), binding.stream().map(Check::reason).toList());
  }

  /** Whether downstream may read the slice. */
  public boolean passed() {
    return result == Result.PASSED;
  }

  private static boolean refuses(Check check) {
    return switch (check.severity()) {
      case REFUSE -> check.outcome() != Outcome.PASSED;
      case QUARANTINE -> check.outcome() == Outcome.ERRORED;
      case WARN, ACCEPT, MONITOR -> false;
    };
  }

  private static Result result(List<Check> binding) {
    if (binding.isEmpty()) {
      return Result.PASSED;
    }
    boolean failed = binding.stream().anyMatch(check -> check.outcome() == Outcome.FAILED);
    return failed ? Result.REFUSED : Result.ERRORED;
  }
}
