package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange.Stage;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Predict the rows of an interval with its champion. */
@Command(
    name = "score",
    mixinStandardHelpOptions = true,
    description = "Predict the rows of an interval with its champion.")
final class ScoreCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        EnumSet.of(Stage.SCORE),
        () -> SparkSession.builder().appName("penstock score").getOrCreate(),
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }
}
