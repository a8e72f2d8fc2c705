package dev.penstock.features;

import static org.apache.spark.sql.RowFactory.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.lake.Lake;
import dev.penstock.lake.TableDefinition;
import dev.penstock.validation.SparkTest;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeatureStoreTest extends SparkTest {
  private static final String PAYMENTS =
      "payment STRING, card STRING, paid TIMESTAMP, amount INT, known_from TIMESTAMP,"
          + " known_until TIMESTAMP, slice STRING";
  private static final GroupDefinition SPEND =
      new GroupDefinition(
          FeatureGroup.named("spend")
              .over("payments")
              .by("card")
              .window("1h")
              .window("2h")
              .aggregate("total", "sum(amount)")
              .aggregate("at_night", Aggregate.parse("count(*)").where("hour(paid) >= 22"))
              .latest("amount")
              .build(),
          List.of("payment"),
          "paid",
          Optional.of("What a card was used for."),
          Map.of("total", "How much was paid"));

  private Lake lake;

  private static Timestamp time(String text) {
    return Timestamp.from(Instant.parse("2024-05-01T" + text + "Z"));
  }

  private static Row payment(String id, String card, String paid, int amount) {
    return create(id, card, time(paid), amount, time(paid), null, "2024-05-01");
  }

  @BeforeEach
  void storeAGroup() {
    lake = new Lake(spark(), warehouse.toString());
    write(
        TableDefinition.sliced("sources/payments", StructType.fromDDL(PAYMENTS), "cards"),
        rows(
            PAYMENTS,
            payment("p1", "a", "21:30:00", 1),
            payment("p2", "a", "22:10:00", 10),
            create(
                "p3", "a", time("22:15:00"), 7, time("22:15:00"), time("22:20:00"), "2024-05-01"),
            create("p3", "a", time("22:15:00"), 100, time("22:20:00"), null, "2024-05-01"),
            payment("p4", "b", "22:00:00", 1_000)));
    StructType features =
        StructType.fromDDL(
            "card STRING, spend__amount INT, spend__total_1h BIGINT, spend__total_2h BIGINT,"
                + " spend__at_night_1h BIGINT, spend__at_night_2h BIGINT, slice STRING");
    write(
        TableDefinition.sliced("features/spend", features, "cards")
            .with(TableDefinition.DEFINITION, SPEND.text()),
        spark().createDataFrame(List.of(), features));
  }

  private void write(TableDefinition table, Dataset<Row> rows) {
    lake.replace(table, lake.open(table.name()), Set.of("2024-05-01"), rows, "test");
  }

  private FeatureStore store() {
    return FeatureStore.open(spark(), warehouse.toString());
  }

  private Dataset<Row> asked(Row... rows) {
    return rows("card STRING, ts TIMESTAMP, note STRING", rows);
  }

  @Test
  void groupsAreListedWithWhatTheyMeanAndWhoOwnsThem() {
    assertThat(store().groups())
        .containsExactly(
            new StoredGroup(
                SPEND, "cards", List.of("INT", "BIGINT", "BIGINT", "BIGINT", "BIGINT")));
    assertThat(SPEND.features())
        .extracting(feature -> feature.name() + ": " + feature.meaning())
        .containsExactly(
            "amount: newest amount, from payments by card",
            "total_1h: How much was paid (sum(amount) over 1h, from payments by card)",
            "total_2h: How much was paid (sum(amount) over 2h, from payments by card)",
            "at_night_1h: count(*) where hour(paid) >= 22 over 1h, from payments by card",
            "at_night_2h: count(*) where hour(paid) >= 22 over 2h, from payments by card");
  }

  @Test
  void eachRowComesBackOnceWithTheFeaturesThatItAsksFor() {
    Dataset<Row> joined =
        store()
            .join(
                asked(
                    create("a", time("22:15:00"), "corrected later"),
                    create("a", time("22:20:00"), "corrected"),
                    create("a", time("22:20:00"), "corrected"),
                    create("b", time("21:59:59.999999"), "too early"),
                    create("c", time("22:00:00"), "no payment"),
                    create("a", null, "no time")),
                "ts",
                List.of("spend.total_1h", "spend.amount", "spend.total_1h"));
    assertThat(joined.schema().toDDL())
        .isEqualTo("card STRING,ts TIMESTAMP,note STRING,spend__total_1h BIGINT,spend__amount INT");
    assertThat(joined.collectAsList())
        .containsExactlyInAnyOrder(
            create("a", time("22:15:00"), "corrected later", 18L, 7),
            create("a", time("22:20:00"), "corrected", 111L, 100),
            create("a", time("22:20:00"), "corrected", 111L, 100),
            create("b", time("21:59:59.999999"), "too early", null, null),
            create("c", time("22:00:00"), "no payment", null, null),
            create("a", null, "no time", null, null));
    assertThat(joined.sparkSession()).isSameAs(spark());
  }

  @Test
  void expressionsMeanWhatTheyMeanInAPipelineWhateverTheSession() {
    spark().conf().set("spark.sql.session.timeZone", "America/New_York");
    try {
      Dataset<Row> joined =
          store().join(asked(create("a", time("22:15:00"), "")), "ts", List.of("spend"));
      assertThat(joined.drop("ts", "note").collectAsList())
          .containsExactly(create("a", 7, 18L, 18L, 2L, 2L));
      assertThat(spark().conf().get("spark.sql.session.timeZone")).isEqualTo("America/New_York");
    } finally {
      spark().conf().set("spark.sql.session.timeZone", "UTC");
    }
  }

  @Test
  void columnsMayHaveAnyNamesAndBeDoubled() {
    Dataset<Row> rows =
        rows(
            "slice STRING, card STRING, as_of_time TIMESTAMP, `a.b` INT, slice INT, ROW INT",
            create("x", "a", time("21:30:00"), 1, 2, 3));
    Dataset<Row> joined = store().join(rows, "as_of_time", List.of("spend.total_2h"));
    assertThat(joined.columns())
        .containsExactly("slice", "card", "as_of_time", "a.b", "slice", "ROW", "spend__total_2h");
    assertThat(joined.collectAsList())
        .containsExactly(create("x", "a", time("21:30:00"), 1, 2, 3, 1L));
  }

  @Test
  void aPredictedRowIsNotItsOwnLatest() {
    Dataset<Row> rows =
        rows("payment STRING, card STRING, paid TIMESTAMP", create("p2", "a", time("22:10:00")));
    List<String> features = List.of("spend.amount", "spend.total_1h");
    assertThat(store().join(rows, "paid", features).drop("paid").collectAsList())
        .containsExactly(create("p2", "a", 10, 11L));
    assertThat(
            store()
                .predicting("payments")
                .join(rows, "paid", features)
                .drop("paid")
                .collectAsList())
        .containsExactly(create("p2", "a", 1, 11L));
  }

  @Test
  void aGroupIsJoinedInSeveralRoles() {
    Dataset<Row> rows =
        rows("card STRING, other STRING, ts TIMESTAMP", create("a", "b", time("22:10:00")));
    FeatureStore store = store().inRole("other_spend", "spend", Map.of("card", "other"));
    assertThat(
            store
                .join(rows, "ts", List.of("other_spend.total_1h", "spend.total_1h"))
                .drop("ts")
                .collectAsList())
        .containsExactly(create("a", "b", 1_000L, 11L));
    assertRefused(
        () -> store.join(rows.drop("other"), "ts", List.of("other_spend")),
        "Cannot join features: the rows have no column other, which is the key of other_spend, only"
            + " card, ts; rename the one that holds it");
    assertRefused(
        () -> store.inRole("role", "spend", Map.of("cart", "other")),
        "cart is no key column of spend, which is by [card]");
    assertRefused(
        () -> store.inRole("spend", "spend", Map.of()),
        "There is a feature group spend already; give the role another name");
    assertRefused(
        () -> store.join(rows, "ts", List.of("other_spent")),
        "There is no feature group other_spent; did you mean 'other_spend'?");
  }

  @Test
  void whatIsWrongIsNamed() {
    Dataset<Row> rows = asked();
    assertThatThrownBy(() -> FeatureStore.open(spark(), warehouse + "/sources"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot find a feature group in the warehouse %s/sources: there is no table under"
                    .formatted(warehouse)
                + " features/; check the path, or run a pipeline that declares features");
    assertRefused(
        () -> store().join(rows, "ts", List.of("spent.total_1h")),
        "There is no feature group spent; did you mean 'spend'?");
    assertRefused(
        () -> store().join(rows, "ts", List.of("spend.totl_1h")),
        "There is no feature spend.totl_1h; did you mean 'total_1h'?");
    assertRefused(
        () -> store().join(rows, "ts", List.of("spend.mean")),
        "There is no feature spend.mean; known: amount,"
            + " at_night_1h, at_night_2h, total_1h, total_2h");
    assertRefused(
        () -> store().join(rows, "at", List.of("spend")),
        "Cannot join features: the rows have no column at, which is as_of, only card, ts, note;"
            + " rename the one that holds it");
    assertRefused(
        () -> store().join(rows, "note", List.of("spend")),
        "Cannot join features as of note: it must be TIMESTAMP, got STRING; cast it first");
    assertRefused(
        () -> store().join(rows.drop("card"), "ts", List.of("spend")),
        "Cannot join features: the rows have no column card, which is the key of spend, only ts,"
            + " note; rename the one that holds it");
    assertRefused(
        () -> store().join(rows.withColumn("card", rows.col("ts")), "ts", List.of("spend")),
        "Cannot compute the feature group spend: by card: it is STRING in payments but TIMESTAMP in"
            + " the as-of rows");
    assertRefused(
        () -> store().join(rows.crossJoin(rows), "ts", List.of("spend")),
        "Cannot join features: the rows have 2 columns ts, which is as_of; rename or drop the"
            + " others");
    assertRefused(
        () ->
            store()
                .join(
                    rows.withColumnRenamed("note", "spend__total_1h"),
                    "ts",
                    List.of("spend.total_1h")),
        "Cannot join features: the rows have a column spend__total_1h already; rename or drop it");
    assertRefused(
        () -> store().predicting("payment"),
        "Cannot predict rows of payment: there is no such table; did you mean 'payments'?");
  }

  private static void assertRefused(Runnable call, String message) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
