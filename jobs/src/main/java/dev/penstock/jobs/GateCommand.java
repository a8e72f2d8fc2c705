package dev.penstock.jobs;

import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.loop.AcceptSlice;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Interval;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What people decide about gates. */
@Command(
    name = "gate",
    mixinStandardHelpOptions = true,
    description = "Decide about what a gate refused.",
    subcommands = GateCommand.Accept.class)
final class GateCommand {

  /** Releases a refused slice, on record. */
  @Command(
      name = "accept",
      mixinStandardHelpOptions = true,
      description = "Release a refused slice, on record: the next run for it commits it.")
  static final class Accept implements Callable<Integer> {
    @Mixin private PipelineOptions pipeline = new PipelineOptions();

    @Parameters(
        index = "1",
        paramLabel = "SOURCE",
        description = "The source or derived table whose slice was refused.")
    private String table;

    @Option(
        names = "--date",
        required = true,
        paramLabel = "INTERVAL",
        description = "The refused interval, by its start.")
    private String date;

    @Option(
        names = "--actor",
        paramLabel = "NAME",
        defaultValue = "${sys:user.name}",
        description = "Whose word it is (default: ${DEFAULT-VALUE}).")
    private String actor;

    @Option(
        names = "--reason",
        required = true,
        paramLabel = "TEXT",
        description = "Why the slice may be read.")
    private String reason;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      Pipelines.Loaded loaded = pipeline.load();
      Interval interval = IntervalOptions.named("--date", date, loaded.pipeline().cadence());
      SparkApplication.requireText("--actor", actor);
      SparkApplication.requireText("--reason", reason);
      PrintWriter out = spec.commandLine().getOut();
      return SparkApplication.run(
          () -> SparkSession.builder().appName("penstock gate accept").getOrCreate(),
          spark -> {
            RunContext run = RunContext.open(spark, loaded, out);
            SliceRecord row = new AcceptSlice(run).run(table, interval, actor, reason);
            out.println(
                "slice %s of %s is accepted by %s: %s"
                    .formatted(row.slice(), table, actor, reason));
            out.println(
                "its rows are in quarantine until the next run for %s commits them"
                    .formatted(row.slice()));
            out.flush();
            return Exit.DONE;
          });
    }
  }
}
