package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;

import dev.penstock.features.Events;
import dev.penstock.features.FeatureGroup;
import dev.penstock.jobs.RunContext;
import dev.penstock.lake.Interval;
import dev.penstock.training.Model;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A champion whose features are defined otherwise than those of its challenger: both are computed
 * in one pass over the rows of the training set.
 *
 * @param own the definitions that the champion was trained with
 * @param model the champion
 */
record ChampionBeside(Definitions own, Model model) {
  /** Column of the training set: what the champion predicts, DOUBLE, never null. */
  static final String PREDICTION = "prediction_of_champion";

  private static final String PREFIX = "champion__";
  private static final String ROW = "_row";

  /**
   * Adds the feature columns of the challenger, and {@link #PREDICTION}.
   *
   * @param rows predicted rows, with their {@code as_of_time}
   * @param last the newest interval whose slices may be seen
   * @param span the earliest and the latest as-of time
   */
  Dataset<Row> join(
      RunContext run, Definitions challengers, Dataset<Row> rows, Interval last, Instant[] span) {
    List<FeatureGroup> groups = new ArrayList<>(challengers.groups());
    own.groups().forEach(group -> groups.add(group.inRole(PREFIX + group.name(), Map.of())));
    Map<String, Events> events = new HashMap<>(own.events(run, last));
    events.putAll(challengers.events(run, last));
    Dataset<Row> joined = challengers.engine(groups).between(span[0], span[1]).join(rows, events);
    List<Column> packed = new ArrayList<>();
    List<Column> seen = new ArrayList<>();
    for (String name : joined.columns()) {
      if (name.startsWith(PREFIX)) {
        seen.add(col(name).as(name.substring(PREFIX.length())));
      } else {
        packed.add(col(name));
      }
    }
    for (String name : rows.columns()) {
      seen.add(col(name));
    }
    seen.add(struct(packed.toArray(Column[]::new)).as(ROW));
    Dataset<Row> predicted =
        model
            .predict(own.withSql(joined.select(seen.toArray(Column[]::new))))
            .select(col(ROW + ".*"), col(Model.PREDICTION).as(PREDICTION));
    return challengers.withSql(predicted);
  }

  /** Whether both see the tables that they read alike, so that one pass can read them. */
  boolean readsLike(Definitions challengers) {
    return own.tables().stream()
        .filter(challengers.tables()::contains)
        .allMatch(table -> own.columnsOf(table).equals(challengers.columnsOf(table)));
  }
}
