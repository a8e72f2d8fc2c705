package dev.penstock.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.penstock.validation.SparkTest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

/**
 * Labels of a window ahead, in a training set and in monitoring. Amounts are powers of two, so that
 * a sum names the payments in it.
 */
class LabelAheadTest extends SparkTest {
  private static final String PIPELINE =
      """
      pipeline: shop
      every: 1d
      sources:
        visits:
          csv: ${LANDING}/visits/{date}.csv
          columns: visit STRING, at TIMESTAMP, customer STRING, basket DOUBLE
          key: visit
          event-time: at
          known-after: 0s
        payments:
          csv: ${LANDING}/payments/{date}.csv
          columns: payment STRING, customer STRING, paid TIMESTAMP, amount DOUBLE
          key: payment
          event-time: paid
          known-after: 1h
      features:
        customer_payments: {from: payments, by: customer, windows: 1d, aggregate: {paid: count(*)}}
      model:
        predict: {each: visits, as-of: at}
        label: {from: payments, by: customer, value: sum(amount), within: 1d}
        features: [customer_payments, basket]
        split: {train: 1d, holdout: 1d}
        candidates: [{linear-regression: {regParam: [0.1]}}]
        choose-by: mae
      monitor: {performance: {metric: mae, may-lose: 1000, over: 1d}}
      """;

  private Shop shop;
  private final Set<String> seen = new HashSet<>();

  @Test
  void theEventsOfTheTimeAheadAreTheLabelInTrainingAndMonitoring() {
    shop = new Shop(spark(), warehouse, PIPELINE);
    land();
    done("ingest", "--from", "2024-03-01", "--to", "2024-03-05");

    assertThat(labelsOfATraining())
        .as("after the as-of time up to its end; corrections and late payments up to the interval")
        .containsExactly(
            "v1 train 358.0", // 2 + 4 + 32 + 64 + 256
            "v11 train null", // a payment without an amount
            "v12 train null", // no payment
            "v2 train 268.0", // 4 + 8 + 256
            "v3 train null", // no customer
            "v4 train null", // no payment
            "v5 train 358.0", // customer and time of v1
            "v6 train 512.0",
            "v7 holdout 3.0",
            "v8 holdout 5.0");
    assertThat(
            labelsOfATraining(
                "--override",
                "model.label={from: visits, by: customer, value: max(basket) > 1, within: 1d,"
                    + " if-none: false}",
                "--override",
                "model.candidates=[logistic-regression]",
                "--override",
                "model.choose-by=log-loss",
                "--override",
                "model.accept=[{metric: log-loss, at-most: 0}]",
                "--override",
                "monitor={}",
                "--override",
                "model.features=[customer_payments, {group: customer_payments, by: {customer: visit}}]"))
        .as("of visits themselves: does the customer come again for more? Not accepted")
        .containsExactly(
            "v1 train 1.0",
            "v11 train null", // a visit without a basket
            "v12 train 0.0",
            "v2 train 0.0",
            "v3 train null", // no customer
            "v4 train 0.0",
            "v5 train 1.0",
            "v6 train 0.0",
            "v7 holdout 0.0",
            "v8 holdout 0.0");
    assertThat(
            shop.table("training_sets/shop")
                .where("visit IN ('v7', 'v8') AND customer_payments_visit__paid_1d IS NOT NULL")
                .selectExpr(
                    "visit", "customer_payments__paid_1d", "customer_payments_visit__paid_1d")
                .collectAsList())
        .as("payments of the customer, and of one who is called as the visit")
        .containsExactlyInAnyOrder(
            RowFactory.create("v7", 2L, 0L), RowFactory.create("v8", 0L, 1L));

    done("score", "--date", "2024-03-05");
    done("ingest", "--date", "2024-03-06");
    done("monitor", "--date", "2024-03-06");
    double error =
        Math.abs(prediction("w1") - 7) / 2 // one payment a day later, to the microsecond
            + Math.abs(prediction("w4") - 11) / 2; // its customer as it was scored
    List<Row> judged =
        shop.table("checks")
            .where("rule IN ('labels', 'performance')")
            .orderBy("rule")
            .select("rule", "n", "value", "reason")
            .collectAsList();
    assertThat(judged).hasSize(2);
    assertThat(judged.get(0).getString(3))
        .isEqualTo(
            "labels of 2 of 4 predictions with as-of times from 2024-03-05T00:00:00Z to"
                + " 2024-03-06T00:00:00Z have come");
    assertThat(judged.get(1).getString(3)).startsWith("mae of v1 is ").contains(" 2 rows");
    assertThat(judged.get(1).getDouble(2)).isCloseTo(error, offset(1e-9));

    String keys = "model.predict={each: visits, every: 1d, ahead: 1d}";
    assertThat(shop.run("score", "--date", "2024-03-06", "--override", keys)).isEqualTo(2);
    assertThat(shop.err())
        .contains(
            "predictions/shop holds predictions of other rows, without ahead; give the pipeline"
                + " another name");
  }

