package dev.penstock.features;

import static dev.penstock.features.BoundGroup.quoted;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * Which events of hot keys are needed after their part of time too, as {@code latest} without a
 * {@code max-age} takes the newest however old it is: the newest of each part, and those that are
 * closed later. No other event of a part can be the newest after it.
 *
 * @param by key columns
 * @param own key columns of the table if the as-of rows are rows of it: as one leaves itself out,
 *     the newest of two are needed; otherwise empty
 * @param delay microseconds
 * @param where which events are taken
 */
record Carried(List<String> by, List<String> own, long delay, Optional<String> where) {
  private static final String PART = "_entered";
  private static final String KEY = "_key_";
  private static final String OWN = "_own_";
  private static final String RANK = "_rank";

  private Column takes() {
    return where.map(sql -> coalesce(expr(sql), lit(false))).orElse(lit(true));
  }

  /** The part that an event can be seen in first; -1: before all. */
  private Column entered(Events events, PartsOfTime parts) {
    return parts.ifAny(greatest(events.time().plus(delay), events.knownFrom()));
  }

  /**
   * The last part that an event is needed in; null: in none.
   *
   * @param newest column that {@link #withNewest} has added
   */
  Column last(Events events, PartsOfTime parts, String newest) {
    Column isNewest = col(newest).isNull().or(events.time().geq(col(newest)));
    Column needed =
        when(events.knownUntil().isNotNull(), parts.ifAny(events.knownUntil().minus(1L)))
            .when(isNewest, lit(parts.last()))
            .otherwise(entered(events, parts));
    return when(takes(), needed);
  }

  /**
   * The rows with the time from which on those of the same key and part are its newest, in a new
   * column, null: all are.
   *
   * @param rows of {@code events}, perhaps with more columns
   * @param hot of which of them that can matter
   */
  Dataset<Row> withNewest(
      Dataset<Row> rows, Events events, PartsOfTime parts, Column hot, String newest) {
    Column entered = entered(events, parts);
    List<Column> selected = new ArrayList<>(List.of(entered.as(PART), events.time().as(newest)));
    List<String> keys = new ArrayList<>(List.of(PART));
    Column same = entered.equalTo(col(PART));
    for (String column : by) {
      String key = KEY + keys.size();
      keys.add(key);
      selected.add(quoted(column).as(key));
      same = same.and(quoted(column).equalTo(col(key)));
    }
    List<String> ofRow = new ArrayList<>(keys);
    for (String column : own) {
      ofRow.add(OWN + ofRow.size());
      selected.add(quoted(column).as(OWN + (ofRow.size() - 1)));
    }
    Column open =
        events
            .time()
            .isNotNull()
            .and(events.knownFrom().isNotNull()) // else it is never seen
            .and(events.knownUntil().isNull());
    Dataset<Row> times =
        events
            .rows()
            .where(hot.and(takes()).and(open))
            .select(selected.toArray(Column[]::new))
            .groupBy(columns(ofRow))
            .agg(max(newest).as(newest));
    if (!own.isEmpty()) {
      Column rank =
          row_number().over(Window.partitionBy(columns(keys)).orderBy(col(newest).desc()));
      times =
          times
              .withColumn(RANK, rank)
              .where(col(RANK).leq(2))
              .groupBy(columns(keys))
              .agg(min(newest).as(newest), count(lit(1)).as(RANK))
              .where(col(RANK).equalTo(2))
              .drop(RANK);
    }
    return rows.join(broadcast(times), same, "left").drop(keys.toArray(String[]::new));
  }

  private static Column[] columns(List<String> names) {
    return Stream.of(names.toArray(String[]::new)).map(name -> col(name)).toArray(Column[]::new);
  }
}
