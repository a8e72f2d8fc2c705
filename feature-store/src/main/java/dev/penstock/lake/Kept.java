package dev.penstock.lake;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Rows that are computed once, however often they are read, until this is closed; a lost executor's
 * share is computed again.
 *
 * <p>{@link Dataset#persist} would do the same, but Spark plans a persisted frame anew after each
 * write to a table that it reads, and every plan that uses the frame carries its whole plan along.
 *
 * @param rows reads what is kept
 * @param kept where it is kept
 */
public record Kept(Dataset<Row> rows, JavaRDD<Row> kept) implements AutoCloseable {
  /** Keeps rows in memory, and on disk what does not fit; they are computed when first read. */
  public static Kept of(Dataset<Row> rows) {
    JavaRDD<Row> kept = rows.javaRDD().persist(StorageLevel.MEMORY_AND_DISK());
    return new Kept(rows.sparkSession().createDataFrame(kept, rows.schema()), kept);
  }

  @Override
  public void close() {
    kept.unpersist(false);
  }
}
