package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.penstock.features.Durations;
import dev.penstock.features.Explanation;
import dev.penstock.features.FeatureGroup;
import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Extent;
import dev.penstock.lake.Interval;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Says how features are joined, in words, and how much there is to join as far as the statistics of
 * the tables tell. Computes no feature and reads no row of a table.
 */
public final class ExplainFeatures {
  private final RunContext run;
  private final KnownRows known;
  private final Interval interval;

  public ExplainFeatures(RunContext run) {
    this.run = run;
    this.known = new KnownRows(run);
    this.interval = run.cadence().containing(Instant.EPOCH); // any: only its length is told
  }

  /** Lines for people. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    run.pipeline().model().ifPresent(model -> lines.addAll(ofModel(model)));
    Set<String> joined = joined();
    run.pipeline()
        .features()
        .forEach(
            (name, section) -> {
              if (!joined.contains(name)) {
                lines.addAll(alone(section.toFeatureGroup(name)));
              }
            });
    if (lines.isEmpty()) {
      return List.of(run.pipeline().pipeline() + " has no features");
    }
    lines.add(
        "An event that comes far out of order, or an input that sums of 128 bits can't hold"
            + " exactly, moves its key from the ring to queues.");
    return lines;
  }

  private Set<String> joined() {
    return run.pipeline().model().isEmpty()
        ? Set.of()
        : new Definitions(run.loaded())
            .groups().stream().map(FeatureGroup::name).collect(Collectors.toSet());
  }

  private List<String> ofModel(Model model) {
    Definitions definitions = new Definitions(run.loaded());
    String predicted = model.predict().each();
    Dataset<Row> rows =
        model
            .predict()
            .asOf()
            .map(
                column ->
                    known.upTo(predicted, interval).withColumn(PointInTime.AS_OF_TIME, col(column)))
            .orElseGet(
                () -> PredictedRows.of(run).asScored(interval, interval.start(), interval.end()));
    PointInTime engine = definitions.engine().between(interval.start(), interval.lastInstant());
    List<String> lines = new ArrayList<>();
    lines.add(
        "as-of rows: %s, as of %s; %s"
            .formatted(predicted, asOf(model.predict()), size(predicted)));
    lines.add(
        "The same passes run for a training and for each interval, one after the other; bits are"
            + " those for as-of times over %s.".formatted(run.cadence().every().text()));
    lines.addAll(
        engine
            .explain(rows, known.events(definitions.tables(), interval))
            .lines(group -> List.of(size(group.from()) + state(group))));
    return lines;
  }

  private String asOf(Model.Predict predict) {
    String every = predict.every().orElse(run.cadence().every()).text();
    String ahead =
        predict.ahead().isEmpty()
            ? ""
            : predict.ahead().stream()
                .map(Durations::text)
                .collect(Collectors.joining(", ", " for ", " ahead"));
    return predict.asOf().orElse("the end of each " + every + ahead);
  }

  /** A group that is only written for notebooks. */
  private List<String> alone(FeatureGroup group) {
    Column[] key = group.by().stream().map(name -> col(name)).toArray(Column[]::new);
    Dataset<Row> keys =
        known
            .upTo(group.from(), interval)
            .select(key)
            .withColumn(PointInTime.AS_OF_TIME, lit(null).cast("timestamp"));
    List<String> lines = new ArrayList<>();
    lines.add("as-of rows: keys of %s at the end of each interval".formatted(group.from()));
    lines.addAll(
        PointInTime.of(List.of(group))
            .between(interval.lastInstant(), interval.lastInstant())
            .explain(keys, known.events(List.of(group.from()), interval))
            .lines(explained -> List.of(size(explained.from()) + state(explained))));
    return lines;
  }

  private Optional<Extent> extent(String table) {
    return run.lake().extent(RunContext.sourceTable(table), known.eventTime(table));
  }

  private String size(String table) {
    return extent(table)
        .map(
            extent ->
                "%s holds %s rows in %d slice%s"
                    .formatted(
                        table,
                        extent.rows().map(n -> String.format(Locale.ROOT, "%,d", n)).orElse("some"),
                        extent.slices(),
                        extent.slices() == 1 ? "" : "s"))
        .orElse(table + " was never written");
  }

  /** Of all keys together, if events come evenly. */
  private String state(Explanation.Group group) {
    Optional<Long> inReach = extent(group.from()).flatMap(extent -> inReach(extent, group));
    return inReach
        .map(
            events ->
                String.format(
                    Locale.ROOT,
                    ", some %,d of them within any %s: %,.1f MB over all keys",
                    events,
                    Durations.text(group.window().orElseThrow()),
                    events * group.eventBytes() / 1e6))
        .orElse("");
  }

  private static Optional<Long> inReach(Extent extent, Explanation.Group group) {
    if (group.window().isEmpty() || extent.rows().isEmpty() || extent.earliest().isEmpty()) {
      return Optional.empty();
    }
    Duration all = Duration.between(extent.earliest().get(), extent.latest().orElseThrow());
    double share =
        Math.min(1, (double) group.window().get().toMillis() / Math.max(1, all.toMillis()));
    return Optional.of(Math.round(extent.rows().get() * share));
  }
}
