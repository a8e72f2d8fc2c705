package dev.penstock.training;

import org.apache.spark.ml.PredictionModel;
import org.apache.spark.ml.classification.GBTClassificationModel;
import org.apache.spark.ml.classification.GBTClassifier;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.classification.RandomForestClassificationModel;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.regression.GBTRegressionModel;
import org.apache.spark.ml.regression.GBTRegressor;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.ml.regression.RandomForestRegressionModel;
import org.apache.spark.ml.regression.RandomForestRegressor;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The MLlib learner behind an algorithm and a kind of label: the one place that knows their names.
 *
 * <p>Input is the columns {@value #FEATURES} and {@value TrainingSet#LABEL}.
 */
enum Learner {
  LOGISTIC_REGRESSION {
    @Override
    PredictionModel<Vector, ?> fit(Dataset<Row> rows, GridPoint point, long seed) {
      return new LogisticRegression()
          .setRegParam(point.number("regParam"))
          .setElasticNetParam(point.number("elasticNetParam"))
          .setMaxIter(point.whole("maxIter"))
          .setTol(point.number("tol"))
          .fit(rows);
    }

    @Override
    MLReader<? extends PredictionModel<Vector, ?>> reader() {
      return LogisticRegressionModel.read();
    }
  },
  LINEAR_REGRESSION {
    @Override
    PredictionModel<Vector, ?> fit(Dataset<Row> rows, GridPoint point, long seed) {
      return new LinearRegression()
          .setRegParam(point.number("regParam"))
          .setElasticNetParam(point.number("elasticNetParam"))
          .setMaxIter(point.whole("maxIter"))
          .setTol(point.number("tol"))
          .fit(rows);
    }

    @Override
    MLReader<? extends PredictionModel<Vector, ?>> reader() {
      return LinearRegressionModel.read();
    }
  },
  FOREST_CLASSIFIER {
    @Override
    PredictionModel<Vector, ?> fit(Dataset<Row> rows, GridPoint point, long seed) {
      return new RandomForestClassifier()
          .setNumTrees(point.whole("numTrees"))
          .setMaxDepth(point.whole("maxDepth"))
          .setMaxBins(point.whole("maxBins"))
          .setMinInstancesPerNode(point.whole("minInstancesPerNode"))
          .setMinInfoGain(point.number("minInfoGain"))
          .setSubsamplingRate(point.number("subsamplingRate"))
          .setFeatureSubsetStrategy(point.text("featureSubsetStrategy"))
          .setSeed(seed)
          .fit(rows);
    }

    @Override
    MLReader<? extends PredictionModel<Vector, ?>> reader() {
      return RandomForestClassificationModel.read();
    }
  },
  FOREST_REGRESSOR {
    @Override
    PredictionModel<Vector, ?> fit(Dataset<Row> rows, GridPoint point, long seed) {
      return new RandomForestRegressor()
          .setNumTrees(point.whole("numTrees"))
          .setMaxDepth(point.whole("maxDepth"))
          .setMaxBins(point.whole("maxBins"))
          .setMinInstancesPerNode(point.whole("minInstancesPerNode"))
          .setMinInfoGain(point.number("minInfoGain"))
          .setSubsamplingRate(point.number("subsamplingRate"))
          .setFeatureSubsetStrategy(point.text("featureSubsetStrategy"))
          .setSeed(seed)
          .fit(rows);
    }

    @Override
    MLReader<? extends PredictionModel<Vector, ?>> reader() {
      return RandomForestRegressionModel.read();
    }
  },
  BOOSTED_CLASSIFIER {
    @Override
    PredictionModel<Vector, ?> fit(Dataset<Row> rows, GridPoint point, long seed) {
      return new GBTClassifier()
          .setMaxIter(point.whole("maxIter"))
          .setMaxDepth(point.whole("maxDepth"))
          .setStepSize(point.number("stepSize"))
          .setMaxBins(point.whole("maxBins"))
          .setMinInstancesPerNode(point.whole("minInstancesPerNode"))
          .setMinInfoGain(point.number("minInfoGain"))
          .setSubsamplingRate(point.number("subsamplingRate"))
          .setFeatureSubsetStrategy(point.text("featureSubsetStrategy"))
          .setSeed(seed)
          .fit(rows);
    }

    @Override
    MLReader<? extends PredictionModel<Vector, ?>> reader() {
      return GBTClassificationModel.read();
    }
  },
  BOOSTED_REGRESSOR {
    @Override
    PredictionModel<Vector, ?> fit(Dataset<Row> rows, GridPoint point, long seed) {
      return new GBTRegressor()
          .setMaxIter(point.whole("maxIter"))
          .setMaxDepth(point.whole("maxDepth"))
          .setStepSize(point.number("stepSize"))
          .setMaxBins(point.whole("maxBins"))
          .setMinInstancesPerNode(point.whole("minInstancesPerNode"))
          .setMinInfoGain(point.number("minInfoGain"))
          .setSubsamplingRate(point.number("subsamplingRate"))
          .setFeatureSubsetStrategy(point.text("featureSubsetStrategy"))
          .setSeed(seed)
          .fit(rows);
    }

    @Override
    MLReader<? extends PredictionModel<Vector, ?>> reader() {
      return GBTRegressionModel.read();
    }
  };

  /** The vector column; MLlib's default name, so that saved models open elsewhere as they are. */
  static final String FEATURES = "features";

  static Learner of(Algorithm algorithm, LabelKind kind) {
    boolean classes = kind == LabelKind.CLASSIFICATION;
    return switch (algorithm) {
      case LOGISTIC_REGRESSION -> LOGISTIC_REGRESSION;
      case LINEAR_REGRESSION -> LINEAR_REGRESSION;
      case RANDOM_FOREST -> classes ? FOREST_CLASSIFIER : FOREST_REGRESSOR;
      case GRADIENT_BOOSTED_TREES -> classes ? BOOSTED_CLASSIFIER : BOOSTED_REGRESSOR;
    };
  }

  abstract PredictionModel<Vector, ?> fit(Dataset<Row> rows, GridPoint point, long seed);

  abstract MLReader<? extends PredictionModel<Vector, ?>> reader();

  PredictionModel<Vector, ?> load(SparkSession spark, String path) {
    return reader().session(spark).load(path);
  }
}
