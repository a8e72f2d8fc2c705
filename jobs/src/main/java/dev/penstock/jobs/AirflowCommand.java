package dev.penstock.jobs;

import dev.penstock.jobs.airflow.Airflow;
import dev.penstock.jobs.airflow.DagRun;
import dev.penstock.jobs.airflow.TrainingRun;
import dev.penstock.jobs.airflow.Triggered;
import dev.penstock.jobs.dags.Pools;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.SomePipelinesOptions;
import dev.penstock.lake.Interval;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What people ask of the Airflow that runs a pipeline. */
@Command(
    name = "airflow",
    mixinStandardHelpOptions = true,
    description = "Talk to the Airflow that runs a pipeline; starts no Spark.",
    subcommands = {
      AirflowCommand.Trigger.class,
      AirflowStatusCommand.class,
      AirflowCommand.Wait.class,
      AirflowCommand.MakePools.class
    })
final class AirflowCommand {

  /** Starts a training. */
  @Command(
      name = "trigger",
      mixinStandardHelpOptions = true,
      description =
          "Start the training DAG for an interval; the same command twice starts one run.")
  static final class Trigger implements Callable<Integer> {
    @Mixin private PipelineOptions pipeline = new PipelineOptions();

    @Option(
        names = "--date",
        required = true,
        paramLabel = "INTERVAL",
        description = "The interval to train for, by its start.")
    private String date;

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        defaultValue = "by hand",
        description = "Why; another reason is another run (default: ${DEFAULT-VALUE}).")
    private String reason = "by hand";

    @Mixin private AirflowOptions server = new AirflowOptions();
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      Pipelines.Loaded loaded = pipeline.load();
      Interval interval = IntervalOptions.named("--date", date, loaded.pipeline().cadence());
      SparkApplication.requireText("--reason", reason);
      Airflow airflow = server.connect(loaded);
      TrainingRun run =
          TrainingRun.of(
              loaded.pipeline().pipeline(), interval.slice(), reason, ConfigHash.of(reason));
      Triggered came = airflow.trigger(run.dag(), run.id(), run.conf());
      PrintWriter out = spec.commandLine().getOut();
      PrintWriter err = spec.commandLine().getErr();
      boolean there = came instanceof Triggered.Created || came instanceof Triggered.Attached;
      (there ? out : err).println(came.message());
      if (there) {
        out.println(
            "follow it: ./penstock airflow wait %s %s"
                .formatted(loaded.pipeline().pipeline(), run.id()));
      }
      return there ? Exit.DONE : Exit.UNEXPECTED;
    }
  }

  /** Waits for a run's end. */
  @Command(
      name = "wait",
      mixinStandardHelpOptions = true,
      description = "Wait for a run's end; exits with 0 if it went well, else with 1.")
  static final class Wait implements Callable<Integer> {
    @Mixin private PipelineOptions pipeline = new PipelineOptions();

    @Parameters(
        index = "1",
        paramLabel = "RUN_ID",
        description = "A run of the training DAG, or of the interval's.")
    private String runId;

    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        defaultValue = "1h",
        description = "How long to wait at most (default: ${DEFAULT-VALUE}).")
    private String timeout = "1h";

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      Pipelines.Loaded loaded = pipeline.load();
      Duration time = AirflowOptions.duration("--timeout", timeout);
      Airflow airflow = AirflowOptions.connect(loaded, AirflowOptions.DEADLINE);
      PrintWriter out = spec.commandLine().getOut();
      String own = loaded.pipeline().pipeline();
      DagRun last =
          airflow.await(
              List.of(TrainingRun.dag(own), own),
              runId,
              time,
              run -> {
                out.println("%s %s is %s".formatted(run.dag(), run.id(), run.state()));
                out.flush();
              });
      if (!last.isSuccess()) {
        spec.commandLine()
            .getErr()
            .println(
                last.isOver()
                    ? "it failed; its logs: " + airflow.page(last)
                    : "it is still %s after %s: %s"
                        .formatted(last.state(), timeout, airflow.page(last)));
      }
      return last.isSuccess() ? Exit.DONE : Exit.UNEXPECTED;
    }
  }

  /** Makes pools. */
  @Command(
      name = "pools",
      mixinStandardHelpOptions = true,
      description = "Create the pools that the DAGs need and Airflow lacks, of one slot each.")
  static final class MakePools implements Callable<Integer> {
    @Mixin private SomePipelinesOptions pipelines = new SomePipelinesOptions();
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      for (Pipelines.Loaded loaded : pipelines.load()) {
        Airflow airflow = AirflowOptions.connect(loaded, AirflowOptions.DEADLINE);
        Set<String> there = airflow.pools().keySet();
        for (String pool : Pools.of(loaded.pipeline())) {
          boolean made =
              !there.contains(pool)
                  && airflow.createPool(
                      pool,
                      "Tables of pipeline %s; one writer".formatted(loaded.pipeline().pipeline()));
          out.println("%-7s %s".formatted(made ? "created" : "there", pool));
        }
      }
      out.flush();
      return Exit.DONE;
    }
  }
}
