package dev.penstock.training;

import static org.apache.spark.ml.functions.vector_to_array;
import static org.apache.spark.sql.functions.col;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.apache.spark.ml.PredictionModel;
import org.apache.spark.ml.classification.ProbabilisticClassificationModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** A fitted model with everything that it needs to score rows: its encoding and MLlib's model. */
public final class Model {
  /**
   * DOUBLE, never null: the probability that the label is 1, or the estimate of the number. Added
   * by {@link #predict}.
   */
  public static final String PREDICTION = "prediction";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String VECTOR = "__vector";
  private static final String PROBABILITY = "__probability";

  /** What is saved beside MLlib's files. */
  private record Description(
      Algorithm algorithm,
      LabelKind labelKind,
      Encoding encoding,
      List<FeatureImportance> importances) {}

  private final Description description;
  private final PredictionModel<Vector, ?> fitted;

  Model(
      Algorithm algorithm,
      LabelKind labelKind,
      Encoding encoding,
      List<FeatureImportance> importances,
      PredictionModel<Vector, ?> fitted) {
    this(new Description(algorithm, labelKind, encoding, List.copyOf(importances)), fitted);
  }

  private Model(Description description, PredictionModel<Vector, ?> fitted) {
    this.description = description;
    this.fitted = fitted;
  }

  /** What it was learned by. */
  public Algorithm algorithm() {
    return description.algorithm();
  }

  /** What its predictions mean. */
  public LabelKind labelKind() {
    return description.labelKind();
  }

  /** The feature columns that rows to predict must have. */
  public List<String> features() {
    return description.encoding().features().stream().map(EncodedFeature::name).toList();
  }

  /** How the feature columns become a vector. */
  public Encoding encoding() {
    return description.encoding();
  }

  /**
   * All features, the most important first. For linear models the coefficients' absolute values
   * times the standard deviation of their element; for trees MLlib's importances; elements of one
   * feature are added up.
   */
  public List<FeatureImportance> importances() {
    return description.importances();
  }

  /**
   * Adds {@link #PREDICTION}, in place of a column of that name; triggers no job.
   *
   * @param rows with all of {@link #features}; other columns are kept
   */
  public Dataset<Row> predict(Dataset<Row> rows) {
    return predictEncoded(encoding().apply(rows, VECTOR), VECTOR).drop(VECTOR);
  }

  /** As {@link #predict}, for rows that carry the vector already. */
  Dataset<Row> predictEncoded(Dataset<Row> encoded, String vector) {
    ParamMap columns = new ParamMap().put(fitted.featuresCol().w(vector));
    if (fitted instanceof ProbabilisticClassificationModel<?, ?> classifier) {
      columns
          .put(classifier.probabilityCol().w(PROBABILITY))
          .put(classifier.rawPredictionCol().w(""))
          .put(classifier.predictionCol().w(""));
      return fitted
          .transform(encoded, columns)
          .withColumn(PREDICTION, vector_to_array(col(PROBABILITY), "float64").getItem(1))
          .drop(PROBABILITY);
    }
    columns.put(fitted.predictionCol().w(PREDICTION));
    return fitted.transform(encoded.drop(PREDICTION), columns);
  }

  /**
   * SHA-256 over the numbers that decide predictions: encoding, coefficients, splits and leaves.
   * Equal for models that predict alike to the last bit, whenever and wherever they were fitted.
   */
  public String canonicalHash() {
    return new CanonicalHash()
        .add(labelKind() + " " + algorithm() + " " + encoding().toJson())
        .add(fitted)
        .hex();
  }

  /** Writes the model into a folder, replacing what is there; {@code mllib/} in it is MLlib's. */
  public void save(SparkSession spark, String path) {
    try {
      ((MLWritable) fitted).write().session(spark).overwrite().save(path + "/mllib");
      spark
          .createDataset(List.of(JSON.writeValueAsString(description)), Encoders.STRING())
          .coalesce(1)
          .write()
          .mode(SaveMode.Overwrite)
          .text(path + "/penstock");
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException("Cannot save the model to " + path, e);
    }
  }

  /** What {@link #save} wrote. */
  public static Model load(SparkSession spark, String path) {
    String json = spark.read().textFile(path + "/penstock").first();
    try {
      Description description = JSON.readValue(json, Description.class);
      Learner learner = Learner.of(description.algorithm(), description.labelKind());
      return new Model(description, learner.load(spark, path + "/mllib"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot read the model at " + path, e);
    }
  }
}
