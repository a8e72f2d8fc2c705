package dev.penstock.jobs;

import dev.penstock.jobs.demo.CardPayments;
import dev.penstock.jobs.demo.Demo;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.SettingsOptions;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole loop on made-up card payments. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "The whole loop on made-up card payments.",
      "Writes what a bank would send, day by day, runs the pipeline card_fraud over it: 90 days of"
          + " history, then daily runs in which things go wrong; and tells what happened."
    })
final class DemoCommand implements Callable<Integer> {
  private static final LocalDate FIRST_DAY = LocalDate.of(2025, 1, 1);

  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "1",
      description = "1 is about 1,000 payments a day (default: ${DEFAULT-VALUE}).")
  private double scale;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "42",
      description = "The same seed makes the same data (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "build/demo",
      description = "Folder of files and tables (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "" + CardPayments.DAILY_RUNS,
      description = "Daily runs after the history (default: ${DEFAULT-VALUE}).")
  private int days;

  @Option(
      names = "--keep",
      description = "Go on where an earlier demo in DIR stopped, instead of starting clean.")
  private boolean keep;

  @Mixin private SettingsOptions settings = new SettingsOptions();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (!(scale >= 0.1)) {
      throw new Exit.UserException("--scale is %s; the least is 0.1".formatted(scale));
    }
    if (days < 0) {
      throw new Exit.UserException("--days is %d; the least is 0".formatted(days));
    }
    Demo.Folder folder = new Demo.Folder(out);
    folder.prepare(keep);
    Pipelines.Loaded loaded = Pipelines.load("card_fraud", folder.settings(settings.settings()));
    CardPayments payments = new CardPayments(seed, scale, FIRST_DAY);
    return SparkApplication.run(
        () -> SparkSession.builder().appName("penstock demo").getOrCreate(),
        spark -> new Demo(spark, loaded, payments, folder, spec.commandLine().getOut()).run(days));
  }
}
