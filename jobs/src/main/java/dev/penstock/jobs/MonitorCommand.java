package dev.penstock.jobs;

import dev.penstock.jobs.airflow.Airflow;
import dev.penstock.jobs.loop.Deliver;
import dev.penstock.jobs.loop.RunRange.Stage;
import dev.penstock.jobs.loop.Summary;
import dev.penstock.jobs.report.Report;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Judge drift and performance, and decide whether to retrain. */
@Command(
    name = "monitor",
    mixinStandardHelpOptions = true,
    description = "Judge drift and performance, and decide whether to retrain.")
final class MonitorCommand implements Callable<Integer> {
  @Option(
      names = "--trigger",
      description = "If the decision is to retrain, start the training DAG in Airflow, once.")
  private boolean trigger;

  @Option(
      names = "--report",
      description = "Write the pipeline's page to reports/PIPELINE.html in the warehouse.")
  private boolean report;

  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        EnumSet.of(Stage.MONITOR),
        Set.of(),
        () -> SparkSession.builder().appName("penstock monitor").getOrCreate(),
        this::afterwards,
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }

  private BiConsumer<RunContext, Summary> afterwards(RunOptions.Asked asked) {
    BiConsumer<RunContext, Summary> nothing = (run, summary) -> {};
    return (trigger ? delivery(asked) : nothing).andThen(report ? MonitorCommand::report : nothing);
  }

  private static BiConsumer<RunContext, Summary> delivery(RunOptions.Asked asked) {
    Airflow airflow = AirflowOptions.connect(asked.loaded(), AirflowOptions.DEADLINE);
    return (run, summary) -> summary.add(new Deliver(run, airflow).about(asked.intervals()));
  }

  private static void report(RunContext run, Summary summary) {
    String page = Report.of(run.lake(), run.loaded(), "~");
    summary.addReport(Report.write(run.lake(), run.pipeline().pipeline(), page));
  }
}
