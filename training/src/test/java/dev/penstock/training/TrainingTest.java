package dev.penstock.training;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.SparkTest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingTest extends SparkTest {
  private static final List<String> FEATURES = List.of("x", "y", "z", "color", "flag");

  /**
   * Rows by a hash of their number: nulls, texts, two thirds of the time train, the rest holdout.
   */
  static Dataset<Row> trainingSet(org.apache.spark.sql.SparkSession spark, long rows) {
    return spark
        .range(rows)
        .select(
            col("id"),
            expr("timestamp_seconds(1356998400 + id * 60)").as("as_of_time"),
            expr("pmod(hash(id, 1), 1000) / 1000D").as("x"),
            expr("if(pmod(hash(id, 2), 10) = 0, null, pmod(hash(id, 3), 1000) / 7D)").as("y"),
            expr("pmod(hash(id, 4), 50)").as("z"),
            expr("element_at(array('red', 'green', 'blue', null), 1 + pmod(hash(id, 5), 4))")
                .as("color"),
            expr("pmod(hash(id, 6), 2) = 0").as("flag"),
            expr("pmod(hash(id, 7), 1000) / 1000D").as("noise"))
        .withColumn(
            "number", expr("3 * x + coalesce(y, 50) / 50 + if(color = 'red', 1, 0) + noise"))
        .withColumn("part", expr("if(id < " + rows * 2 / 3 + ", 'train', 'holdout')"));
  }

  private Dataset<Row> classes(long rows) {
    return trainingSet(spark(), rows).withColumn("label", expr("double(number > 4)"));
  }

  private Dataset<Row> numbers(long rows) {
    return trainingSet(spark(), rows).withColumn("label", col("number"));
  }

  private static ModelSpec spec(LabelKind kind, List<Candidate> candidates, Accept... accept) {
    return new ModelSpec(
        List.of("id"),
        FEATURES,
        kind,
        new Split(Duration.ofDays(1), Duration.ofDays(9), Duration.ofDays(1)),
        candidates,
        kind == LabelKind.CLASSIFICATION ? Metric.PR_AUC : Metric.RMSE,
        42,
        List.of(accept));
  }

  private static Candidate candidate(Algorithm algorithm) {
    return switch (algorithm) {
      case RANDOM_FOREST ->
          new Candidate(
              algorithm,
              Map.of(
                  "numTrees", List.of("5"),
                  "maxDepth", List.of("4"),
                  "subsamplingRate", List.of("0.7")));
      case GRADIENT_BOOSTED_TREES ->
          new Candidate(
              algorithm,
              Map.of(
                  "maxIter", List.of("3"),
                  "maxDepth", List.of("3"),
                  "subsamplingRate", List.of("0.7")));
      default -> new Candidate(algorithm, Map.of());
    };
  }

  @ParameterizedTest
  @CsvSource({
    "LOGISTIC_REGRESSION, CLASSIFICATION",
    "RANDOM_FOREST, CLASSIFICATION",
    "GRADIENT_BOOSTED_TREES, CLASSIFICATION",
    "RANDOM_FOREST, REGRESSION",
    "GRADIENT_BOOSTED_TREES, REGRESSION",
    "LINEAR_REGRESSION, REGRESSION"
  })
  void theSameRowsInAnyOrderGiveTheSameModelAndALoadedOnePredictsAlike(
      Algorithm algorithm, LabelKind kind) {
    Dataset<Row> set = kind == LabelKind.CLASSIFICATION ? classes(2000) : numbers(2000);
    ModelSpec spec = spec(kind, List.of(candidate(algorithm)));
    Model first = fit(set, spec);
    Model again = fit(shuffled(set), spec);
    assertThat(again.canonicalHash()).isEqualTo(first.canonicalHash()).hasSize(64);
    assertThat(again.encoding()).isEqualTo(first.encoding());
    assertThat(again.importances()).isEqualTo(first.importances());

    String path = warehouse.resolve("model").toString();
    first.save(spark(), path);
    Model loaded = Model.load(spark(), path);
    assertThat(loaded.canonicalHash()).isEqualTo(first.canonicalHash());
    assertThat(loaded.encoding()).isEqualTo(first.encoding());
    assertThat(loaded.importances()).isEqualTo(first.importances());
    assertThat(loaded.predict(set.limit(50)).collectAsList())
        .isEqualTo(first.predict(set.limit(50)).collectAsList());
  }

  private static Dataset<Row> shuffled(Dataset<Row> rows) {
    return rows.repartition(3, expr("hash(id, 99)")).sortWithinPartitions(expr("hash(id, 98)"));
  }

  private static Model fit(Dataset<Row> set, ModelSpec spec) {
    TrainingRows.Part train = TrainingRows.of(set, spec).train();
    try (FitRows rows = new FitRows(train.rows(), train.count(), spec)) {
      GridPoint point = spec.candidates().get(0).gridPoints().get(0);
      return new Fit(point, spec.labelKind(), spec.seed()).on(rows);
    }
  }

  @Test
  void otherRowsOrAnotherSeedGiveAnotherModel() {
    List<Candidate> candidates = List.of(candidate(Algorithm.RANDOM_FOREST));
    ModelSpec spec = spec(LabelKind.CLASSIFICATION, candidates);
    ModelSpec otherSeed =
        new ModelSpec(
            spec.key(),
            FEATURES,
            spec.labelKind(),
            spec.split(),
            candidates,
            spec.chooseBy(),
            43,
            List.of());
    Set<String> hashes = new HashSet<>();
    hashes.add(fit(classes(1500), spec).canonicalHash());
    hashes.add(fit(classes(1500), otherSeed).canonicalHash());
    hashes.add(fit(classes(1500).where("id <> 7"), spec).canonicalHash());
    assertThat(hashes).hasSize(3);
  }

  @Test
  void theBestOnTheLastPartOfTheTrainRowsIsFittedOnAllOfThem() {
    Candidate grid =
        new Candidate(
            Algorithm.LOGISTIC_REGRESSION, Map.of("regParam", List.of("100", "0.001", "50")));
    Trained trained =
        Training.run(
            classes(3000),
            spec(
                LabelKind.CLASSIFICATION,
                List.of(grid),
                new Accept.Threshold(
                    Metric.ROC_AUC,
                    OptionalDouble.of(0.9),
                    OptionalDouble.empty(),
                    Optional.of("color"),
                    10),
                new Accept.AgainstChampion(Metric.PR_AUC, 0.02, 0.95)),
            Optional.empty());
    assertThat(trained.point().parameters()).containsEntry("regParam", "0.001");
    assertThat(trained.candidates())
        .extracting(CandidateResult::chosen)
        .containsExactly(false, true, false);
    assertThat(trained.candidates())
        .allSatisfy(
            candidate ->
                assertThat(candidate.validation())
                    .containsOnlyKeys(Metric.of(LabelKind.CLASSIFICATION)));
    assertThat(trained.trainRows()).isEqualTo(2000);
    assertThat(trained.holdoutRows()).isEqualTo(1000);
    assertThat(trained.partitions()).isEqualTo(1);
    assertThat(trained.holdout().get(Metric.ROC_AUC)).isGreaterThan(0.93);
    assertThat(trained.checks())
        .extracting(AcceptanceCheck::subject)
        .containsExactly("color=blue", "color=green", "color=null", "color=red", "holdout");
    assertThat(trained.accepted()).isTrue();
    assertThat(trained.reasons())
        .hasSize(5)
        .last()
        .isEqualTo("there is no champion to compare with");
    assertThat(trained.model().importances())
        .extracting(FeatureImportance::feature)
        .startsWith("y", "x")
        .containsExactlyInAnyOrderElementsOf(FEATURES);
    assertThat(trained.model().importances().stream().mapToDouble(FeatureImportance::weight).sum())
        .isBetween(0.999999, 1.000001);
  }

  @Test
  void theHoldoutDecidesNothingButAcceptance() {
    ModelSpec spec =
        spec(LabelKind.CLASSIFICATION, List.of(candidate(Algorithm.LOGISTIC_REGRESSION)));
    Trained honest = Training.run(classes(1500), spec, Optional.empty());
    Trained flipped =
        Training.run(
            classes(1500)
                .withColumn("label", expr("if(part = 'holdout', 1 - label, label)"))
                .withColumn("x", expr("if(part = 'holdout', x + 1000, x)")),
            spec,
            Optional.empty());
    assertThat(flipped.modelHash()).isEqualTo(honest.modelHash());
    assertThat(flipped.holdout()).isNotEqualTo(honest.holdout());
  }

  @Test
  void theSameSetGivesTheSameResultAndAChampionScoresTheSameRows() {
    Accept rule = new Accept.AgainstChampion(Metric.PR_AUC, 0.02, 0.95);
    ModelSpec spec =
        spec(LabelKind.CLASSIFICATION, List.of(candidate(Algorithm.LOGISTIC_REGRESSION)), rule);
    Trained first = Training.run(classes(1500), spec, Optional.empty());
    Trained equal =
        Training.run(
            shuffled(classes(1500)), spec, Optional.of(new Champion("v1", first.model()::predict)));
    assertThat(equal.modelHash()).isEqualTo(first.modelHash());
    assertThat(equal.candidates()).isEqualTo(first.candidates());
    assertThat(equal.holdout()).isEqualTo(first.holdout());
    assertThat(equal.checks().get(0).value()).hasValue(0.0);
    assertThat(equal.accepted()).isTrue();
    Trained beaten =
        Training.run(
            classes(1500),
            spec,
            Optional.of(new Champion("v2", rows -> rows.withColumn("prediction", col("label")))));
    assertThat(beaten.accepted()).isFalse();
    assertThat(beaten.reasons()).hasSize(1);
    assertThat(beaten.reasons().get(0))
        .startsWith("pr-auc is 0.9")
        .contains("champion v2 has 1.0000 over the same 500 rows: with confidence 95%")
        .endsWith("beyond the allowed loss of 0.02");
    assertThatThrownBy(
            () ->
                Training.run(
                    classes(1500),
                    spec,
                    Optional.of(
                        new Champion(
                            "v3",
                            rows -> rows.withColumn("prediction", lit(0.5)).where("id <> 1400")))))
        .hasMessage("Cannot compare with the champion: it kept 499 of 500 holdout rows");
  }

  @Test
  void whatCannotBeLearnedIsRefusedWithItsReason() {
    ModelSpec spec =
        spec(LabelKind.CLASSIFICATION, List.of(candidate(Algorithm.LOGISTIC_REGRESSION)));
    assertCannotTrain(
        classes(300).withColumn("label", lit(0.0)),
        spec,
        "Cannot train: all 200 labels of the train part are 0; both 0 and 1 must occur");
    assertCannotTrain(
        classes(300).withColumn("label", lit(null).cast("double")),
        spec,
        "Cannot train: the train part has no labelled row");
    assertCannotTrain(numbers(300), spec, "Cannot train: 300 labels are neither 0 nor 1");
    assertCannotTrain(
        classes(300).withColumn("label", expr("double(id >= 180)")),
        spec,
        "Cannot train: all 160 labels of the train part before 2013-01-01T02:39:12Z are 0; both 0"
            + " and 1 must occur");
  }

  private static void assertCannotTrain(Dataset<Row> set, ModelSpec spec, String message) {
    assertThatThrownBy(() -> Training.run(set, spec, Optional.empty()))
        .isInstanceOf(CannotTrainException.class)
        .hasMessage(message);
  }

  @Test
  void predictingKeepsOtherColumns() {
    Model model =
        fit(
            classes(600),
            spec(LabelKind.CLASSIFICATION, List.of(candidate(Algorithm.LOGISTIC_REGRESSION))));
    Dataset<Row> input = classes(60).drop("label", "part").withColumn("prediction", lit("old"));
    Dataset<Row> predicted = model.predict(input);
    assertThat(predicted.columns())
        .containsExactlyInAnyOrder(Arrays.stream(input.columns()).toArray(String[]::new));
    assertThat(predicted.where(not(col("prediction").between(0, 1))).count()).isZero();
    assertThat(predicted.where(col("prediction").isNull()).count()).isZero();
  }
}
