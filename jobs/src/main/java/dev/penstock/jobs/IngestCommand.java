package dev.penstock.jobs;

import dev.penstock.jobs.loop.RunRange.Stage;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Bring what was delivered into the tables, through the gates. */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    description = "Bring what was delivered into the tables, through the gates.")
final class IngestCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = "Only this source or derived table; may be repeated.")
  private Set<String> tables = new LinkedHashSet<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return options.run(
        EnumSet.of(Stage.INGEST),
        tables,
        () -> SparkSession.builder().appName("penstock ingest").getOrCreate(),
        asked -> (run, summary) -> {},
        spec.commandLine().getOut(),
        spec.commandLine().getErr());
  }
}
