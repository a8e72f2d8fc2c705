package dev.penstock.training;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;

/**
 * How feature columns become a vector, frozen in a version. What it learns (medians, counts) does
 * not depend on the order of rows or tasks; applying it is a projection, without a job.
 *
 * @param features one per feature column, in order
 */
public record Encoding(List<EncodedFeature> features) {
  /** At most so many values of a text column get an element of their own. */
  public static final int MAX_VALUES = 30;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ELEMENT = "__element_";

  public Encoding {
    features = List.copyOf(features);
  }

  /**
   * Learns from the rows to fit on. Numbers and booleans: the median of the values there (exact; 0
   * if there is none) stands for a missing one, and an element says that it was missing, if any row
   * lacks it. Texts: the {@value #MAX_VALUES} most frequent values (ties by value), one element
   * each, one for all others, one for missing. NaN and infinite numbers are missing.
   *
   * <p>Triggers a job, and a second one if there are text columns.
   *
   * @throws IllegalArgumentException if a column is neither number, boolean nor text
   */
  public static Encoding learn(Dataset<Row> rows, List<String> features) {
    List<String> texts = features.stream().filter(name -> isText(rows, name)).toList();
    List<String> numbers = features.stream().filter(name -> !texts.contains(name)).toList();
    Map<String, EncodedFeature> learned = new HashMap<>();
    learned.putAll(learnNumbers(rows, numbers));
    learned.putAll(learnTexts(rows, texts));
    return new Encoding(features.stream().map(learned::get).toList());
  }

  private static boolean isText(Dataset<Row> rows, String feature) {
    DataType type = rows.schema().apply(feature).dataType();
    if (type instanceof StringType) {
      return true;
    }
    if (type instanceof NumericType || type instanceof BooleanType) {
      return false;
    }
    throw new IllegalArgumentException(
        "Cannot learn from feature %s: it is a %s; make it a number, a boolean or a text by named SQL"
            .formatted(feature, type.sql()));
  }

  private static Map<String, EncodedFeature> learnNumbers(Dataset<Row> rows, List<String> names) {
    if (names.isEmpty()) {
      return Map.of();
    }
    Column[] aggregates =
        names.stream()
            .flatMap(
                name -> {
                  Column value = EncodedFeature.Number.valueOrNull(name);
                  return Stream.of(
                      call_function("percentile", value, lit(0.5)),
                      sum(when(value.isNull(), 1L).otherwise(0L)));
                })
            .toArray(Column[]::new);
    Row learned =
        rows.agg(aggregates[0], Arrays.copyOfRange(aggregates, 1, aggregates.length)).first();
    Map<String, EncodedFeature> features = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      double median = learned.isNullAt(2 * i) ? 0 : learned.getDouble(2 * i);
      boolean missing = !learned.isNullAt(2 * i + 1) && learned.getLong(2 * i + 1) > 0;
      features.put(names.get(i), new EncodedFeature.Number(names.get(i), median, missing));
    }
    return features;
  }

  private static Map<String, EncodedFeature> learnTexts(Dataset<Row> rows, List<String> names) {
    if (names.isEmpty()) {
      return Map.of();
    }
    Column[] pairs =
        IntStream.range(0, names.size())
            .mapToObj(
                i -> struct(lit(i).as("feature"), EncodedFeature.column(names.get(i)).as("value")))
            .toArray(Column[]::new);
    List<Row> frequent =
        rows.select(explode(array(pairs)).as("pair"))
            .where(col("pair.value").isNotNull())
            .groupBy(col("pair.feature").as("feature"), col("pair.value").as("value"))
            .agg(count(lit(1)).as("rows"))
            .withColumn(
                "rank",
                row_number()
                    .over(Window.partitionBy("feature").orderBy(col("rows").desc(), col("value"))))
            .where(col("rank").leq(MAX_VALUES))
            .select("feature", "value")
            .collectAsList();
    Map<String, EncodedFeature> features = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      int feature = i;
      features.put(
          names.get(i),
          new EncodedFeature.Category(
              names.get(i),
              frequent.stream()
                  .filter(row -> row.getInt(0) == feature)
                  .map(row -> row.getString(1))
                  .sorted()
                  .toList()));
    }
    return features;
  }

  /** The names of the vector's elements, such as {@code carrier=UA}. */
  public List<String> elements() {
    return features.stream().flatMap(feature -> feature.elements().stream()).toList();
  }

  /** Per element of the vector, the feature column that it comes from. */
  List<String> featureOfElements() {
    return features.stream()
        .flatMap(feature -> feature.elements().stream().map(element -> feature.name()))
        .toList();
  }

  /**
   * Adds the column {@code vector}; triggers no job.
   *
   * @param rows with all feature columns
   */
  Dataset<Row> apply(Dataset<Row> rows, String vector) {
    List<Column> values =
        features.stream().flatMap(feature -> feature.expressions().stream()).toList();
    String[] names =
        IntStream.range(0, values.size()).mapToObj(i -> ELEMENT + i).toArray(String[]::new);
    List<Column> all = new ArrayList<>(List.of(col("*")));
    for (int i = 0; i < names.length; i++) {
      all.add(values.get(i).as(names[i]));
    }
    return new VectorAssembler()
        .setInputCols(names)
        .setOutputCol(vector)
        .transform(rows.select(all.toArray(Column[]::new)))
        .drop(names);
  }

  /** Canonical JSON: equal encodings have equal text. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * What {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException if the text is no encoding
   */
  public static Encoding fromJson(String json) {
    try {
      return JSON.readValue(json, Encoding.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Cannot read an encoding: " + e.getOriginalMessage(), e);
    }
  }
}
