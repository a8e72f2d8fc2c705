package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.ingest.SliceOutcome;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What a range of runs did, for people and for machines. */
public final class Summary {
  /** Files and rows of one table over all slices of the range. */
  private static final class Totals {
    private final Map<String, Long> numbers = new LinkedHashMap<>();
    private final Map<String, Long> quarantined = new TreeMap<>();

    private void add(String name, long value) {
      numbers.merge(name, value, Long::sum);
    }

    private Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>(numbers);
      json.put("quarantined_by_rule", quarantined);
      return json;
    }
  }

  private final String pipeline;
  private final Optional<String> predicted;

  /** Tables that other pipelines own: their rows are not counted. */
  private final Set<String> used;

  private final List<Interval> intervals;
  private final long startNanos = System.nanoTime();
  private final Map<String, Totals> tables = new TreeMap<>();
  private final Map<String, Integer> exits = new TreeMap<>();
  private final List<String> refused = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> trainings = new ArrayList<>();
  private final List<String> decisions = new ArrayList<>();
  private final boolean strict;
  private Optional<Delivery> delivery = Optional.empty();
  private Optional<String> report = Optional.empty();
  private boolean changed;
  private long predictions;
  private double seconds;
  private double coreSeconds;

  /**
   * @param strict whether every refused or missing slice counts, not only the predicted table's
   */
  Summary(Pipelines.Loaded loaded, List<Interval> intervals, boolean strict) {
    this.pipeline = loaded.pipeline().pipeline();
    this.predicted = loaded.pipeline().model().map(model -> model.predict().each());
    this.used = loaded.inputs().keySet();
    this.intervals = intervals;
    this.strict = strict;
  }

  void add(List<SliceOutcome> outcomes) {
    for (SliceOutcome outcome : outcomes) {
      if (!used.contains(outcome.table())) {
        count(outcome);
      }
      changed |= outcome.kind() == Kind.WRITTEN || outcome.kind() == Kind.NOTHING_NEW;
      String line = "%s %s: %s".formatted(outcome.slice(), outcome.table(), outcome.message());
      if (outcome.kind() == Kind.REFUSED) {
        refused.add(line);
        changed |= outcome.counts().rowsSeen() > 0;
      } else if (!outcome.isReadable()) {
        missing.add(line);
      }
    }
  }

  private void count(SliceOutcome outcome) {
    Totals totals = tables.computeIfAbsent(outcome.table(), table -> new Totals());
    totals.add("files_seen", outcome.counts().filesSeen());
    totals.add("files_read", outcome.counts().filesRead());
    totals.add("files_quarantined", outcome.counts().filesQuarantined());
    totals.add("files_ignored", outcome.counts().filesIgnored());
    totals.add("rows_seen", outcome.counts().rowsSeen());
    totals.add("rows_added", outcome.counts().rowsAdded());
    totals.add("rows_quarantined", outcome.counts().rowsQuarantined());
    totals.add("rows_unchanged", outcome.counts().rowsUnchanged());
    totals.add("rows_duplicate", outcome.counts().rowsDuplicate());
    outcome.quarantined().forEach((rule, rows) -> totals.quarantined.merge(rule, rows, Long::sum));
  }

  /**
   * What the outcomes of an interval mean for it: a refused or missing predicted table stops it,
   * and so does any table that another pipeline has yet to make.
   *
   * @param outcomes all of one interval
   */
  int exitOf(List<SliceOutcome> outcomes) {
    int exit = Exit.DONE;
    for (SliceOutcome outcome : outcomes) {
      boolean stops = outcome.stops(strict ? Optional.empty() : predicted);
      if (stops && outcome.kind() == Kind.REFUSED) {
        exit = Exit.REFUSED;
      } else if (stops && exit == Exit.DONE) {
        exit = Exit.NOT_YET;
      }
    }
    if (!outcomes.isEmpty()) {
      exits.put(outcomes.get(0).slice(), exit);
    }
    return exit;
  }

  void scored(long rows) {
    predictions += rows;
    changed |= rows > 0;
  }

  void add(Interval interval, Decision decision) {
    changed |= !decision.current();
    if (decision.retrain() || !decision.reasons().isEmpty()) {
      decisions.add(interval + ": " + decision.message());
    }
  }

  void add(Interval interval, TrainInterval.Outcomes trained) {
    changed = true;
    trainings.add(interval + ": " + trained.message());
  }

  /** Adds what came of the decision that these intervals led to. */
  public void add(Delivery delivered) {
    delivery = Optional.of(delivered);
    changed |= delivered.isRecorded();
  }

  /** Adds where the page about the pipeline is. */
  public void addReport(String uri) {
    report = Optional.of(uri);
  }

  void finish(double cores) {
    seconds = (System.nanoTime() - startNanos) / 1e9;
    coreSeconds = cores;
  }

  /** Whether anything was written. */
  public boolean isChanged() {
    return changed;
  }

  /**
   * The exit code of the command: of a single interval its own; of a range 0, or 5 if only its last
   * interval's input is missing, or that of all; of a strict range 3 if a slice was refused. A
   * decision that could not be delivered counts where nothing else does.
   */
  public int exitCode() {
    int exit = exitOfIntervals();
    return exit == Exit.DONE ? delivery.map(Delivery::exit).orElse(Exit.DONE) : exit;
  }

  private int exitOfIntervals() {
    String last = intervals.get(intervals.size() - 1).slice();
    if (intervals.size() == 1) {
      return exits.getOrDefault(last, Exit.DONE);
    }
    if (strict && exits.containsValue(Exit.REFUSED)) {
      return Exit.REFUSED;
    }
    long notYet = exits.values().stream().filter(exit -> exit == Exit.NOT_YET).count();
    boolean onlyLast = notYet == 1 && exits.getOrDefault(last, Exit.DONE) == Exit.NOT_YET;
    boolean all = notYet == intervals.size();
    return onlyLast || all || (strict && notYet > 0) ? Exit.NOT_YET : Exit.DONE;
  }

  /** For machines: plain maps, lists, texts and numbers. */
  public Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("pipeline", pipeline);
    json.put("from", intervals.get(0).slice());
    json.put("to", intervals.get(intervals.size() - 1).slice());
    json.put("changed", changed);
    Map<String, Object> perTable = new LinkedHashMap<>();
    tables.forEach((table, totals) -> perTable.put(table, totals.json()));
    json.put("tables", perTable);
    json.put("refused", refused);
    json.put("missing", missing);
    json.put("trainings", trainings);
    json.put("decisions", decisions);
    delivery.ifPresent(delivered -> json.put("trigger", delivered.json()));
    report.ifPresent(uri -> json.put("report", uri));
    json.put("predictions", predictions);
    json.put("seconds", seconds);
    json.put("core_seconds", coreSeconds);
    return json;
  }

  /** For people: lines. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (!changed) {
      lines.add(
          "%s %s..%s: %snothing was written (%.0f s)"
              .formatted(
                  pipeline,
                  intervals.get(0),
                  intervals.get(intervals.size() - 1),
                  missing.isEmpty() ? "everything is current, " : "",
                  seconds));
      refused.forEach(line -> lines.add("refused  " + line));
      missing.forEach(line -> lines.add("missing  " + line));
      delivery.ifPresent(delivered -> lines.add(delivered.line()));
      report.ifPresent(uri -> lines.add("report   " + uri));
      return lines;
    }
    lines.add(
        "%-14s %7s %7s %7s %7s %10s %10s %10s %9s %9s"
            .formatted(
                "table",
                "files",
                "read",
                "quarant",
                "ignored",
                "rows",
                "added",
                "quarant",
                "unchanged",
                "duplicate"));
    tables.forEach(
        (table, totals) -> {
          lines.add(
              String.format(Locale.ROOT, "%-14s", table)
                  + numbers(totals, 4, " %7d")
                  + numbers(totals, 7, " %10d").substring(numbers(totals, 4, " %10d").length())
                  + numbers(totals, 9, " %9d").substring(numbers(totals, 7, " %9d").length()));
          totals.quarantined.forEach(
              (rule, rows) ->
                  lines.add(String.format(Locale.ROOT, "  %,d rows broke %s", rows, rule)));
        });
    refused.forEach(line -> lines.add("refused  " + line));
    missing.forEach(line -> lines.add("missing  " + line));
    decisions.forEach(line -> lines.add("decided  " + line));
    trainings.forEach(line -> lines.add("trained  " + line));
    delivery.ifPresent(delivered -> lines.add(delivered.line()));
    report.ifPresent(uri -> lines.add("report   " + uri));
    lines.add(
        String.format(
            Locale.ROOT,
            "%d intervals, %,d predictions, %.0f s, %.0f core seconds",
            intervals.size(),
            predictions,
            seconds,
            coreSeconds));
    return lines;
  }

  private static String numbers(Totals totals, int first, String format) {
    StringBuilder text = new StringBuilder();
    totals.numbers.values().stream()
        .limit(first)
        .forEach(number -> text.append(String.format(Locale.ROOT, format, number)));
    return text.toString();
  }
}
