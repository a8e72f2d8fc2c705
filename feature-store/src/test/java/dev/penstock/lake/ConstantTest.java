package dev.penstock.lake;

import static org.apache.spark.sql.RowFactory.create;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.debug.package$;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;

class ConstantTest extends SparkTest {
  private static final Instant EARLY = Instant.parse("1969-12-31T23:59:59.999999Z");
  private static final Instant LATE = Instant.parse("2024-05-02T10:00:00.123456Z");

  @Test
  void plansThatDifferInAnInstantHaveTheSameCode() {
    assertThat(code(Constant.of(EARLY))).isEqualTo(code(Constant.of(LATE)));
    assertThat(code(lit(EARLY))).isNotEqualTo(code(lit(LATE)));
  }

  @Test
  void itComparesAsALiteralDoesToTheMicrosecond() {
    for (Instant instant : List.of(EARLY, LATE)) {
      assertThat(after(Constant.of(instant)).collectAsList())
          .isEqualTo(after(lit(instant)).collectAsList());
    }
    assertThat(after(Constant.of(LATE)).count()).isEqualTo(1);
    assertThat(after(Constant.micros(-1)).count()).isEqualTo(2);
  }

  @Test
  void aValueOfAnyTypeEqualsItself() {
    Row values =
        create(
            "ä",
            (byte) 1,
            (short) 2,
            3,
            4L,
            Float.NaN,
            -0.5,
            true,
            new BigDecimal("12.30"),
            Date.valueOf("1969-12-31"),
            Timestamp.valueOf("1969-12-31 23:59:59.999999"),
            new byte[] {1, 2});
    StructType schema =
        StructType.fromDDL(
            "a STRING, b TINYINT, c SMALLINT, d INT, e BIGINT, f FLOAT, g DOUBLE, h BOOLEAN,"
                + " i DECIMAL(10,2), j DATE, k TIMESTAMP, l BINARY");
    Dataset<Row> rows = spark().createDataFrame(List.of(values), schema).repartition(2);
    for (int i = 0; i < schema.size(); i++) {
      Column constant = Constant.of(values.get(i), schema.apply(i).dataType());
      assertThat(rows.where(col(schema.apply(i).name()).equalTo(constant)).count())
          .as(schema.apply(i).name())
          .isEqualTo(1);
    }
  }

  private Dataset<Row> after(Column instant) {
    return spark()
        .createDataFrame(
            List.of(
                create(Timestamp.valueOf("1969-12-31 23:59:59.999999")),
                create(Timestamp.valueOf("2024-05-02 10:00:00.123456")),
                create(Timestamp.valueOf("2024-05-02 10:00:00.123457"))),
            StructType.fromDDL("at TIMESTAMP"))
        .repartition(2)
        .where(col("at").gt(instant))
        .withColumn("than", instant)
        .orderBy("at");
  }

  private List<String> code(Column instant) {
    Dataset<Row> rows = spark().range(5).withColumn("at", col("id").cast("timestamp"));
    var plan = rows.where(col("at").gt(instant)).queryExecution().executedPlan();
    return JavaConverters.seqAsJavaList(package$.MODULE$.codegenStringSeq(plan)).stream()
        .map(part -> part._2())
        .toList();
  }
}
