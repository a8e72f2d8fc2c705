package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.pipeline.Monitor;
import dev.penstock.lake.Interval;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.ModelVersion;
import dev.penstock.validation.Check;
import dev.penstock.validation.Drift;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Profile;
import dev.penstock.validation.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/** Judges what a champion scored against what it was trained on, profile by profile. */
final class JudgeDrift {
  private final RunContext run;
  private final Models models;
  private final Monitor monitor;
  private final Map<String, Map<String, List<Profile>>> baselines = new HashMap<>();

  JudgeDrift(RunContext run, Models models) {
    this.run = run;
    this.models = models;
    this.monitor = run.pipeline().monitor();
  }

  /** What the newest scored rows look like against the rows that the champion was trained on. */
  List<Check> judge(ModelVersion version, Interval interval) {
    Map<String, List<Profile>> baseline =
        baselines.computeIfAbsent(
            version.version(), v -> byWindow(profiles(TrainInterval.profiled(run, v), "", "~")));
    Interval first = firstOf(monitor.drift().over(), interval);
    String since = models.promotionOf(interval.slice()).orElseThrow().fromSlice();
    if (since.compareTo(first.slice()) > 0) {
      return List.of(notYet(version, interval, first));
    }
    Map<String, List<Profile>> byColumn = new LinkedHashMap<>();
    for (Profile profile :
        profiles(ScoreInterval.profiled(run, version), first.slice(), interval.slice())) {
      byColumn.computeIfAbsent(profile.column(), column -> new ArrayList<>()).add(profile);
    }
    List<Profile> current =
        byColumn.values().stream().map(parts -> Profile.merge(interval.slice(), parts)).toList();
    return Drift.compare(baseline, current, monitor.drift().psi(), monitor.drift().minRows());
  }

  /** The first of the intervals that a window before the end of {@code interval} covers whole. */
  private Interval firstOf(Duration window, Interval interval) {
    Instant from = interval.end().minus(window);
    Interval first = run.cadence().containing(from);
    return from.isAfter(first.start()) ? run.cadence().next(first) : first;
  }

  /** Part of a window is not compared: a Sunday alone is not a week. */
  private Check notYet(ModelVersion version, Interval interval, Interval first) {
    return new Check(
        interval.slice(),
        Severity.MONITOR,
        "drift",
        "",
        Outcome.PASSED,
        null,
        "",
        0,
        null,
        null,
        "%s has not scored the whole window from %s on".formatted(version.version(), first));
  }

  private static Map<String, List<Profile>> byWindow(List<Profile> profiles) {
    Map<String, List<Profile>> windows = new TreeMap<>();
    profiles.forEach(
        profile ->
            windows.computeIfAbsent(profile.slice(), slice -> new ArrayList<>()).add(profile));
    return windows;
  }

  /** The newest profile of each slice and column; ordered by both. */
  private List<Profile> profiles(String about, String from, String to) {
    Map<String, Row> newest = new TreeMap<>();
    for (Row row :
        run.lake()
            .read(Ingest.PROFILES, Judged.schema(Profile.SCHEMA))
            .where(col("table").equalTo(about))
            .where(col(TableDefinition.SLICE).between(from, to))
            .collectAsList()) {
      newest.merge(
          row.<String>getAs(TableDefinition.SLICE) + "\n" + row.getAs("column_name"),
          row,
          (a, b) -> b.<Integer>getAs("attempt") >= a.<Integer>getAs("attempt") ? b : a);
    }
    return newest.values().stream().map(Profile::fromRow).toList();
  }
}
