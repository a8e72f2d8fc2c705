package dev.penstock.jobs;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program: one subcommand a job. */
@Command(
    name = "penstock",
    mixinStandardHelpOptions = true,
    versionProvider = CodeVersion.class,
    sortOptions = false,
    description = "One YAML file describes a model's whole life; Spark jobs run it.",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; 'not accepted', 'no champion yet' and 'retrain' are results",
      "1:unexpected; a retry may help",
      "2:wrong options or pipeline file; a retry won't help",
      "3:a gate refused the slice",
      "4:another run wrote the table meanwhile; run again",
      "5:an input is not there yet; run again later"
    },
    subcommands = {
      InitCommand.class,
      CheckCommand.class,
      DemoCommand.class,
      RunCommand.class,
      PlanCommand.class,
      DagsCommand.class,
      IngestCommand.class,
      FeaturesCommand.class,
      TrainCommand.class,
      PromoteCommand.class,
      ScoreCommand.class,
      MonitorCommand.class,
      TriggerCommand.class,
      AirflowCommand.class,
      GateCommand.class,
      ModelsCommand.class,
      VerifyCommand.class,
      StatusCommand.class,
      ReportCommand.class,
    })
public final class Main {
  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs a command; its exit code. */
  public static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  /** The commands; its writers may be replaced. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(new Exit())
        .setCaseInsensitiveEnumValuesAllowed(true);
  }
}
