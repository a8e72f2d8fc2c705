package dev.penstock.validation;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What reading marked rows once tells of them.
 *
 * @param counts of all rows
 * @param profiles of the rows that broke no rule, by slice, then by column; none of a slice without
 *     such a row
 */
public record RowScan(RowCounts counts, List<Profile> profiles) {
  public RowScan {
    profiles = List.copyOf(profiles);
  }

  /**
   * Counts and profiles in one Spark job, if {@code marked} needs no shuffle: each partition is
   * read once, and what it says of a slice is shuffled and merged. Frequent texts among more than
   * 768 different ones take a second job. Equal rows have equal scans, whatever their order and
   * partitions. Besides the columns named here, the slice and the broken rules are read.
   *
   * @param marked what {@link Gate#mark} returned
   * @param ranged columns whose range is wanted: of atomic types, but not year-month intervals,
   *     which rows hold as values without an order
   * @param profiled columns of types that {@link Profiles#canProfile}; may be ranged, too
   * @throws IllegalArgumentException for a column of another type
   */
  public static RowScan of(Dataset<Row> marked, List<String> ranged, List<String> profiled) {
    return ScanRows.of(marked, col(Gate.SLICE), col(Gate.BROKEN_RULES), ranged, profiled);
  }
}
