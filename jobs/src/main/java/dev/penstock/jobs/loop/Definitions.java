package dev.penstock.jobs.loop;

import dev.penstock.features.Events;
import dev.penstock.features.FeatureGroup;
import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.jobs.pipeline.Model.ModelFeature;
import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.ResolvedText;
import dev.penstock.jobs.pipeline.Table;
import dev.penstock.lake.Interval;
import dev.penstock.training.ModelVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * How the features of a model are computed: the pipeline file, with what it needs of those that it
 * uses, as it was when the model was trained, or as it is now. Training and scoring use the same
 * code.
 *
 * @param loaded the file
 */
record Definitions(Pipelines.Loaded loaded) {

  /** The definitions of a version, from what its row keeps. */
  static Definitions frozen(RunContext run, ModelVersion version) {
    Definitions now = new Definitions(run.loaded());
    String text = version.provenance().featureDefinitions();
    return now.text().equals(text) ? now : new Definitions(Pipelines.parse(text));
  }

  /** The text that a version keeps. */
  String text() {
    return ResolvedText.of(pipeline());
  }

  private Pipeline pipeline() {
    return loaded.whole();
  }

  /** A hash of all that decides how a feature is computed. */
  String hash() {
    return ConfigHash.of(
        pipeline().features(),
        pipeline().model().orElseThrow().features(),
        pipeline().model().orElseThrow().predict());
  }

  /** The columns that the model takes, in the order of the file. */
  List<String> columns() {
    return loaded.modelColumns();
  }

  /** The groups that the model takes. */
  List<FeatureGroup> groups() {
    List<FeatureGroup> groups = new ArrayList<>();
    for (ModelFeature feature : pipeline().model().orElseThrow().features()) {
      if (feature.sql().isEmpty() && pipeline().features().containsKey(feature.name())) {
        FeatureGroup group =
            pipeline().features().get(feature.name()).toFeatureGroup(feature.name());
        groups.add(group.inRole(feature.role(), feature.by()));
      }
    }
    return groups;
  }

  /** The tables that the groups look into. */
  List<String> tables() {
    return groups().stream().map(FeatureGroup::from).distinct().sorted().toList();
  }

  /** What a table is for those who read its events: its columns, its key, its event time. */
  List<Object> columnsOf(String table) {
    Table found = pipeline().table(table).orElseThrow();
    return List.of(loaded.schemas().get(table), found.key(), found.eventTime());
  }

  /** The tables as the engine takes them. */
  Map<String, Events> events(RunContext run, Interval last) {
    return new KnownRows(run, loaded).events(tables(), last);
  }

  /** What joins the groups to predicted rows. */
  PointInTime engine() {
    return engine(groups());
  }

  /** What joins these groups to predicted rows. */
  PointInTime engine(List<FeatureGroup> groups) {
    PointInTime engine = PointInTime.of(groups);
    Model.Predict predict = pipeline().model().orElseThrow().predict();
    // A row of the table does not see itself; a key of it may see its own row.
    return predict.asOf().isPresent() ? engine.predicting(predict.each()) : engine;
  }

  /**
   * Adds the feature columns.
   *
   * @param rows predicted rows, with their {@code as_of_time}
   * @param last the newest interval whose slices may be seen
   * @param span the earliest and the latest as-of time; empty to look them up
   */
  Dataset<Row> join(RunContext run, Dataset<Row> rows, Interval last, Optional<Instant[]> span) {
    Dataset<Row> joined = rows;
    if (!groups().isEmpty()) {
      PointInTime engine = engine();
      if (span.isPresent()) {
        engine = engine.between(span.get()[0], span.get()[1]);
      }
      joined = engine.join(rows, events(run, last));
    }
    return withSql(joined);
  }

  /** Adds the features that are SQL over the row and the groups' columns. */
  Dataset<Row> withSql(Dataset<Row> joined) {
    Dataset<Row> rows = joined;
    for (ModelFeature feature : pipeline().model().orElseThrow().features()) {
      if (feature.sql().isPresent()) {
        rows = rows.withColumn(feature.name(), functions.expr(feature.sql().get()));
      }
    }
    return rows;
  }
}
