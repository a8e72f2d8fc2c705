package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.jobs.pipeline.Table;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Interval;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;

/**
 * Checks the rules of row versions: of each key at most one version is known at a time, because
 * each is closed by the earliest known time of those after it, or by the end of a slice that lacked
 * the key.
 */
final class VerifyVersions {
  private static final String OPEN = "open";
  private static final String LATE = "late";
  private static final String UNEXPLAINED = "unexplained";
  private static final String INCOMPLETE = "incomplete";

  /** What is said of each kind of broken rule; %d rows. */
  private static final Map<String, String> WHAT =
      Map.of(
          OPEN, "%d versions are current although a newer one of their key is there",
          LATE, "%d versions are known longer than until the next one of their key",
          UNEXPLAINED, "%d versions are closed, and neither a newer one nor a slice's end says why",
          INCOMPLETE, "%d rows have no key or no known time");

  private final RunContext run;
  private final KnownRows known;

  VerifyVersions(RunContext run) {
    this.run = run;
    this.known = new KnownRows(run);
  }

  List<Inconsistency> run() {
    List<Inconsistency> found = new ArrayList<>();
    Set<String> names = new TreeSet<>(run.pipeline().sources().keySet());
    names.addAll(run.pipeline().tables().keySet());
    for (String name : names) {
      if (run.lake().exists(RunContext.sourceTable(name))) {
        found.addAll(verify(name));
      }
    }
    return found;
  }

  private List<Inconsistency> verify(String name) {
    Table table = known.table(name);
    List<String> identity =
        table.key().isEmpty()
            ? List.of(Versions.SOURCE_FILE, Versions.SOURCE_POSITION)
            : table.key();
    Column[] key = identity.stream().map(column -> col(column)).toArray(Column[]::new);
    Column[] texts =
        identity.stream().map(column -> col(column).cast("string")).toArray(Column[]::new);
    Column incomplete =
        identity.stream()
            .map(column -> col(column).isNull())
            .reduce(col(Versions.KNOWN_FROM).isNull(), Column::or);
    Column next =
        min(col(Versions.KNOWN_FROM))
            .over(
                Window.partitionBy(key)
                    .orderBy(order(table))
                    .rowsBetween(1, Window.unboundedFollowing()));
    Column until = col(Versions.KNOWN_UNTIL);
    Column closedByAbsence =
        udf(sliceEndingAt(run.cadence()), DataTypes.StringType)
            .apply(until)
            .gt(col(TableDefinition.SLICE));
    Column broken =
        when(incomplete, INCOMPLETE)
            .when(until.isNull().and(col("_next").isNotNull()), OPEN)
            .when(until.gt(col("_next")), LATE)
            .when(
                until
                    .isNotNull()
                    .and(col("_next").isNull().or(until.lt(col("_next"))))
                    .and(closedByAbsence.isNull().or(closedByAbsence.equalTo(false))),
                UNEXPLAINED);
    List<Row> rows =
        run.lake()
            .read(RunContext.sourceTable(name))
            .withColumn("_next", next)
            .withColumn("_broken", broken)
            .where(col("_broken").isNotNull())
            .groupBy("_broken")
            .agg(count(lit(1)), min(array_join(array(texts), ", ")), min(TableDefinition.SLICE))
            .collectAsList();
    return rows.stream()
        .map(
            row ->
                Inconsistency.of(
                    RunContext.sourceTable(name),
                    WHAT.get(row.getString(0)).formatted(row.getLong(1))
                        + ", as of key "
                        + row.getString(2),
                    "./penstock run %s --reload %s"
                        .formatted(run.pipeline().pipeline(), row.getString(3))))
        .toList();
  }

  private static Column[] order(Table table) {
    List<Column> order = new ArrayList<>();
    order.add(col(TableDefinition.SLICE));
    if (table instanceof Source source) {
      source.newestBy().ifPresent(name -> order.add(col(name).asc_nulls_first()));
    }
    for (String name :
        List.of(Versions.KNOWN_FROM, Versions.SOURCE_FILE, Versions.SOURCE_POSITION)) {
      order.add(col(name));
    }
    return order.toArray(Column[]::new);
  }

  /** The slice whose interval's last microsecond an instant is; null if it is none. */
  private static UDF1<Timestamp, String> sliceEndingAt(Cadence cadence) {
    return instant -> {
      if (instant == null) {
        return null;
      }
      Interval interval = cadence.containing(instant.toInstant());
      return interval.lastInstant().equals(instant.toInstant()) ? interval.slice() : null;
    };
  }
}
