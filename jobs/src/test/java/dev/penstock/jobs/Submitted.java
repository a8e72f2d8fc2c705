package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A command that the launcher gave to {@code spark-submit}, in a process of its own. */
final class Submitted {
  private static final int MINUTES = 10;

  private final Process process;
  private final Path log;

  private Submitted(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts a command with these options of {@code spark-submit}. */
  static Submitted run(List<String> sparkOptions, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("penstock.root") + "/penstock");
    command.addAll(arguments);
    command.add("--");
    command.addAll(sparkOptions);
    Path log = Files.createTempFile("submitted", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new Submitted(process, log);
  }

  int exitCode() throws InterruptedException {
    assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).as("ended in time").isTrue();
    return process.exitValue();
  }

  String output() throws IOException {
    return Files.readString(log);
  }

  /** Sends the process a SIGKILL as soon as {@code moment} has come; fails if it never comes. */
  void killWhen(BooleanSupplier moment) throws InterruptedException, IOException {
    while (!moment.getAsBoolean()) {
      assertThat(process.isAlive()).as("alive until it is killed: %s", output()).isTrue();
      Thread.sleep(2);
    }
    process.destroyForcibly();
    process.waitFor();
    assertThat(process.exitValue()).as("killed: %s", output()).isEqualTo(128 + 9);
  }
}
