package dev.penstock.jobs;

import dev.penstock.jobs.pipeline.PipelineCheck;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.ResolvedText;
import dev.penstock.jobs.pipeline.SomePipelinesOptions;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks pipeline files; starts no Spark. All problems are in the exception that it throws. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Check a pipeline file, or all of them, without starting Spark.")
public final class CheckCommand implements Callable<Integer> {
  @Option(names = "--resolved", description = "Print the file with all values and defaults.")
  private boolean resolved;

  @Mixin private SomePipelinesOptions pipelines = new SomePipelinesOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<Pipelines.Loaded> all = pipelines.load();
    PrintWriter out = spec.commandLine().getOut();
    if (all.isEmpty()) {
      out.println("no pipeline file is there yet; ./penstock init NAME writes a first one");
    }
    for (Pipelines.Loaded loaded : all) {
      out.print(
          resolved
              ? ResolvedText.of(loaded.pipeline())
              : PipelineCheck.summary(loaded) + System.lineSeparator());
    }
    out.flush();
    return 0;
  }
}
