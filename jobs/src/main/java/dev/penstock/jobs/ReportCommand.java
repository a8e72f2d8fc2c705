package dev.penstock.jobs;

import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.SomePipelinesOptions;
import dev.penstock.jobs.report.Report;
import dev.penstock.lake.Lake;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes one self-contained HTML page about a pipeline, or about all of them. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Write one self-contained HTML page about a pipeline, or about all of them.")
final class ReportCommand implements Callable<Integer> {
  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the page goes (default: reports/PIPELINE.html in the warehouse).")
  private Path out;

  @Option(
      names = "--date",
      paramLabel = "INTERVAL",
      description = "Tell what was up to this interval (default: all).")
  private String date;

  @Mixin private SomePipelinesOptions pipelines = new SomePipelinesOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<Pipelines.Loaded> all = pipelines.load();
    if (!pipelines.isOne()) {
      if (date != null) {
        throw new Exit.UserException("--date: name a pipeline; the fleet has no common interval");
      }
      if (all.isEmpty()) {
        throw new Exit.UserException(
            "no pipeline file is there yet; ./penstock init NAME writes a first one");
      }
      return inSession(spark -> write(spark, all.get(0), "fleet", Report.ofFleet(spark, all)));
    }
    Pipelines.Loaded loaded = all.get(0);
    String until =
        date == null
            ? "~"
            : IntervalOptions.named("--date", date, loaded.pipeline().cadence()).slice();
    return inSession(
        spark ->
            write(
                spark,
                loaded,
                loaded.pipeline().pipeline(),
                Report.of(new Lake(spark, loaded.warehouse()), loaded, until)));
  }

  private static int inSession(java.util.function.ToIntFunction<SparkSession> work) {
    return SparkApplication.run(
        () -> SparkSession.builder().appName("penstock report").getOrCreate(), work);
  }

  private int write(SparkSession spark, Pipelines.Loaded loaded, String name, String page) {
    PrintWriter said = spec.commandLine().getOut();
    URI uri =
        out == null
            ? URI.create(Report.write(new Lake(spark, loaded.warehouse()), name, page))
            : writeTo(out.toAbsolutePath().normalize(), page);
    if ("file".equals(uri.getScheme())) {
      said.println(uri.getPath());
    }
    said.println(uri);
    said.flush();
    return Exit.DONE;
  }

  private static URI writeTo(Path file, String page) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, page);
      return file.toUri();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }
}
