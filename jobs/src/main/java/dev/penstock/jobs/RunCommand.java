package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange.Stage;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** All jobs of a pipeline for an interval or a range, in one Spark application. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "All jobs of a pipeline for an interval or a range, in one Spark application.")
final class RunCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        EnumSet.allOf(Stage.class),
        () -> SparkSession.builder().appName("penstock run").getOrCreate(),
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }
}
