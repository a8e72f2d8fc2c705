package dev.penstock.lake;

import static org.apache.spark.sql.RowFactory.create;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.SparkTest;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.sources.EqualTo;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.sources.GreaterThan;
import org.apache.spark.sql.sources.In;
import org.apache.spark.sql.sources.IsNotNull;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads of the lake against Delta's own, and the files that they leave out. */
class TableFilesTest extends SparkTest {
  private static final String NAME = "sources/readings";
  private static final String DDL =
      "at TIMESTAMP, station STRING, n INT, level DOUBLE, price DECIMAL(10,2), day DATE, until TIMESTAMP, slice STRING";
  private static final TableDefinition READINGS =
      TableDefinition.sliced(NAME, StructType.fromDDL(DDL), "weather");

  private Lake lake;

  @BeforeEach
  void writeFourDays() {
    lake = new Lake(spark(), warehouse.toString());
    for (int day = 1; day <= 4; day++) {
      write(DDL, day, reading(day, 10), reading(day, 20));
    }
  }

  private static Row reading(int day, int hour) {
    String date = "2024-05-0" + day;
    return create(
        Timestamp.valueOf("%s %d:00:00.123456".formatted(date, hour)),
        "s" + day,
        day * 10 + hour,
        day + hour / 100.0,
        new java.math.BigDecimal(day + ".50"),
        java.sql.Date.valueOf(date),
        day == 1 ? null : Timestamp.valueOf(date + " 23:00:00"),
        date);
  }

  private void write(String ddl, int day, Row... rows) {
    String slice = "2024-05-0" + day;
    lake.replace(READINGS, lake.open(NAME), Set.of(slice), rows(ddl, rows), "run " + day);
  }

  @Test
  void filesThatCannotHoldARowAreNotRead() {
    Dataset<Row> deltasOwn = deltasOwn();
    assertThat(filesRead(deltasOwn, "true")).isEqualTo(4);
    assertThat(filesRead(deltasOwn, "slice IN ('2024-05-02', '2024-05-03')")).isEqualTo(2);
    assertThat(filesRead(deltasOwn, "substr(slice, 9) = '02'")).isEqualTo(1);
    assertThat(filesRead(deltasOwn, "station = 's3'")).isEqualTo(1);
    assertThat(filesRead(deltasOwn, "station IN ('s1', 's4', 'x')")).isEqualTo(2);
    assertThat(filesRead(deltasOwn, "n BETWEEN 31 AND 45")).isEqualTo(2);
    assertThat(filesRead(deltasOwn, "level < 2.0")).isEqualTo(1);
    assertThat(filesRead(deltasOwn, "price >= 3.5")).isEqualTo(2);
    assertThat(filesRead(deltasOwn, "day > DATE'2024-05-03'")).isEqualTo(1);
    assertThat(filesRead(deltasOwn, "until IS NULL")).isEqualTo(1);
    assertThat(filesRead(deltasOwn, "until IS NOT NULL AND n > 0")).isEqualTo(3);
    assertThat(filesRead(deltasOwn, "station = 's1' OR n = 60")).isEqualTo(2);
    assertThat(filesRead(deltasOwn, "upper(station) = 'S1'")).isEqualTo(4);
  }

  @Test
  void boundsThatDeltaCutToMillisecondsStillHoldTheirRows() {
    assertThat(filesRead(deltasOwn(), "at >= TIMESTAMP'2024-05-04 20:00:00.123456'")).isEqualTo(1);
    assertThat(lake.read(NAME).where("at >= TIMESTAMP'2024-05-04 20:00:00.123456'").count())
        .isEqualTo(1);
    assertThat(lake.read(NAME).where("at = TIMESTAMP'2024-05-01 10:00:00.123456'").count())
        .isEqualTo(1);
  }

  @Test
  void aConstantLeavesOutTheFilesThatALiteralDoes() {
    Column from = Constant.of(Instant.parse("2024-05-03T20:00:00.123456Z"));
    Dataset<Row> rows = lake.read(NAME).where(col("at").geq(from));
    assertThat(rows.collectAsList()).hasSize(3);
    assertThat(filesRead(rows)).isEqualTo(2);
  }

  @Test
  void statisticsTellWhatTheKeysOfSomeRowsFulfil() {
    Filter middle = new In("slice", new Object[] {"2024-05-02", "2024-05-03"});
    StructType columns = StructType.fromDDL("station STRING, at TIMESTAMP, day DATE");
    for (StructField column : columns.fields()) {
      Dataset<Row> rows =
          lake.read(NAME).where(lake.within(NAME, middle, new StructType().add(column)));
      assertThat(rows.collectAsList()).as(column.name()).hasSize(4);
      assertThat(filesRead(rows)).as(column.name()).isEqualTo(2);
    }
    StructType number = StructType.fromDDL("n INT");
    assertThat(lake.read(NAME).where(lake.within(NAME, middle, number)).sort("n").select("n"))
        .extracting(Dataset::collectAsList)
        .isEqualTo(List.of(create(30), create(30), create(40), create(40), create(50), create(50)));
    assertThat(lake.within(NAME, new EqualTo("slice", "2024-05-09"), columns))
        .isEqualTo(lit(false));
  }

