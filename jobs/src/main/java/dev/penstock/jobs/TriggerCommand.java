package dev.penstock.jobs;

import dev.penstock.jobs.airflow.Airflow;
import dev.penstock.jobs.loop.Deliver;
import dev.penstock.jobs.loop.Delivery;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Deliver a decision to retrain that Airflow has not got yet. */
@Command(
    name = "trigger",
    mixinStandardHelpOptions = true,
    description =
        "Start the training DAG in Airflow for the newest decision to retrain, if it waits for"
            + " that: monitor --trigger could not deliver it, or did not try.")
final class TriggerCommand implements Callable<Integer> {
  @Mixin private PipelineOptions pipeline = new PipelineOptions();

  @Mixin private AirflowOptions server = new AirflowOptions();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Pipelines.Loaded loaded = pipeline.load();
    if (loaded.pipeline().model().isEmpty()) {
      throw new Exit.UserException(
          "%s has no model: there is nothing to train".formatted(loaded.file()));
    }
    Airflow airflow = server.connect(loaded);
    PrintWriter out = spec.commandLine().getOut();
    return SparkApplication.run(
        () -> SparkSession.builder().appName("penstock trigger").getOrCreate(),
        spark -> {
          RunContext run = RunContext.open(spark, loaded, spec.commandLine().getErr());
          Delivery delivery = new Deliver(run, airflow).newest();
          out.println(json ? text(loaded, delivery) : delivery.line());
          out.flush();
          return delivery.exit();
        });
  }

  private static String text(Pipelines.Loaded loaded, Delivery delivery) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pipeline", loaded.pipeline().pipeline());
    all.put("trigger", delivery.json());
    return JsonText.of(all);
  }
}
