package dev.penstock.jobs;

import dev.penstock.jobs.loop.Inconsistency;
import dev.penstock.jobs.loop.VerifyTables;
import dev.penstock.jobs.pipeline.PipelineOptions;
import dev.penstock.jobs.pipeline.Pipelines;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Are tables, ledger and registry consistent? */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description =
        "Are tables, ledger and registry consistent? Names every state in which a run was"
            + " interrupted, and what mends it; exits with 0 if there is none, else with 1.")
final class VerifyCommand implements Callable<Integer> {
  @Mixin private PipelineOptions pipeline = new PipelineOptions();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Pipelines.Loaded loaded = pipeline.load();
    PrintWriter out = spec.commandLine().getOut();
    return SparkApplication.run(
        () -> SparkSession.builder().appName("penstock verify").getOrCreate(),
        spark -> {
          List<Inconsistency> found = new VerifyTables(RunContext.open(spark, loaded, out)).run();
          if (json) {
            out.println(text(loaded, found));
          } else if (found.isEmpty()) {
            out.println(
                "%s: tables, ledger and registry are consistent"
                    .formatted(loaded.pipeline().pipeline()));
          } else {
            found.forEach(inconsistency -> out.println(inconsistency.line()));
          }
          out.flush();
          return found.isEmpty() ? Exit.DONE : Exit.UNEXPECTED;
        });
  }

  private static String text(Pipelines.Loaded loaded, List<Inconsistency> found) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pipeline", loaded.pipeline().pipeline());
    all.put("consistent", found.isEmpty());
    all.put("findings", found.stream().map(Inconsistency::json).toList());
    return JsonText.of(all);
  }
}
