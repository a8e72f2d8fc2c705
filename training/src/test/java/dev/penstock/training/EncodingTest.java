package dev.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.SparkTest;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class EncodingTest extends SparkTest {
  private static final String DDL = "id INT, x DOUBLE, n INT, b BOOLEAN, `a.t` STRING";
  private static final List<String> FEATURES = List.of("x", "n", "b", "a.t");

  private Dataset<Row> train() {
    return rows(
        DDL,
        RowFactory.create(1, 1.0, 10, true, "UA"),
        RowFactory.create(2, null, 20, false, "AA"),
        RowFactory.create(3, Double.NaN, 30, true, "UA"),
        RowFactory.create(4, Double.POSITIVE_INFINITY, 50, true, null),
        RowFactory.create(5, 2.0, 40, null, ""));
  }

  private static List<String> encoded(Encoding encoding, Dataset<Row> rows) {
    return encoding.apply(rows, "v").select("v").collectAsList().stream()
        .map(row -> new org.apache.spark.ml.linalg.DenseVector(((Vector) row.get(0)).toArray()))
        .map(Object::toString)
        .toList();
  }

  @Test
  void learnsMediansMissingValuesAndFrequentTexts() {
    Encoding encoding = Encoding.learn(train(), FEATURES);
    assertThat(encoding.features())
        .containsExactly(
            new EncodedFeature.Number("x", 1.5, true),
            new EncodedFeature.Number("n", 30, false),
            new EncodedFeature.Number("b", 1, true),
            new EncodedFeature.Category("a.t", List.of("", "AA", "UA")));
    assertThat(encoding.elements())
        .containsExactly(
            "x",
            "x=<missing>",
            "n",
            "b",
            "b=<missing>",
            "a.t=",
            "a.t=AA",
            "a.t=UA",
            "a.t=<other>",
            "a.t=<missing>");
  }

  @Test
  void missingAndUnseenValuesHaveTheirElements() {
    Encoding encoding = Encoding.learn(train(), FEATURES);
    assertThat(encoded(encoding, train()))
        .containsExactly(
            "[1.0,0.0,10.0,1.0,0.0,0.0,0.0,1.0,0.0,0.0]",
            "[1.5,1.0,20.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0]",
            "[1.5,1.0,30.0,1.0,0.0,0.0,0.0,1.0,0.0,0.0]",
            "[1.5,1.0,50.0,1.0,0.0,0.0,0.0,0.0,0.0,1.0]",
            "[2.0,0.0,40.0,1.0,1.0,1.0,0.0,0.0,0.0,0.0]");
    assertThat(encoded(encoding, rows(DDL, RowFactory.create(6, -1.0, null, false, "new"))))
        .containsExactly("[-1.0,0.0,30.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0]");
  }

  @Test
  void aColumnWithoutAnyValueIsZeroAndMissing() {
    Dataset<Row> rows =
        rows("x DOUBLE, t STRING", RowFactory.create(null, null), RowFactory.create(null, null));
    Encoding encoding = Encoding.learn(rows, List.of("x", "t"));
    assertThat(encoding.features())
        .containsExactly(
            new EncodedFeature.Number("x", 0, true), new EncodedFeature.Category("t", List.of()));
    assertThat(encoded(encoding, rows.limit(1))).containsExactly("[0.0,1.0,0.0,1.0]");
  }

  @Test
  void onlyTheMostFrequentTextsAreKeptAndTiesGoByValue() {
    List<Row> rows = new ArrayList<>();
    for (int value = 0; value < 40; value++) {
      for (int copy = 0; copy < (value == 39 ? 2 : 1); copy++) {
        rows.add(RowFactory.create("v%02d".formatted(value)));
      }
    }
    Encoding encoding = Encoding.learn(rows("t STRING", rows.toArray(Row[]::new)), List.of("t"));
    List<String> expected = new ArrayList<>();
    for (int value = 0; value < 29; value++) {
      expected.add("v%02d".formatted(value));
    }
    expected.add("v39");
    assertThat(encoding.features()).containsExactly(new EncodedFeature.Category("t", expected));
  }

  @Test
  void jsonKeepsEveryBit() {
    Encoding encoding =
        new Encoding(
            List.of(
                new EncodedFeature.Number("x", 0.1 + 0.2, true),
                new EncodedFeature.Category("t", List.of("", "a\"b", "ü"))));
    assertThat(encoding.toJson())
        .isEqualTo(
            "{\"features\":[{\"kind\":\"number\",\"name\":\"x\",\"fill\":0.30000000000000004,"
                + "\"missing\":true},{\"kind\":\"category\",\"name\":\"t\","
                + "\"values\":[\"\",\"a\\\"b\",\"ü\"]}]}");
    assertThat(Encoding.fromJson(encoding.toJson())).isEqualTo(encoding);
  }

  @Test
  void aTimestampIsNoFeature() {
    Dataset<Row> rows = spark().sql("SELECT TIMESTAMP '2013-01-01 00:00:00' AS t");
    assertThatThrownBy(() -> Encoding.learn(rows, List.of("t")))
        .hasMessage(
            "Cannot learn from feature t: it is a TIMESTAMP; make it a number, a boolean or a text"
                + " by named SQL");
  }
}
