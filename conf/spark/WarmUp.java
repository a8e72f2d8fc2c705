import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Touches what a typical run touches, once, so that its classes get into the archive that `penstock` starts JVMs with. */
class WarmUp {
  public static void main(String[] folder) {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.databricks.delta.snapshotPartitions", "2")
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .getOrCreate();
    String csv = folder[0] + "/csv";
    String table = folder[0] + "/table";
    spark
        .range(200)
        .selectExpr("id", "id % 3 AS slice", "timestamp_seconds(id) AS t", "sin(id) AS x", "cast(id % 2 AS double) AS label")
        .write()
        .option("header", "true")
        .csv(csv);
    Dataset<Row> rows =
        spark.read().option("header", "true").schema("id BIGINT, slice INT, t TIMESTAMP, x DOUBLE, label DOUBLE").csv(csv);
    for (int i = 0; i < 2; i++) {
      rows.write().format("delta").mode("overwrite").option("replaceWhere", "slice IN (0, 1, 2)").partitionBy("slice").save(table);
      rows.write().format("delta").mode("append").save(table);
    }
    Dataset<Row> stored = spark.read().format("delta").load(table);
    stored
        .join(stored.groupBy("slice").agg(expr("percentile_approx(x, 0.5) AS middle"), expr("count(DISTINCT id) AS n")), "slice")
        .withColumn("rank", expr("row_number() OVER (PARTITION BY slice ORDER BY t, id)"))
        .orderBy(col("rank"))
        .collectAsList();
    Dataset<Row> features =
        new VectorAssembler().setInputCols(new String[] {"x", "id"}).setOutputCol("features").transform(stored);
    new LogisticRegression().setMaxIter(2).fit(features).transform(features).count();
    spark.stop();
  }
}
