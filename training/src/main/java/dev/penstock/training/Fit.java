package dev.penstock.training;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.PredictionModel;
import org.apache.spark.ml.classification.GBTClassificationModel;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.classification.RandomForestClassificationModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.regression.GBTRegressionModel;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.ml.regression.RandomForestRegressionModel;
import org.apache.spark.ml.stat.Summarizer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Fits one grid point on canonical rows: equal rows and seed give an equal model. */
record Fit(GridPoint point, LabelKind labelKind, long seed) {
  Model on(FitRows rows) {
    Dataset<Row> encoded = rows.encoded(rows.partitions(point.algorithm()));
    PredictionModel<Vector, ?> fitted =
        Learner.of(point.algorithm(), labelKind).fit(encoded, point, seed);
    return new Model(
        point.algorithm(),
        labelKind,
        rows.encoding(),
        importances(rows.encoding(), elementWeights(fitted, encoded)),
        fitted);
  }

  private static double[] elementWeights(PredictionModel<Vector, ?> fitted, Dataset<Row> encoded) {
    if (fitted instanceof LogisticRegressionModel model) {
      return standardised(model.coefficients(), encoded);
    }
    if (fitted instanceof LinearRegressionModel model) {
      return standardised(model.coefficients(), encoded);
    }
    if (fitted instanceof RandomForestClassificationModel model) {
      return model.featureImportances().toArray();
    }
    if (fitted instanceof RandomForestRegressionModel model) {
      return model.featureImportances().toArray();
    }
    if (fitted instanceof GBTClassificationModel model) {
      return model.featureImportances().toArray();
    }
    return ((GBTRegressionModel) fitted).featureImportances().toArray();
  }

  private static double[] standardised(Vector coefficients, Dataset<Row> encoded) {
    Vector deviations =
        (Vector) encoded.select(Summarizer.std(col(Learner.FEATURES))).first().get(0);
    double[] weights = coefficients.toArray().clone();
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.abs(weights[i]) * deviations.apply(i);
    }
    return weights;
  }

  private static List<FeatureImportance> importances(Encoding encoding, double[] weights) {
    Map<String, Double> byFeature = new LinkedHashMap<>();
    List<String> features = encoding.featureOfElements();
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      byFeature.merge(features.get(i), weights[i], Double::sum);
      sum += weights[i];
    }
    List<FeatureImportance> importances = new ArrayList<>();
    for (var entry : byFeature.entrySet()) {
      importances.add(new FeatureImportance(entry.getKey(), sum == 0 ? 0 : entry.getValue() / sum));
    }
    importances.sort(
        Comparator.comparingDouble(FeatureImportance::weight)
            .reversed()
            .thenComparing(FeatureImportance::feature));
    return importances;
  }
}
