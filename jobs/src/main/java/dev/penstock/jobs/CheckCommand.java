package dev.penstock.jobs;

import dev.penstock.jobs.pipeline.PipelineCheck;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.ResolvedText;
import dev.penstock.jobs.pipeline.Settings;
import dev.penstock.jobs.pipeline.SettingsOptions;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks pipeline files; starts no Spark. All problems are in the exception that it throws. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Check a pipeline file, or all of them, without starting Spark.")
public final class CheckCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "PIPELINE",
      description = "A name under conf/pipelines, or a path; without it all files are checked.")
  private String nameOrPath;

  @Option(names = "--resolved", description = "Print the file with all values and defaults.")
  private boolean resolved;

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Settings settings = options.settings();
    List<Pipelines.Loaded> all =
        nameOrPath == null
            ? Pipelines.loadAll(settings.conf().resolve("pipelines"), settings)
            : List.of(Pipelines.load(nameOrPath, settings));
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
