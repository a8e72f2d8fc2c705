package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ingest.JudgeDelivery.Judgement;
import dev.penstock.validation.Profile;
import java.util.List;
import java.util.Optional;

/**
 * A table's part of a run, staged and judged.
 *
 * @param name the table
 * @param judgement what is to be written; empty if nothing
 * @param nothingNew slices that are only recorded
 * @param outcomes what is known already
 * @param notes what a person should know
 */
record Prepared(
    String name,
    Optional<Judgement> judgement,
    List<SlicePlan> nothingNew,
    List<SliceOutcome> outcomes,
    List<String> notes) {

  Optional<JudgedDelivery> judged() {
    return judgement.map(Judgement::delivery);
  }

  List<Profile> profiles() {
    return judgement.map(Judgement::profiles).orElse(List.of());
  }
}
