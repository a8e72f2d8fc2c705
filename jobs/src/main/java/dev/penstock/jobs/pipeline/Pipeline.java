package dev.penstock.jobs.pipeline;

import dev.penstock.lake.Cadence;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;

/** A pipeline file: sources and features, a model, or both. Accessors are the keys of the file. */
@Doc("A Penstock pipeline: sources and features, a model, or both.")
@NotYet({"uses", "metrics", "score", "tracking", "alerts"})
public record Pipeline(
    @Doc("The pipeline's name, as the file's. Tables, models and runs carry it.") String pipeline,
    @Doc("What the pipeline is for, in a sentence.") @NotHashed Optional<String> description,
    @Doc("The interval that a run is about: 15m, 1h, 1d, 1w or month.") Cadence.Every every,
    @Doc("Where days, weeks and months begin. Stored times are always UTC.") @Default("UTC")
        ZoneId timeZone,
    @Doc("Where raw rows come from, by table name.") @Default("{}") Map<String, Source> sources,
    @Doc("Tables that SQL derives from what was known, by name.") @Default("{}")
        Map<String, DerivedTable> tables,
    @Doc("Feature groups, by name.") @Default("{}") Map<String, GroupSection> features,
    @Doc("The model that is trained, accepted and served.") Optional<Model> model,
    @Doc("What is watched after each run.") @Default("{}") Monitor monitor,
    @Doc("When a new model is trained. Without it: only when there is no champion.")
        Optional<Retrain> retrain) {

  /** How the pipeline cuts time into intervals. */
  public Cadence cadence() {
    return new Cadence(every, timeZone);
  }
}
