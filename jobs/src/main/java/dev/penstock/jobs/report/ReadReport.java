package dev.penstock.jobs.report;

import static org.apache.spark.sql.functions.desc;

import dev.penstock.jobs.ingest.WaitingFiles;
import dev.penstock.jobs.ledger.Decisions;
import dev.penstock.jobs.ledger.Ledger;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Lake;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import dev.penstock.training.Registry;
import dev.penstock.validation.Check;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Reads what a report or a status tells, with few queries; what comes back is bounded. */
public final class ReadReport {
  /** The most intervals that a page shows, the newest ones. */
  static final int INTERVALS = 400;

  private final Lake lake;
  private final Pipelines.Loaded loaded;
  private final Pipeline pipeline;
  private final String until;
  private final Ledger ledger;
  private final Decisions decided;
  private final Evidence evidence;
  private final Map<String, List<SliceRecord>> slices = new LinkedHashMap<>();
  private final List<ModelVersion> versions;
  private final List<Promotion> promotions;

  /**
   * @param until the newest interval to tell of, by name; {@code ~} for all
   */
  public ReadReport(Lake lake, Pipelines.Loaded loaded, String until) {
    this.lake = lake;
    this.loaded = loaded;
    this.pipeline = loaded.pipeline();
    this.until = until;
    this.ledger = Ledger.of(lake, loaded);
    this.decided = new Decisions(ledger, pipeline.pipeline());
    Stream.concat(pipeline.sources().keySet().stream(), pipeline.tables().keySet().stream())
        .forEach(name -> slices.put(name, ledger.upTo("sources/" + name, until)));
    Registry registry = new Registry(lake);
    this.versions =
        registry.versions(pipeline.pipeline()).stream()
            .filter(version -> version.provenance().slice().compareTo(until) <= 0)
            .toList();
    this.promotions =
        registry.promotions(pipeline.pipeline()).stream()
            .filter(promotion -> versions.stream().anyMatch(v -> isOf(promotion, v)))
            .toList();
    this.evidence = new Evidence(lake, pipeline.pipeline(), until, runs());
  }

  private Set<String> runs() {
    Set<String> runs = new TreeSet<>();
    for (String table : ledger.tables()) {
      ledger.upTo(table, until).stream()
          .filter(row -> row.pipeline().equals(pipeline.pipeline()))
          .forEach(row -> runs.add(row.run()));
    }
    versions.forEach(version -> runs.add(version.provenance().run()));
    return runs;
  }

  private static boolean isOf(Promotion promotion, ModelVersion version) {
    return version.version().equals(promotion.version());
  }

  /** Where the pipeline stands. */
  public PipelineStatus status() {
    Optional<Double> labels =
        evidence
            .checks("")
            .where("severity = 'monitor' AND rule = 'labels' AND value IS NOT NULL")
            .orderBy(desc("slice"))
            .limit(1)
            .collectAsList()
            .stream()
            .map(row -> row.<Double>getAs("value"))
            .findFirst();
    return status(
        labels,
        WaitingFiles.of(lake.spark().sparkContext().hadoopConfiguration(), pipeline, slices));
  }

  private PipelineStatus status(Optional<Double> labels, List<WaitingFiles> waiting) {
    return PipelineStatus.of(
        loaded,
        ledger,
        slices,
        reached(),
        decisions(),
        undelivered(),
        versions,
        promotions,
        labels,
        waiting);
  }

  /** Slices that tell how far the pipeline was run: the predicted table's, if it is its own. */
  private List<SliceRecord> reached() {
    Optional<List<SliceRecord>> predicted =
        pipeline.model().map(model -> slices.get(model.predict().each()));
    if (predicted.isPresent()) {
      return predicted.get();
    }
    List<SliceRecord> all = new ArrayList<>(decisions());
    slices.values().forEach(all::addAll);
    pipeline
        .features()
        .keySet()
        .forEach(group -> all.addAll(ledger.upTo("features/" + group, until)));
    return all;
  }

  private List<SliceRecord> decisions() {
    return ledger.upTo(decided.table(), until);
  }

  private Optional<SliceRecord> undelivered() {
    return loaded
        .airflow()
        .flatMap(ignored -> Decisions.newestPositive(decisions()))
        .filter(decision -> decided.superseded(decision, () -> versions).isEmpty());
  }

  /** All that a page about the pipeline shows. */
  ReportData data() {
    List<String> all = intervals();
    List<String> shown = all.subList(Math.max(0, all.size() - INTERVALS), all.size());
    String from = shown.isEmpty() ? "" : shown.get(0);
    Dataset<Row> checks = evidence.checks(from);
    List<Check> monitored = new ArrayList<>();
    List<ReportData.Failed> failed = new ArrayList<>();
    checks
        .where("severity = 'monitor' OR (severity IN ('refuse', 'warn') AND verdict <> 'passed')")
        .orderBy("slice", "table", "severity", "rule", "subject")
        .collectAsList()
        .forEach(
            row -> {
              Check check = Check.fromRow(row);
              if (row.<String>getAs("severity").equals("monitor")) {
                monitored.add(check);
              } else {
                failed.add(new ReportData.Failed(Evidence.source(row.getAs("table")), check));
              }
            });
    Optional<Double> labels =
        monitored.stream()
            .filter(check -> check.rule().equals("labels") && check.value() != null)
            .reduce((earlier, later) -> later)
            .map(Check::value);
    return new ReportData(
        status(labels, List.of()), // a page is about what was run
        shown,
        all.size() - shown.size(),
        slices.keySet().stream().map(name -> source(name, from)).toList(),
        evidence.rules(checks),
        failed,
        monitored,
        evidence.acceptance(),
        since(from, decisions()),
        since(from, ledger.upTo("predictions/" + pipeline.pipeline(), until)),
        versions,
        promotions,
        pipeline
            .monitor()
            .performance()
            .map(rule -> OptionalDouble.of(rule.mayLose()))
            .orElse(OptionalDouble.empty()),
        evidence.costs(from));
  }

  /** All intervals from the first to the last that anything is known of. */
  private List<String> intervals() {
    TreeSet<String> known = new TreeSet<>();
    slices.values().forEach(rows -> rows.forEach(row -> known.add(row.slice())));
    decisions().forEach(row -> known.add(row.slice()));
    if (known.isEmpty()) {
      return List.of();
    }
    Cadence cadence = pipeline.cadence();
    return cadence.range(cadence.named(known.first()), cadence.named(known.last())).stream()
        .map(interval -> interval.slice())
        .toList();
  }

  private static List<SliceRecord> since(String from, List<SliceRecord> rows) {
    return rows.stream().filter(row -> row.slice().compareTo(from) >= 0).toList();
  }

  private ReportData.Source source(String name, String from) {
    List<SliceRecord> rows = since(from, slices.get(name));
    boolean any = rows.stream().anyMatch(row -> row.counts().rowsQuarantined() > 0);
    String table = "quarantine/" + name;
    return new ReportData.Source(
        name, rows, any && lake.exists(table) ? evidence.examples(table, from) : List.of());
  }
}
