package dev.penstock.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.jobs.loop.RunRange;
import dev.penstock.jobs.loop.RunRange.Stage;
import dev.penstock.jobs.loop.Summary;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Interval;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
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
   * Runs stages.
   *
   * @param session makes the Spark session; called after the options were checked
   * @return the exit code
   */
  int run(Set<Stage> stages, Supplier<SparkSession> session, PrintWriter out, PrintWriter err) {
    Pipelines.Loaded loaded = pipeline.load();
    var cadence = loaded.pipeline().cadence();
    List<Interval> asked =
        reload == null
            ? intervals.of(cadence)
            : List.of(IntervalOptions.named("--reload", reload, cadence));
    if (loaded.pipeline().model().isEmpty()
        && !stages.contains(Stage.INGEST)
        && !stages.contains(Stage.FEATURES)) {
      throw new Exit.UserException(
          "%s has no model: there is nothing to do".formatted(loaded.file()));
    }
    return SparkApplication.run(session, spark -> run(spark, loaded, stages, asked, out, err));
  }

  private int run(
      SparkSession spark,
      Pipelines.Loaded loaded,
      Set<Stage> stages,
      List<Interval> asked,
      PrintWriter out,
      PrintWriter err) {
    RunContext run = RunContext.open(spark, loaded, json ? err : out);
    Summary summary = new RunRange(run, stages, reload != null, strict).run(asked);
    try {
      if (json) {
        out.println(new ObjectMapper().writeValueAsString(summary.json()));
      } else {
        summary.lines().forEach(out::println);
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    out.flush();
    return summary.exitCode();
  }
}
