package dev.penstock.jobs.pipeline;

import dev.penstock.features.PointInTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What must hold for the rows that are predicted; finds their columns. */
final class CheckPredict {
  private static final String PATH = "model.predict";

  private final Pipeline pipeline;
  private final Map<String, StructType> schemas;
  private final Problems problems;

  /**
   * @param schemas columns by table
   */
  CheckPredict(Pipeline pipeline, Map<String, StructType> schemas, Problems problems) {
    this.pipeline = pipeline;
    this.schemas = schemas;
    this.problems = problems;
  }

  /** The columns that features can be made of; empty if they can't be told. */
  Optional<StructType> run(Model.Predict predict) {
    if (!CheckFeatures.requireTable(predict.each(), pipeline, problems, PATH + ".each")) {
      return Optional.empty();
    }
    Optional<Table> table = pipeline.table(predict.each());
    if (table.filter(each -> each.key().isEmpty()).isPresent()) {
      problems.add(
          PATH + ".each",
          "%s has no key; a prediction belongs to the key of its row".formatted(predict.each()));
    }
    Optional<StructType> columns = Optional.ofNullable(schemas.get(predict.each()));
    if (predict.asOf().isPresent() && !isSnapshot(predict, pipeline)) {
      columns.ifPresent(found -> rows(predict, found));
      return columns;
    }
    if (predict.asOf().isPresent()) {
      problems.add(
          PATH + ".as-of",
          "%s is a snapshot; its keys are predicted as of the end of each interval: leave as-of out"
              .formatted(predict.each()));
    }
    columns.ifPresent(found -> keys(predict, found));
    return columns.map(found -> withTimes(predict, found));
  }

  /** Whether the file says that keys are predicted. */
  static boolean isOfKeys(Model.Predict predict, Pipeline pipeline) {
    return isSnapshot(predict, pipeline) || predict.asOf().isEmpty() && predict.every().isPresent();
  }

  private static boolean isSnapshot(Model.Predict predict, Pipeline pipeline) {
    return pipeline
        .table(predict.each())
        .filter(table -> table instanceof Source source && source.snapshot())
        .isPresent();
  }

  private void rows(Model.Predict predict, StructType columns) {
    CheckTables.requireTimestamp(columns, predict.asOf().orElseThrow(), problems, PATH + ".as-of");
    Stream.of(
            predict.every().map(every -> "every"),
            predict.ahead().stream().findFirst().map(ahead -> "ahead"),
            predict.where().map(where -> "where"))
        .flatMap(Optional::stream)
        .forEach(
            key ->
                problems.add(
                    PATH + "." + key,
                    "goes without as-of: it is about keys as of the ends of intervals"));
  }

  private void keys(Model.Predict predict, StructType columns) {
    boolean unread = problems.isBroken(PATH + ".as-of") || problems.isBroken(PATH + ".every");
    if (!isOfKeys(predict, pipeline) && !unread) {
      problems.add(
          PATH,
          "has no as-of; name the TIMESTAMP column of %s that says as of when, or write every: %s to"
                  .formatted(predict.each(), pipeline.every().text())
              + " predict each of its keys as of the end of each interval");
    }
    if (predict.every().filter(every -> every.compareTo(pipeline.every()) > 0).isPresent()) {
      problems.add(
          PATH + ".every",
          "must not be longer than the pipeline's, %s".formatted(pipeline.every().text()));
    }
    if (new HashSet<>(predict.ahead()).size() < predict.ahead().size()) {
      problems.add(PATH + ".ahead", "names one time twice");
    }
    if (predict.ahead().stream().anyMatch(Duration::isZero)) {
      problems.add(PATH + ".ahead", "must be longer than 0s");
    }
    try {
      predict.where().ifPresent(sql -> Sql.predicate(sql, columns));
    } catch (IllegalArgumentException e) {
      problems.add(PATH + ".where", e.getMessage());
    }
    List<String> names = Arrays.asList(columns.fieldNames());
    for (String taken : withTimes(predict, new StructType()).fieldNames()) {
      if (names.contains(taken)) {
        problems.add(
            PATH + ".each",
            "%s has a column %s, a name that its keys' rows use otherwise; rename it"
                .formatted(predict.each(), taken));
      }
    }
  }

  private static StructType withTimes(Model.Predict predict, StructType columns) {
    StructType row = columns.add(PointInTime.AS_OF_TIME, DataTypes.TimestampType);
    return predict.ahead().isEmpty() ? row : row.add(Model.Predict.AHEAD, DataTypes.LongType);
  }
}
