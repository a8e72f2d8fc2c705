package dev.penstock.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.jobs.Main;
import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes every commit of a daily run with a training away again, one after the other, as a kill
 * would leave the warehouse, and runs the same command: all tables must equal the undisturbed ones.
 * Some twenty runs take longer than the tests may: {@code mvn -pl jobs test
 * -Dtest=InterruptedRuns}.
 */
class InterruptedRuns extends SparkTest {
  @TempDir private Path folder;
  private Path landing;
  private Path tables;
  private Path file;

  @BeforeEach
  void writePipeline() throws IOException {
    landing = folder.resolve("landing");
    tables = folder.resolve("warehouse");
    file = folder.resolve("visits.yaml");
    Files.writeString(file, Visits.PIPELINE);
  }

  @Test
  void everyInterruptedStateIsMended() throws IOException {
    for (int day = 0; day < 8; day++) {
      Visits.write(landing, day);
    }
    assertThat(run(tables, "--from", Visits.day(0), "--to", Visits.day(7))).isZero();
    Visits.write(landing, 8);
    Path before = folder.resolve("before");
    Warehouses.copy(tables, before);
    assertThat(run(tables, "--date", Visits.day(8))).isZero();
    assertThatEveryInterruptedStateIsMended(before);
  }

  private void assertThatEveryInterruptedStateIsMended(Path before) throws IOException {
    Map<String, Set<String>> expected = Warehouses.tables(spark(), tables);
    Set<Path> old = new HashSet<>(Warehouses.commits(before));
    List<Path> commits = new ArrayList<>(Warehouses.commits(tables));
    commits.removeIf(old::contains);
    assertThat(commits).as("commits of a day with a training: %s", commits).hasSizeBetween(14, 20);
    for (int kept = 0; kept < commits.size(); kept++) {
      Path killed = folder.resolve("killed-" + kept);
      Warehouses.copy(tables, killed);
      for (Path commit : commits.subList(kept, commits.size())) {
        Files.delete(killed.resolve(commit));
        Files.deleteIfExists(killed.resolve(commit.toString().replaceFirst("\\.json$", ".crc")));
      }
      assertThat(run(killed, "--date", Visits.day(8)))
          .as("exit code after a kill before %s", commits.get(kept))
          .isZero();
      Map<String, Set<String>> mended = Warehouses.tables(spark(), killed);
      for (String table : expected.keySet()) {
        assertThat(mended.get(table))
            .as("%s after a kill before commit %d, %s", table, kept, commits.get(kept))
            .isEqualTo(expected.get(table));
      }
      Warehouses.delete(killed);
    }
  }

  private int run(Path warehouse, String... interval) {
    List<String> arguments = new ArrayList<>(List.of("run", file.toString()));
    arguments.addAll(List.of(interval));
    arguments.addAll(List.of("--set", "LANDING=" + landing, "--set", "WAREHOUSE=" + warehouse));
    arguments.addAll(List.of("--conf-dir", System.getProperty("penstock.root") + "/conf"));
    return Main.run(arguments.toArray(String[]::new));
  }
}
