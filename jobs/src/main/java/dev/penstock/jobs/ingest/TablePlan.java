package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ingest.Landing.LandedFile;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run is to do about a source or a derived table; nothing is read yet.
 *
 * @param write slices to write, in order
 * @param nothingNew slices for which nothing came; they are recorded, not written
 * @param others what is known of the rest already
 * @param waiting files whose interval never ran
 */
record TablePlan(
    List<SlicePlan> write,
    List<SlicePlan> nothingNew,
    List<SliceOutcome> others,
    List<LandedFile> waiting) {

  /** One that is still to be filled. */
  static TablePlan empty() {
    return new TablePlan(
        new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  }
}
