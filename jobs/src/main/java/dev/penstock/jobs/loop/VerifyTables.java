package dev.penstock.jobs.loop;

import dev.penstock.jobs.RunContext;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds every state in which a run of a pipeline was interrupted, and every contradiction between
 * its tables, the ledger and the registry. Writes nothing.
 */
public final class VerifyTables {
  private final RunContext run;

  public VerifyTables(RunContext run) {
    this.run = run;
  }

  /** What was found; empty if all is consistent. */
  public List<Inconsistency> run() {
    List<Inconsistency> found = new ArrayList<>(new VerifyLedger(run).run());
    found.addAll(new VerifyVersions(run).run());
    if (run.pipeline().model().isPresent()) {
      Models models = new Models(run);
      found.addAll(new VerifyModels(run, models).run());
      found.addAll(new VerifyPredictions(run, models).run());
    }
    return found;
  }

  /** The command that computes an interval again. */
  static String again(RunContext run, String slice) {
    return "./penstock run %s --date %s".formatted(run.pipeline().pipeline(), slice);
  }
}
