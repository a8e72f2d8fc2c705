package dev.penstock.training;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Scores the holdout with challenger and champion in one job and brings it to the driver, in the
 * order of the key: 8 bytes a row and number, so {@value #MAX_ROWS} rows at most.
 */
final class ScoreHoldout {
  /** What a driver of ordinary size can hold. */
  static final long MAX_ROWS = 5_000_000;

  private static final String CHAMPION_PREDICTION = "champion_prediction";
  private static final String GROUP = "__group_";

  private final ModelSpec spec;
  private final Optional<Champion> champion;

  ScoreHoldout(ModelSpec spec, Optional<Champion> champion) {
    this.spec = spec;
    this.champion = champion;
  }

  Holdout run(TrainingRows.Part part, Model challenger) {
    if (part.count() > MAX_ROWS) {
      throw new CannotTrainException(
          "Cannot judge on %d holdout rows: at most %d; shorten split.holdout"
              .formatted(part.count(), MAX_ROWS));
    }
    List<String> groups = groups(part.rows());
    Dataset<Row> rows = part.rows();
    if (champion.isPresent()) {
      rows =
          champion
              .get()
              .predict()
              .apply(rows)
              .withColumnRenamed(Model.PREDICTION, CHAMPION_PREDICTION);
    }
    List<Column> wanted = new ArrayList<>();
    wanted.add(col(TrainingSet.LABEL));
    wanted.add(col(Model.PREDICTION));
    champion.ifPresent(c -> wanted.add(col(CHAMPION_PREDICTION)));
    int firstGroup = wanted.size();
    for (int i = 0; i < groups.size(); i++) {
      wanted.add(EncodedFeature.column(groups.get(i)).cast("string").as(GROUP + i));
    }
    List<Row> scored =
        FitRows.canonical(challenger.predict(rows), spec, 1)
            .select(wanted.toArray(Column[]::new))
            .collectAsList();
    if (scored.size() != part.count()) {
      throw new IllegalStateException(
          "Cannot compare with the champion: it kept %d of %d holdout rows"
              .formatted(scored.size(), part.count()));
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (int i = 0; i < groups.size(); i++) {
      int column = firstGroup + i;
      values.put(
          groups.get(i), scored.stream().map(row -> String.valueOf(row.get(column))).toList());
    }
    return new Holdout(
        scored(scored, 0, 1),
        champion.map(c -> scored(scored, 0, 2)),
        champion.map(Champion::version),
        values);
  }

  private List<String> groups(Dataset<Row> rows) {
    List<String> groups =
        spec.accept().stream()
            .filter(Accept.Threshold.class::isInstance)
            .flatMap(rule -> ((Accept.Threshold) rule).by().stream())
            .distinct()
            .toList();
    List<String> columns = List.of(rows.columns());
    for (String group : groups) {
      if (!columns.contains(group)) {
        throw new IllegalArgumentException(
            "Cannot judge by %s: it is not a column of the training set; columns: %s"
                .formatted(group, columns));
      }
    }
    return groups;
  }

  static Scored scored(List<Row> rows, int label, int prediction) {
    return new Scored(
        rows.stream().mapToDouble(row -> row.getDouble(label)).toArray(),
        rows.stream().mapToDouble(row -> row.getDouble(prediction)).toArray());
  }
}
