package dev.penstock.jobs;

import dev.penstock.jobs.loop.PlanRange;
import dev.penstock.jobs.loop.RangePlan;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What a run would do and why, writing nothing. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = "What a run would do and why, writing nothing.")
final class PlanCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    RunOptions.Asked asked = options.asked();
    PrintWriter out = spec.commandLine().getOut();
    return SparkApplication.run(
        () -> SparkSession.builder().appName("penstock plan").getOrCreate(),
        spark -> {
          RunContext run = RunContext.open(spark, asked.loaded(), out);
          RangePlan plan =
              new PlanRange(run, asked.reload(), asked.strict()).plan(asked.intervals());
          options.print(plan.json(), plan.lines(), out);
          return Exit.DONE;
        });
  }
}