  private void done(String command, String... options) {
    assertThat(shop.run(command, options)).as(shop.err()).isZero();
  }

  private double prediction(String visit) {
    return shop.table("predictions/shop")
        .where("visit = '%s'".formatted(visit))
        .select("prediction")
        .first()
        .getDouble(0);
  }

  /** Visit, part and label of each row of a training for 4 March. */
  private List<String> labelsOfATraining(String... override) {
    done(
        "train",
        Stream.concat(Stream.of("--date", "2024-03-04"), Stream.of(override))
            .toArray(String[]::new));
    Dataset<Row> all = shop.table("training_sets/shop");
    Dataset<Row> made = all.where(not(col("fingerprint").isInCollection(seen)));
    List<String> labels =
        made.select("visit", "part", "label").collectAsList().stream()
            .map(row -> row.mkString(" "))
            .sorted()
            .toList();
    made.select("fingerprint").collectAsList().forEach(row -> seen.add(row.getString(0)));
    return labels;
  }

  private void land() {
    String visits = "visit,at,customer,basket";
    String payments = "payment,customer,paid,amount";
    shop.land(
        "visits/2024-03-01.csv",
        visits,
        "v1,2024-03-01T10:00:00Z,a,1",
        "v2,2024-03-01T13:00:00Z,a,2",
        "v3,2024-03-01T11:00:00Z,,3",
        "v4,2024-03-01T12:00:00Z,b,4",
        "v5,2024-03-01T10:00:00Z,a,5",
        "v6,2024-03-01T20:00:00Z,c,6",
        "v11,2024-03-01T15:00:00Z,d,7",
        "v12,2024-03-01T16:30:00Z,d,");
    shop.land("visits/2024-03-02.csv", visits, "v9,2024-03-02T12:00:00Z,a,1");
    shop.land(
        "visits/2024-03-03.csv",
        visits,
        "v7,2024-03-03T09:00:00Z,a,7",
        "v8,2024-03-03T10:00:00Z,c,8");
    shop.land("visits/2024-03-04.csv", visits, "v10,2024-03-04T12:00:00Z,a,1");
    shop.land(
        "visits/2024-03-05.csv",
        visits,
        "w1,2024-03-05T10:00:00Z,a,1",
        "w2,2024-03-05T11:00:00Z,b,2",
        "w3,2024-03-05T12:00:00Z,,3",
        "w4,2024-03-05T13:00:00Z,c,4");
    shop.land("visits/2024-03-06.csv", visits, "w4,2024-03-05T13:00:00Z,b,4");
    shop.land(
        "payments/2024-03-01.csv",
        payments,
        "p1,a,2024-03-01T10:00:00Z,1", // at the as-of time
        "p2,a,2024-03-01T10:00:00.000001Z,2",
        "p16,a,2024-03-01T12:00:00Z,16",
        "p64,a,2024-03-01T13:00:00Z,64",
        "p512,c,2024-03-01T21:00:00Z,512",
        "p0,d,2024-03-01T16:00:00Z,");
    shop.land(
        "payments/2024-03-02.csv",
        payments,
        "p4,a,2024-03-02T10:00:00Z,4", // at the end of the time ahead
        "p8,a,2024-03-02T10:00:00.000001Z,8");
    shop.land(
        "payments/2024-03-03.csv",
        payments,
        "p16,a,2024-03-01T12:00:00Z,32", // corrected before the training
        "p1024,v8,2024-03-03T06:00:00Z,1024",
        "q1,c,2024-03-03T11:00:00Z,5");
    shop.land(
        "payments/2024-03-04.csv",
        payments,
        "p256,a,2024-03-01T14:00:00Z,256", // late
        "q2,a,2024-03-04T09:00:00Z,3");
    shop.land(
        "payments/2024-03-05.csv",
        payments,
        "p64,a,2024-03-01T13:00:00Z,128"); // corrected after the training
    shop.land(
        "payments/2024-03-06.csv",
        payments,
        "r1,a,2024-03-06T10:00:00Z,7",
        "r2,c,2024-03-06T13:00:00Z,11",
        "r3,a,2024-03-05T10:00:00Z,1000"); // at the as-of time
  }
}
