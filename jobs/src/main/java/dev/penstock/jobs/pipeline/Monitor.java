package dev.penstock.jobs.pipeline;

import dev.penstock.training.Metric;
import java.time.Duration;
import java.util.Optional;

/** What is watched after each run. */
@Doc("What is watched after each run.")
@NotYet({"alerts"})
public record Monitor(
    @Doc("When features and predictions count as drifted from the training set.") @Default("{}")
        Drift drift,
    @Doc("When the champion counts as decayed, judged by labels that have matured.")
        Optional<Performance> performance) {

  /** When a column has drifted. */
  @Doc("When features and predictions count as drifted from the training set.")
  public record Drift(
      @Doc("Population stability index from which a column has drifted, however small its noise.")
          @Default("0.2")
          double psi,
      @Doc("The newest time that is compared with the training set.") @Default("7d") Duration over,
      @Doc("With fewer rows nothing is judged.") @Default("500") long minRows) {
    public Drift {
      if (!(psi > 0)) {
        throw new IllegalArgumentException("psi must be above 0, got " + psi);
      }
      if (minRows < 1) {
        throw new IllegalArgumentException("minRows must be at least 1, got " + minRows);
      }
    }
  }

  /** When the champion has decayed. */
  @Doc("When the champion counts as decayed, judged by labels that have matured.")
  public record Performance(
      @Doc("What is measured.") Metric metric,
      @Doc("acceptance: compare with the version's value on its held-out rows.")
          @Default("acceptance")
          Against against,
      @Doc("How much worse it may be, in the metric's unit.") double mayLose,
      @Doc("The newest time whose labels have all matured.") Duration over) {

    /** What the champion is compared with. */
    public enum Against {
      ACCEPTANCE
    }

    public Performance {
      if (!(mayLose >= 0)) {
        throw new IllegalArgumentException("mayLose must not be negative, got " + mayLose);
      }
    }
  }
}
