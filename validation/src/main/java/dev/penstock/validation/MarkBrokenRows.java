package dev.penstock.validation;

import static dev.penstock.validation.Gate.BROKEN_RULES;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_compact;
import static org.apache.spark.sql.functions.array_union;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Adds the names of broken row rules to {@code broken_rules}. */
record MarkBrokenRows(List<RowCheck> checks) {
  private static final String BROKEN = "_broken_";
  private static final String SOUND = "_sound";

  Dataset<Row> apply(Dataset<Row> staged, Map<String, Dataset<Row>> referenced) {
    Inputs inputs = new Inputs(staged, Optional.empty(), referenced);
    List<RowCheck> sane = checks.stream().filter(check -> check.problem(inputs).isEmpty()).toList();
    List<RowCheck.Holds> predicates =
        sane.stream()
            .filter(RowCheck.Holds.class::isInstance)
            .map(RowCheck.Holds.class::cast)
            .toList();
    Dataset<Row> marked = markPredicates(staged, predicates);
    List<RowCheck> others =
        sane.stream().filter(check -> !(check instanceof RowCheck.Holds)).toList();
    return others.isEmpty() ? marked : markOthers(marked, others, referenced);
  }

  private static Dataset<Row> markPredicates(Dataset<Row> rows, List<RowCheck.Holds> predicates) {
    if (predicates.isEmpty()) {
      return rows;
    }
    return rows.withColumn(
        BROKEN_RULES,
        withNames(
            predicates.stream().map(check -> when(check.broken(), lit(check.name()))).toList()));
  }

  private static Dataset<Row> markOthers(
      Dataset<Row> rows, List<RowCheck> others, Map<String, Dataset<Row>> referenced) {
    Dataset<Row> marked = rows.withColumn(SOUND, size(col(BROKEN_RULES)).equalTo(0));
    List<Column> names = new ArrayList<>();
    List<String> added = new ArrayList<>(List.of(SOUND));
    for (RowCheck check : others) {
      String broken = BROKEN + names.size();
      marked = check.addTo(marked, broken, col(SOUND), referenced);
      names.add(when(col(broken), lit(check.name())));
      added.add(broken);
    }
    return marked.withColumn(BROKEN_RULES, withNames(names)).drop(added.toArray(String[]::new));
  }

  private static Column withNames(List<Column> nameOrNull) {
    return array_union(col(BROKEN_RULES), array_compact(array(nameOrNull.toArray(Column[]::new))));
  }
}
