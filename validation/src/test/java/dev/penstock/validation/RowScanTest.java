package dev.penstock.validation;

import static org.apache.spark.sql.RowFactory.create;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.raise_error;
import static org.apache.spark.sql.functions.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.RowCounts.Range;
import java.math.BigDecimal;
import java.sql.Date;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class RowScanTest extends SparkTest {
  private static final String[] SOUND = {};
  private static final String[] LATE = {"late"};
  private static final String[] LATE_AND_FAR = {"late", "far"};

  @Test
  void countsRangesAndProfilesTakeOneJobAndNoQuery() {
    Dataset<Row> marked =
        stored(
            rows(
                "id INT, carrier STRING, distance DOUBLE, slice STRING, broken_rules ARRAY<STRING>",
                create(1, "AA", 1.5, "a", SOUND),
                create(2, "BB", null, "a", SOUND),
                create(3, "AA", 2.5, "a", SOUND),
                create(99, "CC", 9.5, "a", LATE),
                create(null, null, null, "a", LATE_AND_FAR),
                create(-99, "CC", -9.5, "a", LATE_AND_FAR),
                create(7, "DD", 7.0, "b", SOUND),
                create(0, "A", 0.0, "c", LATE),
                create(100, "Z", 100.0, "c", LATE)));

    JobCounter.Counted<RowScan> counted =
        JobCounter.count(
            spark(),
            () ->
                RowScan.of(marked, List.of("id", "carrier"), List.of("carrier", "distance", "id")));

    assertThat(counted.jobs()).isEqualTo(1);
    assertThat(counted.queries()).isZero();
    RowCounts counts = counted.result().counts();
    assertThat(List.of(counts.all("a"), counts.all("b"), counts.all("c"), counts.all("d")))
        .containsExactly(6L, 1L, 2L, 0L);
    assertThat(List.of(counts.left("a"), counts.left("b"), counts.left("c"), counts.left("d")))
        .containsExactly(3L, 1L, 0L, 0L);
    assertThat(counts.broken("a")).isEqualTo(Map.of("late", 3L, "far", 2L));
    assertThat(counts.broken("b")).isEmpty();
    assertThat(counts.broken("c")).isEqualTo(Map.of("late", 2L));
    assertThat(counts.anyBroken()).isTrue();
    assertThat(counts.range("id")).hasValue(new Range(1, 7));
    assertThat(counts.range("carrier")).hasValue(new Range("AA", "DD"));
    assertThat(counted.result().profiles())
        .extracting(Profile::toString)
        .containsExactly(
            "Profile[a.carrier, text, count=3, nulls=0]",
            "Profile[a.distance, number, count=3, nulls=1]",
            "Profile[a.id, number, count=3, nulls=0]",
            "Profile[b.carrier, text, count=1, nulls=0]",
            "Profile[b.distance, number, count=1, nulls=0]",
            "Profile[b.id, number, count=1, nulls=0]");
  }

  @Test
  void aRangeIsOfAnyAtomicType() {
    Dataset<Row> marked =
        rows(
            "text STRING, number DOUBLE, price DECIMAL(9, 2), day DATE, at TIMESTAMP,"
                + " yes BOOLEAN, bytes BINARY, nothing INT, slice STRING, broken_rules"
                + " ARRAY<STRING>",
            create(
                "\uFFFD", // after the emoji in Java's order of texts, before it in Spark's
                Double.NEGATIVE_INFINITY,
                new BigDecimal("10.00"),
                Date.valueOf("2013-01-02"),
                GateMarkTest.at("2013-01-01T00:00:00.000001Z"),
                true,
                new byte[] {(byte) 0x80},
                null,
                "a",
                SOUND),
            create(null, null, null, null, null, null, null, null, "a", SOUND),
            create(
                "\uD83D\uDE00",
                Double.NaN,
                new BigDecimal("9.99"),
                Date.valueOf("2013-01-10"),
                GateMarkTest.at("2013-01-01T00:00:00.000002Z"),
                false,
                new byte[] {0x7F, 0},
                null,
                "b",
                SOUND),
            create(
                "",
                1.0,
                new BigDecimal("0.01"),
                Date.valueOf("1970-01-01"),
                GateMarkTest.at("1970-01-01T00:00:00Z"),
                false,
                new byte[] {},
                1,
                "b",
                LATE));

    for (int partitions : List.of(1, 3)) {
      RowCounts counts =
          RowScan.of(
                  marked.repartition(partitions),
                  List.of("text", "number", "price", "day", "at", "yes", "bytes", "nothing"),
                  List.of())
              .counts();

      assertThat(counts.range("text")).hasValue(new Range("\uFFFD", "\uD83D\uDE00"));
      assertThat(counts.range("number")).hasValue(new Range(Double.NEGATIVE_INFINITY, Double.NaN));
      assertThat(counts.range("price"))
          .hasValue(new Range(new BigDecimal("9.99"), new BigDecimal("10.00")));
      assertThat(counts.range("day"))
          .hasValue(new Range(Date.valueOf("2013-01-02"), Date.valueOf("2013-01-10")));
      assertThat(counts.range("at"))
          .hasValue(
              new Range(
                  GateMarkTest.at("2013-01-01T00:00:00.000001Z"),
                  GateMarkTest.at("2013-01-01T00:00:00.000002Z")));
      assertThat(counts.range("yes")).hasValue(new Range(false, true));
      assertThat(counts.range("bytes"))
          .usingRecursiveComparison()
          .isEqualTo(Optional.of(new Range(new byte[] {0x7F, 0}, new byte[] {(byte) 0x80})));
      assertThat(counts.range("nothing")).isEmpty();
    }
  }

  @Test
  void aRangeIsWhatSparkFinds() {
    long seed = 20130101;
    Random random = new Random(seed);
    String[] letters = {
      "a", "Z", "", "é", "\uD7FF", "\uE000", "\uFFFF", "\uD83D\uDE00", "\uDBFF\uDFFF"
    };
    Double[] numbers = {null, Double.NaN, Double.POSITIVE_INFINITY, -1.0, 0.0, 1e300};
    for (int i = 0; i < 20; i++) {
      List<Row> drawn = new ArrayList<>();
      for (int row = 0; row < 5; row++) {
        StringBuilder text = new StringBuilder();
        for (int letter = 0; letter < 3; letter++) {
          text.append(letters[random.nextInt(letters.length)]);
        }
        drawn.add(create(text.toString(), numbers[random.nextInt(numbers.length)], "a", SOUND));
      }
      Dataset<Row> marked =
          rows(
              "text STRING, number DOUBLE, slice STRING, broken_rules ARRAY<STRING>",
              drawn.toArray(Row[]::new));

      RowCounts counts = RowScan.of(marked, List.of("text", "number"), List.of()).counts();

      Row expected = marked.agg(min("text"), max("text"), min("number"), max("number")).head();
      assertThat(counts.range("text"))
          .as("%s of seed %d", drawn, seed)
          .hasValue(new Range(expected.get(0), expected.get(1)));
      assertThat(counts.range("number"))
          .as("%s of seed %d", drawn, seed)
          .isEqualTo(
              Optional.ofNullable(expected.get(2)).map(least -> new Range(least, expected.get(3))));
    }
  }

  @Test
  void profilesAreThoseOfTheRowsThatBrokeNoRuleWhateverTheirPartitions() {
    Dataset<Row> marked =
        spark()
            .range(0, 6000, 1, 1)
            .select(
                expr("if(id % 3 = 0, 'a', 'b')").as("slice"),
                expr("if(id % 5 = 0, array('late'), cast(array() as array<string>))")
                    .as("broken_rules"),
                expr("if(id % 7 = 0, null, sqrt(id))").as("number"),
                // 'broken' would be frequent, if the rows that broke a rule counted
                expr("if(id % 5 = 0, 'broken', if(id % 4 = 0, 'often', cast(id as string)))")
                    .as("text"))
            .persist();
    List<String> columns = List.of("number", "text");
    List<Profile> expected =
        Profiles.of(marked.where(size(col("broken_rules")).equalTo(0)), columns, "slice");

    for (int partitions : List.of(1, 2, 7)) {
      RowScan scan = RowScan.of(marked.repartition(partitions), List.of("number"), columns);

      assertThat(ProfilesTest.parts(scan.profiles())).isEqualTo(ProfilesTest.parts(expected));
      assertThat(scan.counts().range("number")).hasValue(new Range(1.0, Math.sqrt(5998)));
      assertThat(scan.counts().left("a")).isEqualTo(1600);
      assertThat(scan.counts().broken("b")).isEqualTo(Map.of("late", 800L));
    }
    assertThat(expected.get(1).frequentValues()).isEqualTo(Map.of("often", 400L));
    marked.unpersist();
  }

  @Test
  void noOtherColumnIsRead() {
    Dataset<Row> marked =
        stored(rows("id INT, slice STRING, broken_rules ARRAY<STRING>", create(1, "a", SOUND)))
            .withColumn("other", raise_error(lit("read")));

    RowScan scan = RowScan.of(marked, List.of("id"), List.of("id"));

    assertThat(scan.counts().all("a")).isEqualTo(1);
    assertThat(scan.profiles()).hasSize(1);
  }

  @Test
  void noRowsAreNoCountsAndNoProfiles() {
    Dataset<Row> one =
        rows("id INT, slice STRING, broken_rules ARRAY<STRING>", create(1, "a", SOUND));

    for (Dataset<Row> empty : List.of(one.where("false"), stored(one).where("id > 1"))) {
      RowScan scan = RowScan.of(empty, List.of("id"), List.of("id"));

      assertThat(scan.counts().all("a")).isZero();
      assertThat(scan.counts().left("a")).isZero();
      assertThat(scan.counts().broken("a")).isEmpty();
      assertThat(scan.counts().anyBroken()).isFalse();
      assertThat(scan.counts().range("id")).isEmpty();
      assertThat(scan.profiles()).isEmpty();
    }
  }

  @Test
  void aColumnWithoutAnOrderIsRefused() {
    Dataset<Row> marked =
        rows(
            "x ARRAY<INT>, slice STRING, broken_rules ARRAY<STRING>",
            create(new Integer[] {1}, "a", SOUND));

    assertThatThrownBy(() -> RowScan.of(marked, List.of("x"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot take the range of column x: it is ARRAY<INT>");
    assertThatThrownBy(() -> RowScan.of(marked, List.of(), List.of("x")))
        .hasMessage("Cannot profile column x: it is ARRAY<INT>");
    assertThatThrownBy(() -> RowScan.of(marked, List.of("y"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("y does not exist.");
  }

  /** The rows as a delivery stages them, in three files. */
  private Dataset<Row> stored(Dataset<Row> rows) {
    String path = warehouse.resolve("staged").toString();
    rows.repartition(3).write().parquet(path);
    return spark().read().schema(rows.schema()).parquet(path);
  }
}
