package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange.Stage;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Promote the version that was trained for an interval, if it was accepted. */
@Command(
    name = "promote",
    mixinStandardHelpOptions = true,
    description = "Promote the version that was trained for an interval, if it was accepted.")
final class PromoteCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        EnumSet.of(Stage.PROMOTE),
        () -> SparkSession.builder().appName("penstock promote").getOrCreate(),
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }
}
