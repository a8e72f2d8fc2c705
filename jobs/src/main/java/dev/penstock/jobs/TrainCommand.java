package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange.Stage;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Train a model; accept, register and promote it. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Train a model; accept, register and promote it.")
final class TrainCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();

  @Option(
      names = "--no-promote",
      description = "Leave an accepted version a candidate; ./penstock promote promotes it.")
  private boolean noPromote;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        noPromote ? EnumSet.of(Stage.TRAIN) : EnumSet.of(Stage.TRAIN, Stage.PROMOTE),
        () -> SparkSession.builder().appName("penstock train").getOrCreate(),
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }
}
