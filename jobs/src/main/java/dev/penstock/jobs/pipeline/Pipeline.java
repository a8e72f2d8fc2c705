package dev.penstock.jobs.pipeline;

import dev.penstock.lake.Cadence;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** A pipeline file: sources and features, a model, or both. Accessors are the keys of the file. */
@Doc("A Penstock pipeline: sources and features, a model, or both.")
@NotYet({"metrics", "score", "tracking", "alerts"})
public record Pipeline(
    @Doc("The pipeline's name, as the file's. Tables, models and runs carry it.") String pipeline,
    @Doc("What the pipeline is for, in a sentence.") @NotHashed Optional<String> description,
    @Doc("The interval that a run is about: 15m, 1h, 1d, 1w or month.") Cadence.Every every,
    @Doc("Where days, weeks and months begin. Stored times are always UTC.") @Default("UTC")
        ZoneId timeZone,
    @Doc(
            "Other pipeline files under conf/pipelines, by name: [aviation]. Their tables and groups"
                + " can be named like own ones; their own runs make them, and come first.")
        @Default("[]")
        @NotHashed
        List<String> uses,
    @Doc("Where raw rows come from, by table name.") @Default("{}") Map<String, Source> sources,
    @Doc("Tables that SQL derives from what was known, by name.") @Default("{}")
        Map<String, DerivedTable> tables,
    @Doc("Feature groups, by name.") @Default("{}") Map<String, GroupSection> features,
    @Doc("The model that is trained, accepted and served.") Optional<Model> model,
    @Doc("What is watched after each run.") @Default("{}") Monitor monitor,
    @Doc("When a new model is trained. Without it: only when there is no champion.")
        Optional<Retrain> retrain,
    @Doc("How Airflow runs the pipeline, for ./penstock dags.") @Default("{}") @NotHashed
        Airflow airflow) {

  /** The source or derived table of that name. */
  public Optional<Table> table(String name) {
    return Optional.<Table>ofNullable(sources.get(name))
        .or(() -> Optional.ofNullable(tables.get(name)));
  }

  /** This file as if it declared, too, what {@code others} declare by these names. */
  Pipeline declaring(Collection<Pipeline> others, Predicate<String> names) {
    return new Pipeline(
        pipeline,
        description,
        every,
        timeZone,
        List.of(),
        united(sources, others, Pipeline::sources, names),
        united(tables, others, Pipeline::tables, names),
        united(features, others, Pipeline::features, names),
        model,
        monitor,
        retrain,
        airflow);
  }

  private static <T> Map<String, T> united(
      Map<String, T> own,
      Collection<Pipeline> others,
      Function<Pipeline, Map<String, T>> section,
      Predicate<String> names) {
    Map<String, T> all = new LinkedHashMap<>(own);
    for (Pipeline other : others) {
      section
          .apply(other)
          .forEach(
              (name, value) -> {
                if (names.test(name)) {
                  all.putIfAbsent(name, value);
                }
              });
    }
    return Collections.unmodifiableMap(all);
  }

  /** How the pipeline cuts time into intervals. */
  public Cadence cadence() {
    return new Cadence(every, timeZone);
  }
}
