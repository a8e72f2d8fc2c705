package dev.penstock.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Payments and the rows that want features, as Parquet: by hash, so the same for a size everywhere.
 * 90 days; one row in fifty has one of five keys.
 *
 * @param events how many payments
 * @param asOf how many rows that want features
 * @param keys how many keys
 */
record Payments(SparkSession spark, Path folder, long events, long asOf, long keys) {
  private static final long MICROSECONDS = 90L * 86_400_000_000L;

  /** Writes both tables. */
  void write() {
    String key =
        "CASE WHEN pmod(xxhash64(id, %1$d, 1), 50) = 0 THEN pmod(xxhash64(id, %1$d, 2), 5)"
            + " ELSE pmod(xxhash64(id, %1$d, 3), %2$d) END AS account";
    String at = "timestamp_micros(1700000000000000 + pmod(xxhash64(id, %d, 4), %d)) AS at";
    spark
        .range(events)
        .selectExpr(
            "id",
            key.formatted(1, keys),
            at.formatted(1, MICROSECONDS),
            "cast(pmod(xxhash64(id, 5), 100000) AS DOUBLE) / 100 AS amount",
            "cast(pmod(xxhash64(id, 6), 1000) AS INT) AS points")
        .selectExpr(
            "*",
            "concat('bank-', account % 97) AS bank",
            "concat('account-', account) AS number",
            "at AS known_from",
            "cast(NULL AS TIMESTAMP) AS known_until")
        .write()
        .mode("overwrite")
        .parquet(folder.resolve("payments").toString());
    spark
        .range(asOf)
        .selectExpr("id AS row_id", key.formatted(2, keys), at.formatted(2, MICROSECONDS))
        .selectExpr(
            "row_id",
            "account",
            "concat('bank-', account % 97) AS bank",
            "concat('account-', account) AS number",
            "at AS as_of_time")
        .write()
        .mode("overwrite")
        .parquet(folder.resolve("rows").toString());
  }

  Dataset<Row> payments() {
    return spark.read().parquet(folder.resolve("payments").toString());
  }

  /** One payment in a hundred is corrected five days later. */
  Dataset<Row> corrected() {
    Dataset<Row> first =
        payments()
            .withColumn(
                "known_until", expr("CASE WHEN id % 100 = 7 THEN at + INTERVAL 5 DAYS END"));
    Dataset<Row> corrections =
        payments()
            .where("id % 100 = 7")
            .withColumn("known_from", expr("at + INTERVAL 5 DAYS"))
            .withColumn("amount", expr("amount + 1"));
    return first.unionByName(corrections);
  }

  /** The same rows, half of them with one key. */
  static Dataset<Row> halfOnAKey(Dataset<Row> rows) {
    String column = List.of(rows.columns()).contains("id") ? "id" : "row_id";
    return rows.withColumn("account", expr("IF(%s %% 2 = 0, 0L, account)".formatted(column)));
  }

  /** The same rows, all with one key. */
  static Dataset<Row> onOneKey(Dataset<Row> rows) {
    return rows.withColumn("account", expr("0L"));
  }

  /** With as many columns of doubles more. */
  static Dataset<Row> withColumns(Dataset<Row> rows, List<String> names) {
    List<Column> columns = new ArrayList<>(List.of(col("*")));
    for (int i = 0; i < names.size(); i++) {
      columns.add(expr("amount + " + i).as(names.get(i)));
    }
    return rows.select(columns.toArray(Column[]::new));
  }

  Dataset<Row> rows() {
    return spark.read().parquet(folder.resolve("rows").toString());
  }
}
