package dev.penstock.lake;

import static org.apache.spark.sql.RowFactory.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LakeTest extends SparkTest {
  private static final String DDL = "number INT, slice STRING";
  private static final TableDefinition NUMBERS =
      TableDefinition.sliced("sources/numbers", StructType.fromDDL(DDL), "arithmetic");

  private Lake lake;

  @BeforeEach
  void openLake() {
    lake = new Lake(spark(), warehouse.toString());
  }

  @Test
  void anEarlierSliceIsWrittenAfterALaterOne() {
    assertThat(write("b", "2024-05-02", 7)).isEqualTo(1);
    assertThat(write("a", "2024-05-01", 1)).isEqualTo(2);
    assertThat(write("c", "2024-05-02", 8)).isEqualTo(3);
    assertThat(lake.read("sources/numbers").collectAsList())
        .containsExactlyInAnyOrder(create(1, "2024-05-01"), create(8, "2024-05-02"));
    assertThat(lake.open("sources/numbers").properties())
        .containsEntry(TableDefinition.OWNER, "arithmetic")
        .containsEntry("delta.enableDeletionVectors", "false");
  }

  @Test
  void aWriterThatOpenedBeforeAnotherCommittedWritesNothing() {
    write("a", "2024-05-01", 1);
    Opened before = lake.open("sources/numbers");
    write("b", "2024-05-02", 2);
    assertThatThrownBy(
            () ->
                lake.replace(
                    NUMBERS, before, Set.of("2024-05-03"), numbers("2024-05-03", 3), "late"))
        .isInstanceOf(LostWriteException.class)
        .hasMessage(
            "Cannot write '2024-05-03' of sources/numbers: another run committed to the table"
                + " meanwhile; run the same command again");
    assertThat(lake.read("sources/numbers").count()).isEqualTo(2);
  }

  @Test
  void ofTwoWritersAtTheSameTimeTheSecondWritesNothing() {
    write("a", "2024-05-01", 1);
    String log = lake.path("sources/numbers/_delta_log");
    Dataset<Row> rows =
        numbers("2024-05-03", 3)
            .map(
                (MapFunction<Row, Row>)
                    row -> {
                      commitMeanwhile(Path.of(log));
                      return row;
                    },
                Encoders.row(StructType.fromDDL(DDL)));
    assertThatThrownBy(
            () ->
                lake.replace(
                    NUMBERS, lake.open(NUMBERS.name()), Set.of("2024-05-03"), rows, "second"))
        .isInstanceOf(LostWriteException.class)
        .hasMessageStartingWith("Cannot write '2024-05-03' of sources/numbers: another run");
    assertThat(lake.open("sources/numbers").transaction()).isEqualTo(2);
    assertThat(lake.read("sources/numbers").where("slice = '2024-05-03'").count()).isZero();
  }

  /** What another process commits while ours writes its data files. */
  private static void commitMeanwhile(Path log) throws IOException {
    Files.writeString(
        log.resolve("00000000000000000002.json"),
        """
        {"txn":{"appId":"sources/numbers","version":2,"lastUpdated":0}}
        {"add":{"path":"slice=2024-05-02/none.parquet","partitionValues":{"slice":"2024-05-02"},\
        "size":1,"modificationTime":0,"dataChange":true}}
        """,
        StandardOpenOption.CREATE_NEW);
  }

  @Test
  void commentsAndTheDefinitionChangeWithTheNextRowsButTheOwnerStays() {
    write("a", "2024-05-01", 1);
    StructType commented =
        new StructType().add("number", "int", true, "How many.").add("slice", "string");
    TableDefinition changed =
        TableDefinition.sliced(NUMBERS.name(), commented, "geometry")
            .with(TableDefinition.DEFINITION, "it's {\"a\": 1}");
    Opened before = lake.open(NUMBERS.name());
    lake.replace(changed, before, Set.of("2024-05-02"), numbers("2024-05-02", 2), "b");
    Opened after = lake.open(NUMBERS.name());
    assertThat(after.version()).as("one commit").isEqualTo(before.version() + 1);
    assertThat(after.properties())
        .containsEntry(TableDefinition.DEFINITION, "it's {\"a\": 1}")
        .containsEntry(TableDefinition.OWNER, "arithmetic")
        .containsEntry("delta.enableDeletionVectors", "false");
    assertThat(lake.read(NUMBERS.name()).schema()).isEqualTo(commented);
    assertThat(lake.read(NUMBERS.name()).count()).isEqualTo(2);
    write("c", "2024-05-03", 3);
    assertThat(lake.open(NUMBERS.name()).properties())
        .as("a writer that knows none keeps it")
        .containsEntry(TableDefinition.DEFINITION, "it's {\"a\": 1}");
    assertThat(spark().read().format("delta").load(lake.path(NUMBERS.name())).schema())
        .as("what Delta itself reads")
        .isEqualTo(StructType.fromDDL(DDL));
  }

  @Test
  void theLogNamesWhatCommitsWrote() {
    write("a", "2024-05-01", 1);
    write("b", "2024-05-02", 2);
    write("c", "2024-05-03", 3);
    assertThat(lake.written("sources/numbers", Set.of(2L, 3L, 9L)))
        .isEqualTo(Map.of(2L, List.of("2024-05-02"), 3L, List.of("2024-05-03")));
  }

  @Test
  void aRelativeWarehouseLiesInTheWorkingFolder() {
    Path here = Path.of("").toAbsolutePath();
    lake = new Lake(spark(), here.relativize(warehouse).toString());
    assertThat(write("a", "2024-05-01", 1)).isEqualTo(1);
    assertThat(lake.read("sources/numbers").collectAsList())
        .containsExactly(create(1, "2024-05-01"));
    assertThat(warehouse.resolve("sources/numbers/_delta_log")).isDirectory();
  }

  @Test
  void aMissingTableIsNamed() {
    assertThatThrownBy(() -> lake.read("sources/none"))
        .isInstanceOf(MissingTableException.class)
        .hasMessage(
            "Cannot read sources/none: there is no Delta table at " + warehouse + "/sources/none");
  }

  @Test
  void aTextLiesAloneAndIsWrittenOver() throws IOException {
    Path page = warehouse.resolve("reports/shop.html");
    Files.createDirectories(page.getParent());
    Files.writeString(page.resolveSibling(".shop.html.crc"), "of a page that is no more");
    assertThat(lake.writeText("reports/shop.html", "<p>ä")).isEqualTo("file:" + page);
    lake.writeText("reports/shop.html", "<p>");
    assertThat(page).hasContent("<p>");
    assertThat(page.getParent()).isDirectoryNotContaining(file -> !file.equals(page));
  }

  private long write(String token, String slice, int number) {
    return lake.replace(
            NUMBERS, lake.open(NUMBERS.name()), Set.of(slice), numbers(slice, number), token)
        .transaction();
  }

  private Dataset<Row> numbers(String slice, int number) {
    return rows(DDL, create(number, slice));
  }
}
