package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Real flights, through one process and through a standalone cluster with two workers: history, the
 * first trainings, three weeks of predictions. It takes longer than the tests may: {@code mvn -pl
 * jobs test -Dtest=FlightsOnACluster}, with the flights beside the checkout or in {@code LANDING};
 * {@code -Dpenstock.to=2013-02-20} ends earlier.
 */
class FlightsOnACluster extends SparkTest {
  private static final List<String> INTERVALS =
      List.of("--from", "2013-01-01", "--to", System.getProperty("penstock.to", "2013-03-15"));

  @Test
  void twoWorkersMakeTheTablesOfOneProcess() throws Exception {
    Path alone = warehouse.resolve("alone");
    run(alone, List.of());
    Path together = warehouse.resolve("together");
    try (StandaloneCluster cluster = StandaloneCluster.start(warehouse.resolve("standalone"))) {
      run(together, List.of("--master", cluster.url(), "--conf", "spark.sql.shuffle.partitions=4"));
    }
    Map<String, Set<String>> wanted = Warehouses.tables(spark(), alone);
    Map<String, Set<String>> tables = Warehouses.tables(spark(), together);
    assertThat(wanted.get("predictions/flights")).isNotEmpty();
    assertThat(tables.keySet()).isEqualTo(wanted.keySet());
    assertThat(wanted.keySet())
        .as("tables that differ")
        .filteredOn(table -> !tables.get(table).equals(wanted.get(table)))
        .isEmpty();
  }

  private static void run(Path tables, List<String> sparkOptions)
      throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty("penstock.root"));
    String landing =
        System.getenv()
            .getOrDefault("LANDING", root.resolveSibling("shared/data/flights").toString());
    List<String> arguments = new ArrayList<>(List.of("run", "flights"));
    arguments.addAll(INTERVALS);
    arguments.addAll(List.of("--set", "LANDING=" + landing, "--set", "WAREHOUSE=" + tables));
    arguments.addAll(List.of("--conf-dir", root.resolve("conf").toString()));
    Submitted submitted = Submitted.run(sparkOptions, arguments);
    assertThat(submitted.exitCode()).as(submitted.output()).isZero();
  }
}
