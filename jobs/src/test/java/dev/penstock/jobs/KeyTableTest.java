package dev.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.penstock.validation.SparkTest;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/**
 * Forecasts for the keys of a table. The reading of an hour is its number since the first of March;
 * those of b are 100 more, those of c 200 more.
 */
class KeyTableTest extends SparkTest {
  private static final LocalDate FIRST = LocalDate.parse("2024-03-01");

  private static final String PIPELINE =
      """
      pipeline: shop
      every: 1d
      sources:
        stations:
          csv: ${LANDING}/stations/{date}.csv
          columns: station STRING, height INT, active BOOLEAN
          key: station
          snapshot: true
        readings:
          csv: ${LANDING}/readings/{date}.csv
          columns: station STRING, at TIMESTAMP, temp DOUBLE
          key: [station, at]
          event-time: at
          known-after: 0s
      features:
        temps: {from: readings, by: station, windows: 1h, aggregate: {mean: avg(temp)}}
        place: {from: stations, by: station, latest: height}
      model:
        predict: {each: stations, every: 1h, ahead: [1h, 3h], where: active}
        label: {from: readings, by: station, value: avg(temp), within: 1h}
        features: [temps, place, height, ahead, {hour: hour(as_of_time)}]
        split: {train: 1d, holdout: 1d}
        candidates: [{linear-regression: {regParam: [0.1]}}]
        choose-by: mae
      monitor: {performance: {metric: mae, may-lose: 1000, over: 12h}}
      """;

  private Shop shop;

  @Test
  void eachKeyIsPredictedAsOfTheEndOfEachHourForEachTimeAhead() {
    shop = new Shop(spark(), warehouse, PIPELINE);
    for (int day = 0; day < 6; day++) {
      land(day);
    }
    done("ingest", "--from", "2024-03-01", "--to", "2024-03-06");
    done("train", "--date", "2024-03-03");

    String[] columns = {
      "station", "ahead", "height", "place__height", "temps__mean_1h", "hour", "label", "part"
    };
    assertThat(asOf("training_sets/shop", "2024-03-02T17:59:59.999999Z", columns))
        .as("the last hour of the train part; c is not active")
        .containsExactly(
            "a 10800 10 10 41.0 17 44.0 train",
            "a 3600 10 10 41.0 17 42.0 train",
            "b 10800 20 20 141.0 17 144.0 train",
            "b 3600 20 20 141.0 17 142.0 train");
    assertThat(asOf("training_sets/shop", "2024-03-02T22:59:59.999999Z", columns))
        .containsExactly(
            "a 10800 10 10 46.0 22 49.0 holdout",
            "a 3600 10 10 46.0 22 47.0 holdout",
            "b 10800 20 20 146.0 22 149.0 holdout",
            "b 3600 20 20 146.0 22 147.0 holdout");
    assertThat(asOf("training_sets/shop", "2024-03-02T23:59:59.999999Z", columns))
        .as("the file of a day is known at its end")
        .containsExactly(
            "a 10800 10 10 47.0 23 50.0 holdout",
            "a 3600 10 10 47.0 23 48.0 holdout",
            "b 10800 30 30 147.0 23 150.0 holdout",
            "b 3600 30 30 147.0 23 148.0 holdout",
            "c 10800 30 30 247.0 23 250.0 holdout",
            "c 3600 30 30 247.0 23 248.0 holdout");
    assertThat(shop.rows("training_sets/shop", "min(as_of_time)", "max(as_of_time)", "count(*)"))
        .as("24 hours each, and c from the end of 2 March")
        .containsExactly(
            "2024-03-01 18:59:59.999999 2024-03-03 20:59:59.999999 "
                + (2 * 2 * (24 + 24) + 2 * 22));

    done("score", "--date", "2024-03-04");
    done("score", "--date", "2024-03-06");
    done("score", "--date", "2024-03-05");
    assertThat(
            shop.table("predictions/shop").groupBy("slice").count().collectAsList().stream()
                .map(row -> row.mkString(" "))
                .sorted())
        .as("hours, stations and times ahead; 5 March was left out, and went with 6 March")
        .containsExactly("2024-03-04 " + 24 * 3 * 2, "2024-03-06 " + 2 * 24 * 3 * 2);
    assertThat(asOf("predictions/shop", "2024-03-05T11:59:59.999999Z", "station", "ahead", "slice"))
        .containsExactly(
            "a 10800 2024-03-06",
            "a 3600 2024-03-06",
            "b 10800 2024-03-06",
            "b 3600 2024-03-06",
            "c 10800 2024-03-06",
            "c 3600 2024-03-06");

    Map<String, Long> versions = shop.versions();
    done("score", "--date", "2024-03-06");
    assertThat(shop.versions()).isEqualTo(versions);
    done("monitor", "--date", "2024-03-06");
    List<Row> judged =
        shop.table("checks")
            .where("rule IN ('labels', 'performance')")
            .orderBy("rule")
            .select("rule", "value", "reason")
            .collectAsList();
    assertThat(judged.get(0).getString(2))
        .isEqualTo(
            "labels of 72 of 72 predictions with as-of times from 2024-03-06T09:00:00Z to"
                + " 2024-03-06T21:00:00Z have come");
    assertThat(judged.get(1).getDouble(1)).isCloseTo(meanError(), offset(1e-9));
    done("verify");
    done("features", "--explain");
    assertThat(shop.out())
        .startsWith("as-of rows: stations, as of the end of each 1h for 1h, 3h ahead; stations ");
  }

  /** Of what was predicted on 6 March from 9:59:59.999999 to 20:59:59.999999. */
  private double meanError() {
    return shop.table("predictions/shop")
        .where(
            "as_of_time >= TIMESTAMP '2024-03-06T09:00:00Z' AND as_of_time < TIMESTAMP"
                + " '2024-03-06T21:00:00Z'")
        .selectExpr(
            "avg(abs(prediction - (24 * 5 + hour(as_of_time) + ahead / 3600"
                + " + CASE station WHEN 'a' THEN 0 WHEN 'b' THEN 100 ELSE 200 END)))")
        .first()
        .getDouble(0);
  }

  private void done(String command, String... options) {
    assertThat(shop.run(command, options)).as(shop.err()).isZero();
  }

  private List<String> asOf(String table, String instant, String... columns) {
    return shop
        .table(table)
        .where("as_of_time = TIMESTAMP '%s'".formatted(instant))
        .selectExpr(columns)
        .collectAsList()
        .stream()
        .map(row -> row.mkString(" "))
        .sorted()
        .toList();
  }

  /** From the second day on b lies higher and c is active. */
  private void land(int day) {
    LocalDate date = FIRST.plusDays(day);
    shop.land(
        "stations/" + date + ".csv",
        "station,height,active",
        "a,10,true",
        day == 0 ? "b,20,true" : "b,30,true",
        day == 0 ? "c,30,false" : "c,30,true");
    List<String> readings = new ArrayList<>(List.of("station,at,temp"));
    for (int hour = 0; hour < 24; hour++) {
      for (int i = 0; i < 3; i++) {
        readings.add(
            "%s,%sT%02d:30:00Z,%d"
                .formatted("abc".charAt(i), date, hour, 24 * day + hour + 100 * i));
      }
    }
    shop.land("readings/" + date + ".csv", readings.toArray(String[]::new));
  }
}