  @Test
  void statisticsThatAreSilentLeaveAllRows() {
    StructType decimal = StructType.fromDDL("price DECIMAL(10,2)");
    assertThat(lake.within(NAME, new IsNotNull("n"), decimal)).isEqualTo(lit(true));
    StructType other = StructType.fromDDL("n STRING");
    assertThat(lake.within(NAME, new IsNotNull("n"), other)).isEqualTo(lit(true));
    assertThat(lake.within("sources/none", new IsNotNull("n"), decimal)).isEqualTo(lit(true));
    spark()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = '0')"
                .formatted(lake.path(NAME)));
    write(DDL, 3, reading(3, 5));
    StructType number = StructType.fromDDL("n INT");
    assertThat(lake.within(NAME, new IsNotNull("n"), number)).isEqualTo(lit(true));
    assertThat(lake.earliest(NAME, new IsNotNull("n"), "at")).isEmpty();
  }

  @Test
  void theEarliestInstantIsThatOfTheFilesToTheMillisecondBelow() {
    Filter late = new GreaterThan("at", Timestamp.valueOf("2024-05-03 20:00:00"));
    assertThat(lake.earliest(NAME, late, "at")).contains(Instant.parse("2024-05-03T10:00:00.123Z"));
    assertThat(lake.earliest(NAME, new EqualTo("slice", "2024-05-01"), "until")).isEmpty();
    assertThat(lake.earliest("sources/none", late, "at")).isEmpty();
  }

  @Test
  void rowsOfALedgerAreFoundByTheirTexts() {
    StructType schema = StructType.fromDDL("id STRING, of STRING, n INT");
    TableDefinition ledger = TableDefinition.ledger("notes", schema);
    String tooLong = "x".repeat(65);
    for (int i = 1; i <= 3; i++) {
      Row found = create("note " + i, i == 2 ? tooLong : null, i);
      lake.append(ledger, List.of(found, create("ä" + i, null, i)));
    }
    for (Dataset<Row> rows :
        List.of(
            lake.read("notes").where("id = 'note 2'"),
            spark().read().format("delta").load(lake.path("notes")).where("id = 'note 2'"))) {
      assertThat(rows.collectAsList()).containsExactly(create("note 2", tooLong, 2));
      assertThat(filesRead(rows)).isEqualTo(2); // the first ends with ä1
    }
    Dataset<Row> longs = lake.read("notes").where("of > 'w'");
    assertThat(longs.collectAsList()).hasSize(1);
    assertThat(filesRead(longs)).isEqualTo(1); // in the others it is null
  }

  @Test
  void aLongLogIsReadFromItsCheckpoint() {
    spark()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.checkpointInterval' = '3')"
                .formatted(lake.path(NAME)));
    write(DDL, 2, reading(2, 5));
    write(DDL, 5, reading(5, 1));
    assertThat(warehouse.resolve(NAME + "/_delta_log/_last_checkpoint")).exists();
    Lake another = new Lake(spark(), warehouse.toString());
    assertThat(another.open(NAME)).isEqualTo(lake.open(NAME));
    assertThat(another.open(NAME).transaction()).isEqualTo(6);
    assertThat(another.read(NAME).collectAsList())
        .containsExactlyInAnyOrderElementsOf(deltasOwn().collectAsList());
  }

  @Test
  void aNewColumnIsNullInOlderRows() {
    write(
        "extra STRING, " + DDL,
        2,
        create("new", null, "s2", 1, null, null, null, null, "2024-05-02"));
    assertThat(lake.read(NAME).columns()).containsExactly(withExtra());
    assertThat(lake.read(NAME).collectAsList())
        .containsExactlyInAnyOrderElementsOf(deltasOwn().collectAsList());
    assertThat(lake.read(NAME).where("extra IS NULL").count()).isEqualTo(6);
  }

  private static String[] withExtra() {
    String[] columns = Arrays.copyOf(StructType.fromDDL(DDL).fieldNames(), 9);
    columns[8] = "extra";
    return columns;
  }

  @Test
  void aColumnOfAnotherTypeIsRefused() {
    assertThatThrownBy(() -> write("n STRING, slice STRING", 2, create("7", "2024-05-02")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot write sources/readings: column n is INT in the table, now it is STRING");
    assertThat(lake.read(NAME).count()).isEqualTo(8);
  }

  @Test
  void aRowOfAnotherPartitionIsRefused() {
    assertThatThrownBy(() -> write(DDL, 2, reading(3, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot write sources/readings: a row lies in slice 2024-05-03, not in '2024-05-02'");
    assertThat(lake.read(NAME).count()).isEqualTo(8);
  }

  @Test
  void aTableThatOnlyDeltaCanReadIsReadByDelta() {
    spark()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')"
                .formatted(lake.path(NAME)));
    spark().sql("DELETE FROM delta.`%s` WHERE n = 20".formatted(lake.path(NAME)));
    assertThat(lake.read(NAME).count()).isEqualTo(7);
    assertThatThrownBy(() -> write(DDL, 2, reading(2, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot write sources/readings: somebody gave it deletion vectors or mapped columns");
  }

  private Dataset<Row> deltasOwn() {
    DeltaLog.clearCache();
    return spark().read().format("delta").load(lake.path(NAME));
  }

  /** How many files a scan with this condition opens; its rows are those of Delta's own scan. */
  private long filesRead(Dataset<Row> deltasOwn, String condition) {
    Dataset<Row> rows = lake.read(NAME).where(condition);
    assertThat(rows.collectAsList())
        .as(condition)
        .containsExactlyInAnyOrderElementsOf(deltasOwn.where(condition).collectAsList());
    return filesRead(rows);
  }

  /** Of rows that were collected. */
  private static long filesRead(Dataset<Row> rows) {
    var scan = (FileSourceScanExec) rows.queryExecution().executedPlan().collectLeaves().head();
    return scan.metrics().apply("numFiles").value();
  }
}
