package dev.penstock.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Settings;
import dev.penstock.jobs.pipeline.SettingsOptions;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Where each pipeline stands, and what to type next. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Where each pipeline stands, and what to type next.")
final class StatusCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "PIPELINE",
      description = "A name under conf/pipelines, or a path; without it all are told of.")
  private String nameOrPath;

  @Option(names = "--json", description = "Print a JSON array, an object per pipeline.")
  private boolean json;

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Settings settings = options.settings();
    List<Pipelines.Loaded> all =
        nameOrPath == null
            ? Pipelines.loadAll(settings.conf().resolve("pipelines"), settings)
            : List.of(Pipelines.load(nameOrPath, settings));
    return SparkApplication.run(
        () -> SparkSession.builder().appName("penstock status").getOrCreate(),
        spark -> print(Report.fleet(spark, all)));
  }

  private int print(List<PipelineStatus> fleet) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      try {
        out.println(
            new ObjectMapper()
                .writeValueAsString(fleet.stream().map(PipelineStatus::json).toList()));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    } else {
      StatusLines.of(fleet).forEach(out::println);
    }
    out.flush();
    return Exit.DONE;
  }
}
