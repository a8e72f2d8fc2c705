package dev.penstock.jobs;

import dev.penstock.jobs.dags.DagFiles;
import dev.penstock.jobs.dags.DagFiles.Change;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.SomePipelinesOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes the Airflow DAGs of pipelines, one Python file each; starts no Spark. */
@Command(
    name = "dags",
    mixinStandardHelpOptions = true,
    description = "Write the Airflow DAGs of a pipeline, or of all, one Python file each.")
final class DagsCommand implements Callable<Integer> {
  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      defaultValue = "airflow-dags/dags",
      description = "Where the files go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--check",
      description = "Write nothing; exit 2 if a file is missing or is not what would be written.")
  private boolean check;

  @Mixin private SomePipelinesOptions pipelines = new SomePipelinesOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<Pipelines.Loaded> all = pipelines.load();
    if (all.isEmpty()) {
      throw new Exit.UserException(
          "no pipeline file is there yet; ./penstock init NAME writes a first one");
    }
    if (!pipelines.isOne() && !pipelines.settings().overrides().isEmpty()) {
      throw new Exit.UserException("--override: name the pipeline whose key it changes");
    }
    DagFiles files = new DagFiles(out, pipelines.settings());
    List<Change> changes = files.compare(all, !pipelines.isOne());
    PrintWriter print = spec.commandLine().getOut();
    if (check) {
      List<String> stale = changes.stream().filter(Change::isStale).map(Change::complaint).toList();
      if (!stale.isEmpty()) {
        throw new Exit.UserException(String.join(System.lineSeparator(), stale));
      }
      print.printf("%d files are current in %s%n", changes.size(), out);
    } else {
      files.write(changes).forEach(print::println);
    }
    print.flush();
    return Exit.DONE;
  }
}
