package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange.Stage;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Write the feature tables that notebooks read. */
@Command(
    name = "features",
    mixinStandardHelpOptions = true,
    description = "Write the feature tables that notebooks read.")
final class FeaturesCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        EnumSet.of(Stage.FEATURES),
        () -> SparkSession.builder().appName("penstock features").getOrCreate(),
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }
}
