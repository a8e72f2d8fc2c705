package dev.penstock.training;

import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.penstock.lake.TableDefinition;
import java.sql.Timestamp;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** The table {@code models/versions}: one row per registered model, only ever appended to. */
public final class Versions {
  public static final TableDefinition TABLE =
      TableDefinition.ledger(
          "models/versions",
          new StructType()
              .add("pipeline", StringType, true, "The pipeline's name")
              .add("version", StringType, true, "v1, v2, ... within the pipeline")
              .add("slice", StringType, true, "The interval that it was trained for")
              .add("fingerprint", StringType, true, "Of the frozen training set")
              .add("algorithm", StringType, true, "As in the pipeline file")
              .add("parameters", StringType, true, "JSON, defaults included")
              .add("seed", LongType, true, "Of the fit")
              .add("metrics", StringType, true, "JSON, on the holdout")
              .add("candidates", StringType, true, "JSON, each with its validation metrics")
              .add("config_hash", StringType, true, "Of what training uses of the pipeline file")
              .add("feature_definitions", StringType, true, "JSON, frozen for scoring")
              .add("inputs", StringType, true, "JSON, slices and table versions read")
              .add("code_version", StringType, true, "Of Penstock")
              .add("model_hash", StringType, true, "SHA-256 over the model's numbers")
              .add("encoding", StringType, true, "JSON, how features become a vector")
              .add("importances", StringType, true, "JSON, per feature, they sum to 1")
              .add("partitions", IntegerType, true, "That the model was fitted on")
              .add("train_rows", LongType, true, "Labelled rows fitted on")
              .add("holdout_rows", LongType, true, "Labelled rows judged on")
              .add("baseline", StringType, true, "JSON, what drift compares with")
              .add("status", StringType, true, "accepted or rejected")
              .add("reasons", StringType, true, "JSON, sentences of the deciding checks")
              .add("run", StringType, true, "The run that trained it")
              .add("recorded_at", TimestampType, true, "When it was registered"));

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private Versions() {}

  static Row row(ModelVersion version) {
    Provenance from = version.provenance();
    return RowFactory.create(
        from.pipeline(),
        version.version(),
        from.slice(),
        from.fingerprint(),
        version.algorithm(),
        json(version.parameters()),
        version.seed(),
        json(version.metrics()),
        version.candidates(),
        from.configHash(),
        from.featureDefinitions(),
        from.inputs(),
        from.codeVersion(),
        version.modelHash(),
        version.encoding(),
        json(version.importances()),
        version.partitions(),
        version.trainRows(),
        version.holdoutRows(),
        from.baseline(),
        version.accepted() ? "accepted" : "rejected",
        json(version.reasons()),
        from.run(),
        Timestamp.from(from.recordedAt()));
  }

  static ModelVersion version(Row row) {
    return new ModelVersion(
        text(row, "version"),
        new Provenance(
            text(row, "pipeline"),
            text(row, "slice"),
            text(row, "fingerprint"),
            text(row, "config_hash"),
            text(row, "feature_definitions"),
            text(row, "inputs"),
            text(row, "code_version"),
            text(row, "baseline"),
            text(row, "run"),
            row.<Timestamp>getAs("recorded_at").toInstant()),
        text(row, "algorithm"),
        parsed(row, "parameters", new TypeReference<Map<String, String>>() {}),
        row.<Long>getAs("seed"),
        parsed(row, "metrics", new TypeReference<Map<String, Double>>() {}),
        text(row, "candidates"),
        text(row, "model_hash"),
        text(row, "encoding"),
        parsed(row, "importances", new TypeReference<List<FeatureImportance>>() {}),
        row.<Integer>getAs("partitions"),
        row.<Long>getAs("train_rows"),
        row.<Long>getAs("holdout_rows"),
        text(row, "status").equals("accepted"),
        parsed(row, "reasons", new TypeReference<List<String>>() {}));
  }

  static ModelVersion of(String version, Provenance provenance, Trained trained, long seed) {
    return new ModelVersion(
        version,
        provenance,
        trained.point().algorithm().text(),
        trained.point().parameters(),
        seed,
        byName(trained.holdout()),
        json(trained.candidates().stream().map(Versions::described).toList()),
        trained.modelHash(),
        trained.model().encoding().toJson(),
        trained.model().importances(),
        trained.partitions(),
        trained.trainRows(),
        trained.holdoutRows(),
        trained.accepted(),
        trained.reasons());
  }

  private static Map<String, Object> described(CandidateResult candidate) {
    return Map.of(
        "algorithm", candidate.point().algorithm().text(),
        "parameters", candidate.point().parameters(),
        "validation", byName(candidate.validation()),
        "chosen", candidate.chosen());
  }

  private static Map<String, Double> byName(Map<Metric, Double> metrics) {
    Map<String, Double> named = new LinkedHashMap<>();
    metrics.forEach((metric, value) -> named.put(metric.text(), value));
    return named;
  }

  private static String text(Row row, String column) {
    return row.getAs(column);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T parsed(Row row, String column, TypeReference<T> type) {
    try {
      return JSON.readValue(text(row, column), type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot read " + column + " of " + TABLE.name(), e);
    }
  }
}
