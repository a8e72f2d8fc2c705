package dev.penstock.jobs;

import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.SomePipelinesOptions;
import dev.penstock.jobs.report.PipelineStatus;
import dev.penstock.jobs.report.Report;
import dev.penstock.jobs.report.StatusLines;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where each pipeline stands, and what to type next. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Where each pipeline stands, and what to type next.")
final class StatusCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Print a JSON array, an object per pipeline.")
  private boolean json;

  @Mixin private SomePipelinesOptions pipelines = new SomePipelinesOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<Pipelines.Loaded> all = pipelines.load();
    return SparkApplication.run(
        () -> SparkSession.builder().appName("penstock status").getOrCreate(),
        spark -> print(Report.fleet(spark, all)));
  }

  private int print(List<PipelineStatus> fleet) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JsonText.of(fleet.stream().map(PipelineStatus::json).toList()));
    } else {
      StatusLines.of(fleet).forEach(out::println);
    }
    out.flush();
    return Exit.DONE;
  }
}
