package dev.penstock.bench;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.last;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.rank;
import static org.apache.spark.sql.functions.sum;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;

/** The same features as people write them in Spark SQL; what feature stores generate is like it. */
record UsersShapes(Payments data) {

  /**
   * Both tables one below the other, the last event so far: a struct, so that an amount without a
   * value hides older ones.
   */
  Dataset<Row> lastOfUnion() {
    WindowSpec soFar =
        Window.partitionBy("account")
            .orderBy("at", "side", "id")
            .rowsBetween(Window.unboundedPreceding(), Window.currentRow());
    return union()
        .withColumn("event", expr("if(side = 0, struct(at, amount), NULL)"))
        .withColumn("newest", last("event", true).over(soFar))
        .where("side = 1")
        .selectExpr("row_id", "account", "at AS as_of_time", "newest.amount AS last__amount");
  }

  /**
   * The greatest time before each row, then the event of that time; no account has two events at
   * once.
   */
  Dataset<Row> joinMaxAndRejoin() {
    Dataset<Row> events = data.payments().select("account", "at", "amount");
    Dataset<Row> newest =
        data.rows()
            .as("r")
            .join(events.as("e"), expr("r.account = e.account AND e.at <= r.as_of_time"))
            .groupBy("row_id")
            .agg(max("e.at").as("newest"));
    return data.rows()
        .as("r")
        .join(newest.as("n"), expr("r.row_id = n.row_id"), "left")
        .join(events.as("e"), expr("r.account = e.account AND n.newest = e.at"), "left")
        .selectExpr("r.row_id", "r.account", "as_of_time", "amount AS last__amount");
  }

  /** All earlier events of each row, the first by rank. */
  Dataset<Row> rankOfJoin() {
    Dataset<Row> events = data.payments().select("account", "at", "id", "amount");
    return data.rows()
        .as("r")
        .join(events.as("e"), expr("r.account = e.account AND e.at <= r.as_of_time"), "left")
        .withColumn(
            "rank",
            rank()
                .over(
                    Window.partitionBy("r.row_id").orderBy(col("e.at").desc(), col("e.id").desc())))
        .where("rank = 1")
        .selectExpr("r.row_id", "r.account", "r.as_of_time", "e.amount AS last__amount");
  }

  /** Frames by time over both tables, one a window. */
  Dataset<Row> rangeFrames(List<Integer> days) {
    Dataset<Row> rows = union().withColumn("micros", expr("unix_micros(at)"));
    for (int length : days) {
      WindowSpec frame =
          Window.partitionBy("account")
              .orderBy("micros")
              .rangeBetween(1 - length * 86_400_000_000L, 0);
      rows =
          rows.withColumn("w__a0_" + length + "d", count("amount").over(frame))
              .withColumn("w__a1_" + length + "d", sum("amount").over(frame))
              .withColumn("w__a2_" + length + "d", avg("points").over(frame))
              .withColumn("w__a3_" + length + "d", max("amount").over(frame));
    }
    return rows.where("side = 1")
        .withColumnRenamed("at", "as_of_time")
        .drop("side", "id", "amount", "points", "micros");
  }

  private Dataset<Row> union() {
    return data.payments()
        .selectExpr("account", "at", "0 AS side", "id", "amount", "points", "-1L AS row_id")
        .unionByName(
            data.rows()
                .selectExpr(
                    "account",
                    "as_of_time AS at",
                    "1 AS side",
                    "-1L AS id",
                    "cast(NULL AS DOUBLE) AS amount",
                    "cast(NULL AS INT) AS points",
                    "row_id"));
  }
}
