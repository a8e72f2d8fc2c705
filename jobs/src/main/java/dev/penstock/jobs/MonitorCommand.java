package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange.Stage;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Judge drift and performance, and decide whether to retrain. */
@Command(
    name = "monitor",
    mixinStandardHelpOptions = true,
    description = "Judge drift and performance, and decide whether to retrain.")
final class MonitorCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        EnumSet.of(Stage.MONITOR),
        () -> SparkSession.builder().appName("penstock monitor").getOrCreate(),
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }
}
