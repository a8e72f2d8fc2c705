package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feature tables as notebooks read them. */
class FeaturesTest extends SparkTest {
  private static final String PIPELINE =
      """
      pipeline: shop
      every: 1d
      sources:
        payments:
          csv: ${LANDING}/payments/{date}.csv
          columns: id STRING, card STRING, at TIMESTAMP, kind STRING, amount INT
          key: id
          event-time: at
          known-after: 0s
      features:
        card:
          from: payments
          by: card
          windows: [1d, 2d]
          aggregate:
            kinds: count(distinct kind)
            newest: last_k(amount, 2)
            middle: median(amount)
            spent: {value: sum(amount), by: {kind: [food, fuel]}}
          time-since-last: true
        everybody:
          from: payments
          by: []
          windows: [1d]
          aggregate: {payments: count(*), often: "top_k(kind, 1)", decayed: "decayed_sum(amount, 1d)"}
      """;

  @TempDir private Path folder;

  @Test
  void featureTablesHoldEveryKindOfAggregate() {
    Shop shop =
        new Shop(spark(), folder, PIPELINE)
            .land(
                "payments/2024-01-01.csv",
                "id,card,at,kind,amount",
                "p1,a,2024-01-01T12:00:00Z,food,1",
                "p2,a,2024-01-01T18:00:00Z,fuel,5")
            .land(
                "payments/2024-01-02.csv",
                "id,card,at,kind,amount",
                "p3,a,2024-01-02T12:00:00Z,food,3",
                "p4,b,2024-01-02T23:59:59.999999Z,food,16");
    assertThat(shop.run("run", "--from", "2024-01-01", "--to", "2024-01-02")).isEqualTo(Exit.DONE);
    assertThat(
            shop.rows(
                "features/card",
                "slice",
                "card",
                "card__seconds_since_last",
                "card__kinds_1d",
                "to_json(card__newest_2d)",
                "card__middle_2d",
                "card__spent_food_2d",
                "card__spent_fuel_1d"))
        .containsExactly(
            "2024-01-01 a 21599.999999 2 [5,1] 3.0 1 5",
            "2024-01-02 a 43199.999999 1 [3,5] 3.0 4 null",
            "2024-01-02 b 0.0 1 [16] 16.0 16 null");
    assertThat(
            shop.rows(
                "features/everybody",
                "slice",
                "everybody__payments_1d",
                "to_json(everybody__often_1d)",
                "round(everybody__decayed_1d, 3)"))
        .containsExactly("2024-01-01 2 [\"food\"] 4.912", "2024-01-02 2 [\"food\"] 18.121");
  }
}
