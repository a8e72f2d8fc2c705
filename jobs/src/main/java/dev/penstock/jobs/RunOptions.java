package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange;
import dev.penstock.jobs.loop.RunRange.Stage;
import dev.penstock.jobs.loop.Summary;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Interval;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command that runs jobs for intervals has in common; a picocli mixin. */
final class RunOptions {
  @Mixin private PipelineOptions pipeline = new PipelineOptions();
  @Mixin private IntervalOptions intervals = new IntervalOptions();

  @Option(
      names = "--reload",
      paramLabel = "INTERVAL",
      description =
          "Take the files of this interval as they are now, as if they had come right at first.")
  private String reload;

  @Option(
      names = "--strict",
      description =
          "A refused or missing slice of any source counts, not only the predicted one's.")
  private boolean strict;

  @Option(names = "--json", description = "Print the summary as JSON; progress goes to stderr.")
  private boolean json;

  /**
   * What was asked for.
   *
   * @param intervals in order, at least one
   * @param reload whether their files are taken as they are now; of one interval only
   * @param strict whether every refused or missing slice counts
   */
  record Asked(Pipelines.Loaded loaded, List<Interval> intervals, boolean reload, boolean strict) {}

  /** Reads the pipeline file for a command that is about no interval. */
  Pipelines.Loaded withoutInterval(String option) {
    if (intervals.isGiven() || reload != null || strict) {
      throw new Exit.UserException(
          option + " is about no interval: leave out --date, --from, --to, --reload and --strict");
    }
    return pipeline.load();
  }

  /** Reads the pipeline file and the options. */
  Asked asked() {
    Pipelines.Loaded loaded = pipeline.load();
    var cadence = loaded.pipeline().cadence();
    List<Interval> asked =
        reload == null
            ? intervals.of(cadence)
            : List.of(IntervalOptions.named("--reload", reload, cadence));
    return new Asked(loaded, asked, reload != null, strict);
  }

  /**
   * Runs stages.
   *
   * @param session makes the Spark session; called after the options were checked
   * @return the exit code
   */
  int run(Set<Stage> stages, Supplier<SparkSession> session, PrintWriter out, PrintWriter err) {
    return run(stages, Set.of(), session, asked -> (run, summary) -> {}, out, err);
  }

  /**
   * Runs stages.
   *
   * @param tables the sources and derived tables to bring in; empty: all
   * @param session makes the Spark session; called after the options were checked
   * @param afterwards what to do after a run of what was asked for, before its summary is printed;
   *     asked before the session is made
   * @return the exit code
   * @throws Exit.UserException if the file declares no table of that name
   */
  int run(
      Set<Stage> stages,
      Set<String> tables,
      Supplier<SparkSession> session,
      Function<Asked, BiConsumer<RunContext, Summary>> afterwards,
      PrintWriter out,
      PrintWriter err) {
    Asked asked = asked();
    for (String table : tables) {
      if (asked.loaded().pipeline().table(table).isEmpty()) {
        throw new Exit.UserException(
            "--table %s: %s declares no such table".formatted(table, asked.loaded().file()));
      }
    }
    if (asked.loaded().pipeline().model().isEmpty()
        && !stages.contains(Stage.INGEST)
        && !stages.contains(Stage.FEATURES)) {
      throw new Exit.UserException(
          "%s has no model: there is nothing to do".formatted(asked.loaded().file()));
    }
    BiConsumer<RunContext, Summary> after = afterwards.apply(asked);
    return SparkApplication.run(
        session,
        spark -> {
          RunContext run = RunContext.open(spark, asked.loaded(), json ? err : out);
          Summary summary =
              new RunRange(run, stages, asked.reload(), asked.strict(), tables)
                  .run(asked.intervals());
          after.accept(run, summary);
          print(summary.json(), summary.lines(), out);
          return summary.exitCode();
        });
  }

  /** Prints what a command has to say, the way that was asked for. */
  void print(Map<String, Object> forMachines, List<String> forPeople, PrintWriter out) {
    if (json) {
      out.println(JsonText.of(forMachines));
    } else {
      forPeople.forEach(out::println);
    }
    out.flush();
  }
}
