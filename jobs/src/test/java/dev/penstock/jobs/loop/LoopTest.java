package dev.penstock.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.jobs.Main;
import dev.penstock.lake.Lake;
import dev.penstock.training.Registry;
import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model's life in nine days: history, a first training, a daily run, a refused day. */
class LoopTest extends SparkTest {
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
  void theLoopGoesRoundAndTheSameCommandWritesNothingAgain() throws IOException {
    for (int day = 0; day < 8; day++) {
      Visits.write(landing, day);
    }
    assertThat(run(tables, "--from", Visits.day(0), "--to", Visits.day(7))).isZero();
    Registry registry = new Registry(new Lake(spark(), tables.toString()));
    assertThat(registry.versions("visits"))
        .extracting(version -> version.version() + " " + version.provenance().slice())
        .containsExactly("v1 " + Visits.day(6));
    assertThat(registry.promotions("visits"))
        .extracting(p -> p.version() + " from " + p.fromSlice() + " by " + p.actor())
        .containsExactly("v1 from " + Visits.day(7) + " by acceptance");
    assertThat(predictions()).containsExactly(RowFactory.create(Visits.day(7), "v1", 59L));

    assertThatNothingIsWrittenAgain("--from", Visits.day(0), "--to", Visits.day(7));

    Visits.write(landing, 8, 10);
    assertThat(run(tables, "--date", Visits.day(8))).isEqualTo(3);
    assertThatNothingIsWrittenAgain("--date", Visits.day(8));
    assertThat(predictions()).hasSize(1);
  }

  private void assertThatNothingIsWrittenAgain(String... interval) throws IOException {
    List<Path> commits = Warehouses.commits(tables);
    run(tables, interval);
    assertThat(Warehouses.commits(tables)).isEqualTo(commits);
  }

  private List<Row> predictions() {
    return spark()
        .read()
        .format("delta")
        .load(tables.resolve("predictions/visits").toString())
        .groupBy("slice", "model_version")
        .count()
        .orderBy("slice")
        .collectAsList();
  }

  private int run(Path warehouse, String... interval) {
    List<String> arguments = new ArrayList<>(List.of("run", file.toString()));
    arguments.addAll(List.of(interval));
    arguments.addAll(List.of("--set", "LANDING=" + landing, "--set", "WAREHOUSE=" + warehouse));
    arguments.addAll(List.of("--conf-dir", System.getProperty("penstock.root") + "/conf"));
    return Main.run(arguments.toArray(String[]::new));
  }
}
