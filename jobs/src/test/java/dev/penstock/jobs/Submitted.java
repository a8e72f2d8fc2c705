package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A command that the launcher gave to {@code spark-submit}, in a process of its own. */
final class Submitted {
  private static final int MINUTES = 45;

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

  /**
   * Copies the warehouse at each data file and each commit that the process adds, while it is
   * stopped: such a copy is what a SIGKILL at that instant would leave. Of the copies with the same
   * commits the last is kept, just before the next commit.
   *
   * @param images where the copies are made, in numbered folders
   * @param firstToo whether the first is kept as well, just after a commit
   * @return the copies, in the order of time
   */
  List<Path> copyAtEachCommit(Path warehouse, Path images, boolean firstToo)
      throws IOException, InterruptedException {
    // A shell that is there already: a new process takes longer than a small commit.
    Process shell = new ProcessBuilder("bash").start();
    List<Path> copies = new ArrayList<>();
    long seen = written(warehouse);
    int made = 0;
    while (process.isAlive()) {
      if (written(warehouse) == seen) {
        Thread.sleep(1);
        continue;
      }
      signal(shell, "STOP");
      while (!isStopped()) { // a thread on another core gets a little further
        Thread.onSpinWait();
      }
      seen = written(warehouse);
      Path copy = images.resolve(String.valueOf(made++));
      Warehouses.copy(warehouse, copy);
      signal(shell, "CONT");
      int last = copies.size() - 1;
      int older = firstToo ? last - 1 : last;
      if (older >= 0 && sameCommits(copies.get(older), copy)) {
        Warehouses.delete(copies.remove(last));
      }
      copies.add(copy);
    }
    shell.destroy();
    return copies;
  }

  private static long written(Path warehouse) {
    return Warehouses.count(warehouse, ".parquet", ".json");
  }

  private static boolean sameCommits(Path one, Path other) {
    return Set.copyOf(Warehouses.commits(one)).equals(Set.copyOf(Warehouses.commits(other)));
  }

  private void signal(Process shell, String name) throws IOException {
    Writer commands = shell.outputWriter();
    commands.write("kill -%s %d; echo\n".formatted(name, process.pid()));
    commands.flush();
    shell.inputReader().readLine();
  }

  /** Whether no thread of the process runs; true if it has ended. */
  private boolean isStopped() {
    try (Stream<Path> threads = Files.list(Path.of("/proc", process.pid() + "", "task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
      return true;
    } catch (IOException | UncheckedIOException e) {
      return !process.isAlive();
    }
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
