package dev.penstock.jobs.report;

import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import dev.penstock.validation.Check;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a report tells, as far as the shown intervals go; lists are in the order of the intervals.
 *
 * @param status where the pipeline stands
 * @param intervals names of the shown intervals, none left out
 * @param hidden how many earlier intervals are not shown
 * @param sources sources, then derived tables, in the order of the pipeline file
 * @param rules how often each gate rule was judged
 * @param failed checks of gates that refused or warned
 * @param monitored the monitor's checks
 * @param acceptance checks of acceptance; the slice is the version's
 * @param decisions the monitor's
 * @param predictions slices of the predictions table
 * @param versions oldest first
 * @param promotions oldest first
 * @param mayLose how much of its metric the champion may lose; empty if that is not watched
 * @param costs what was run
 */
record ReportData(
    PipelineStatus status,
    List<String> intervals,
    long hidden,
    List<Source> sources,
    List<Rule> rules,
    List<Failed> failed,
    List<Check> monitored,
    Map<String, List<Check>> acceptance,
    List<SliceRecord> decisions,
    List<SliceRecord> predictions,
    List<ModelVersion> versions,
    List<Promotion> promotions,
    OptionalDouble mayLose,
    List<Cost> costs) {

  /**
   * A source or derived table.
   *
   * @param slices the newest row of each slice
   * @param examples some quarantined rows, at most a few of each rule
   */
  record Source(String name, List<SliceRecord> slices, List<Example> examples) {}

  /**
   * A row in quarantine.
   *
   * @param rule one that it broke
   * @param place file and row
   * @param values as they could be read, or the raw text
   */
  record Example(String rule, String slice, String place, String values) {}

  /** How often a rule held, did not, and could not be judged. */
  record Rule(
      String source,
      String severity,
      String rule,
      String subject,
      String bound,
      long passed,
      long failed,
      long errored) {}

  /** A check of a gate that did not hold. */
  record Failed(String source, Check check) {}

  /**
   * One execution of a job, which may have covered several intervals.
   *
   * @param warnings each after its interval; at most a few
   */
  record Cost(
      String job,
      String first,
      String last,
      long rows,
      double seconds,
      double coreSeconds,
      List<String> warnings) {}

  /** The intervals from the first on that the monitor judged by a champion; may be empty. */
  List<String> monitoredIntervals() {
    String first = monitored.stream().map(Check::slice).min(String::compareTo).orElse("~");
    return intervals.stream().filter(slice -> slice.compareTo(first) >= 0).toList();
  }

  /** The version that scores an interval. */
  Optional<ModelVersion> championOf(String slice) {
    return promotions.stream()
        .filter(promotion -> promotion.fromSlice().compareTo(slice) <= 0)
        .reduce((earlier, later) -> later)
        .flatMap(promotion -> version(promotion.version()));
  }

  /** The version of that name. */
  Optional<ModelVersion> version(String name) {
    return versions.stream().filter(version -> version.version().equals(name)).findFirst();
  }
}
