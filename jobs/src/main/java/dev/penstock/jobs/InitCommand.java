package dev.penstock.jobs;

import dev.penstock.jobs.pipeline.FirstPipeline;
import dev.penstock.jobs.pipeline.SampleOrders;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a first pipeline file; never over one that is there. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    description = "Write a first, commented pipeline file that runs.")
public final class InitCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "NAME", description = "Name of the pipeline, as my_orders.")
  private String name;

  @Option(
      names = "--csv",
      paramLabel = "PATH",
      description =
          "A CSV file with a header to begin with; a date in its path becomes {date}. Without it:"
              + " sample data under data/NAME, and a model.")
  private String csv;

  @Option(
      names = "--conf-dir",
      paramLabel = "FOLDER",
      defaultValue = "${env:PENSTOCK_CONF:-conf}",
      description = "Folder of pipelines/ (default: ${DEFAULT-VALUE}).")
  private Path conf;

  @Option(
      names = "--data-dir",
      paramLabel = "FOLDER",
      defaultValue = "data",
      description = "Where sample data goes (default: ${DEFAULT-VALUE}).")
  private Path data;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path file = conf.resolve("pipelines").resolve(name + ".yaml");
    if (Files.exists(file)) {
      throw refusal("Cannot write %s: it is there already; choose another name".formatted(file));
    }
    String text = text();
    Files.createDirectories(file.getParent());
    Files.writeString(file, text, StandardOpenOption.CREATE_NEW);
    PrintWriter out = spec.commandLine().getOut();
    Path environments = conf.resolve("environments.yaml");
    if (!Files.exists(environments)) {
      Files.writeString(environments, FirstPipeline.ENVIRONMENTS, StandardOpenOption.CREATE_NEW);
      out.printf("wrote %s%n", environments);
    }
    out.printf("wrote %s; next: ./penstock check %s%n", file, name);
    if (csv == null) {
      out.printf("then: ./penstock run %s --from 2024-01-01 --to 2024-03-10%n", name);
    }
    out.flush();
    return 0;
  }

  private String text() throws IOException {
    try {
      FirstPipeline.requireName(name);
      if (csv != null) {
        return FirstPipeline.overCsv(name, csv);
      }
    } catch (IllegalArgumentException e) {
      throw refusal(e.getMessage());
    }
    Path landing = data.resolve(name);
    SampleOrders.write(landing);
    return FirstPipeline.overSample(name, landing);
  }

  private ParameterException refusal(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
