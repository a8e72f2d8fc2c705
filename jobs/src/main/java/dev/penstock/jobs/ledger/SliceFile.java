package dev.penstock.jobs.ledger;

import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * A file that a slice was made from.
 *
 * @param name path below the landing folder of its source
 * @param hash SHA-256 of its content
 * @param bytes its size
 * @param arrival how it came
 * @param problem why it is in quarantine, whole; empty if it was read
 */
public record SliceFile(
    String name, String hash, long bytes, Arrival arrival, Optional<String> problem) {

  /** How a file came. */
  public enum Arrival {
    /** In the run of its own interval, or undated and never read before. */
    FIRST,
    /** Dated before the interval whose run read it. */
    LATE,
    /** Read before, with other content: what it lacks now is closed. */
    CHANGED
  }

  static final StructType SCHEMA =
      StructType.fromDDL("name STRING, hash STRING, bytes BIGINT, arrival STRING, problem STRING");

  Row toRow() {
    return RowFactory.create(name, hash, bytes, arrival.name(), problem.orElse(null));
  }

  static SliceFile fromRow(Row row) {
    return new SliceFile(
        row.getAs("name"),
        row.getAs("hash"),
        row.getAs("bytes"),
        Arrival.valueOf(row.getAs("arrival")),
        Optional.ofNullable(row.getAs("problem")));
  }
}
