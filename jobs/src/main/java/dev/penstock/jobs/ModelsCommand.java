package dev.penstock.jobs;

import dev.penstock.jobs.loop.DescribeModels;
import dev.penstock.jobs.loop.MoveChampion;
import dev.penstock.jobs.loop.MoveChampion.Moved;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The registered models of a pipeline. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    description = "List, show, promote and roll back the models of a pipeline.",
    subcommands = {
      ModelsCommand.ListAll.class,
      ModelsCommand.Show.class,
      ModelsCommand.Promote.class,
      ModelsCommand.Rollback.class
    })
final class ModelsCommand {

  /** What the subcommands have in common; a picocli mixin. */
  static final class Registered {
    @Mixin private PipelineOptions pipeline = new PipelineOptions();

    private int with(CommandSpec spec, Consumer<RunContext> work) {
      Pipelines.Loaded loaded = pipeline.load();
      if (loaded.pipeline().model().isEmpty()) {
        throw new Exit.UserException("%s has no model".formatted(loaded.file()));
      }
      PrintWriter out = spec.commandLine().getOut();
      return SparkApplication.run(
          () -> SparkSession.builder().appName("penstock models").getOrCreate(),
          spark -> {
            work.accept(RunContext.open(spark, loaded, out));
            out.flush();
            return Exit.DONE;
          });
    }

    private int print(
        CommandSpec spec,
        boolean json,
        Function<DescribeModels, List<String>> lines,
        Function<DescribeModels, Object> data) {
      PrintWriter out = spec.commandLine().getOut();
      return with(
          spec,
          run -> {
            DescribeModels models = new DescribeModels(run);
            if (json) {
              out.println(JsonText.of(data.apply(models)));
            } else {
              lines.apply(models).forEach(out::println);
            }
          });
    }
  }

  /** Who moves the champion, and why; a picocli mixin. */
  static final class Word {
    @Option(
        names = "--actor",
        paramLabel = "NAME",
        defaultValue = "${sys:user.name}",
        description = "Who decides (default: ${DEFAULT-VALUE}).")
    private String actor;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
    private String reason;

    private void require() {
      SparkApplication.requireText("--actor", actor);
      SparkApplication.requireText("--reason", reason);
    }
  }

  /** One line a version. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description =
          "One line a version: its metrics, why it was accepted or not, since when it is"
              + " champion.")
  static final class ListAll implements Callable<Integer> {
    @Mixin private Registered models = new Registered();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      return models.print(spec, json, DescribeModels::lines, DescribeModels::json);
    }
  }

  /** All that a version was made from. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "All that a version was made from.")
  static final class Show implements Callable<Integer> {
    @Mixin private Registered models = new Registered();

    @Parameters(index = "1", paramLabel = "VERSION", description = "A version, as v2.")
    private String version;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      return models.print(spec, json, all -> all.lines(version), all -> all.json(version));
    }
  }

  /** Makes a version the champion. */
  @Command(
      name = "promote",
      mixinStandardHelpOptions = true,
      description = "Make a version the champion, from the interval after the newest one scored.")
  static final class Promote implements Callable<Integer> {
    @Mixin private Registered models = new Registered();

    @Parameters(index = "1", paramLabel = "VERSION", description = "A version, as v2.")
    private String version;

    @Mixin private Word word = new Word();
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      word.require();
      return models.with(
          spec, run -> say(spec, new MoveChampion(run).promote(version, word.actor, word.reason)));
    }
  }

  /** Goes back to the champion before. */
  @Command(
      name = "rollback",
      mixinStandardHelpOptions = true,
      description = "Go back to the champion before; each call goes one further back.")
  static final class Rollback implements Callable<Integer> {
    @Mixin private Registered models = new Registered();
    @Mixin private Word word = new Word();
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      word.require();
      return models.with(
          spec, run -> say(spec, new MoveChampion(run).rollback(word.actor, word.reason)));
    }
  }

  private static void say(CommandSpec spec, Moved moved) {
    String before =
        moved.promotion().previous().map(version -> " instead of " + version).orElse("");
    spec.commandLine()
        .getOut()
        .println(
            moved.changed()
                ? "%s is champion from %s on%s (%s: %s)"
                    .formatted(
                        moved.promotion().version(),
                        moved.promotion().fromSlice(),
                        before,
                        moved.promotion().actor(),
                        moved.promotion().reason())
                : "%s is champion already, from %s on; nothing was recorded"
                    .formatted(moved.promotion().version(), moved.promotion().fromSlice()));
  }
}
