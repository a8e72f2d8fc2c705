package dev.penstock.jobs;

import dev.penstock.jobs.loop.ExplainFeatures;
import dev.penstock.jobs.loop.RunRange.Stage;
import dev.penstock.jobs.pipeline.Pipelines;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Write the feature tables that notebooks read, or say how features are joined. */
@Command(
    name = "features",
    mixinStandardHelpOptions = true,
    description = "Write the feature tables that notebooks read, or --explain how they are made.")
final class FeaturesCommand implements Callable<Integer> {
  @Option(
      names = "--explain",
      description = "Say in words how the features are joined, and compute nothing.")
  private boolean explain;

  @Mixin private RunOptions options = new RunOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Supplier<SparkSession> session =
        () -> SparkSession.builder().appName("penstock features").getOrCreate();
    if (!explain) {
      return options.run(EnumSet.of(Stage.FEATURES), session, out, spec.commandLine().getErr());
    }
    Pipelines.Loaded loaded = options.withoutInterval("--explain");
    return SparkApplication.run(
        session,
        spark -> {
          List<String> lines = new ExplainFeatures(RunContext.open(spark, loaded, out)).lines();
          Map<String, Object> json = new LinkedHashMap<>();
          json.put("pipeline", loaded.pipeline().pipeline());
          json.put("lines", lines);
          options.print(json, lines, out);
          return Exit.DONE;
        });
  }
}
