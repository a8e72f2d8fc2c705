package dev.penstock.jobs.pipeline;

import dev.penstock.features.Durations;
import dev.penstock.training.LabelKind;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What must hold for the label; finds what it is. */
final class CheckLabel {
  private static final String PATH = "model.label";

  private final Pipeline pipeline;
  private final Map<String, StructType> schemas;
  private final Problems problems;

  /**
   * @param schemas columns by table
   */
  CheckLabel(Pipeline pipeline, Map<String, StructType> schemas, Problems problems) {
    this.pipeline = pipeline;
    this.schemas = schemas;
    this.problems = problems;
  }

  /** What the label is; empty if it can't be told. */
  Optional<LabelKind> run(Model model) {
    Model.Label label = model.label();
    boolean ahead =
        label.within().isPresent() || !label.by().isEmpty() || problems.isBroken(PATH + ".within");
    boolean usable = timeAhead(model);
    if (!CheckFeatures.requireTable(label.from(), pipeline, problems, PATH + ".from")
        || !schemas.containsKey(label.from())) {
      return Optional.empty();
    }
    String each = model.predict().each();
    if (ahead) {
      usable &= by(label, each);
    } else {
      keyOf(model.predict(), label.from());
    }
    StructType from = schemas.get(label.from());
    try {
      return kind(
          label,
          ahead
              ? LabelWindow.of(usable ? label : standIn(label)).type(from)
              : Sql.ofARow(label.value(), from));
    } catch (IllegalArgumentException e) {
      problems.add(PATH + ".value", e.getMessage());
      return Optional.empty();
    }
  }

  /** The same value, over events that are told by a column and a time which will do. */
  private static Model.Label standIn(Model.Label label) {
    return new Model.Label(
        label.from(),
        List.of("key"),
        label.value(),
        Optional.of(Duration.ofDays(1)),
        label.ifNone(),
        label.maturesAfter());
  }

  /** Whether a time ahead is given with what it needs. */
  private boolean timeAhead(Model model) {
    Model.Label label = model.label();
    Optional<Duration> within = label.within();
    if (within.isEmpty()) {
      if (!label.by().isEmpty()) {
        missing("within", "has by without within; say how far ahead events count, as within: 90d");
      } else if (label.maturesAfter().isEmpty() && !problems.isBroken(PATH + ".within")) {
        missing(
            "matures-after",
            "has no matures-after; say how long after its as-of time a row's label is final");
      }
      return false;
    }
    if (label.by().isEmpty()) {
      missing(
          "by",
          "has within without by; name the columns that an event shares with the predicted row");
    }
    if (within.get().isZero()) {
      problems.add(PATH + ".within", "must be longer than 0s");
    }
    Duration farthest = model.farthest().orElseThrow();
    label
        .maturesAfter()
        .filter(after -> after.compareTo(farthest) < 0)
        .ifPresent(
            after ->
                problems.add(
                    PATH + ".matures-after",
                    "must be at least %s, so far a label looks ahead, got %s"
                        .formatted(Durations.text(farthest), Durations.text(after))));
    for (Duration ahead : model.predict().ahead()) {
      if (ahead.compareTo(within.get()) < 0) {
        problems.add(
            "model.predict.ahead",
            "%s is shorter than the label's within, %s, which would begin before the as-of time"
                .formatted(Durations.text(ahead), Durations.text(within.get())));
      }
    }
    return !label.by().isEmpty() && !within.get().isZero();
  }

  private void missing(String key, String sentence) {
    if (!problems.isBroken(PATH + "." + key)) {
      problems.add(PATH, sentence);
    }
  }

  /** Whether events can be told by these columns. */
  private boolean by(Model.Label label, String each) {
    String path = PATH + ".by";
    if (new HashSet<>(label.by()).size() < label.by().size()) {
      problems.add(path, "names one column twice");
      return false;
    }
    boolean usable = true;
    for (String column : label.by()) {
      Optional<DataType> there =
          CheckTables.find(schemas.get(label.from()), column, problems, path)
              .map(StructField::dataType);
      Optional<DataType> here = predictedType(each, column);
      boolean both = there.isPresent() && here.isPresent();
      usable &= both;
      if (here.isEmpty() && schemas.containsKey(each)) {
        problems.add(path, "the predicted table %s has no column %s".formatted(each, column));
      } else if (both && !here.equals(there)) {
        problems.add(
            path,
            "%s is %s in %s and %s in the predicted table"
                .formatted(column, there.get().sql(), label.from(), here.get().sql()));
      } else if (both && isFraction(here.get())) {
        problems.add(path, "%s is %s, which a key can't be".formatted(column, here.get().sql()));
      }
    }
    return usable;
  }

  private Optional<DataType> predictedType(String each, String column) {
    return Optional.ofNullable(schemas.get(each)).stream()
        .flatMap(row -> Arrays.stream(row.fields()))
        .filter(field -> field.name().equals(column))
        .map(StructField::dataType)
        .findFirst();
  }

  private static boolean isFraction(DataType type) {
    return type.equals(DataTypes.DoubleType) || type.equals(DataTypes.FloatType);
  }

  private void keyOf(Model.Predict predict, String from) {
    if (CheckPredict.isOfKeys(predict, pipeline)) {
      problems.add(
          PATH, "has no by and within; the label of a key is about the events of a time ahead");
      return;
    }
    pipeline.table(predict.each()).ifPresent(each -> sameKey(each, from));
  }

  private void sameKey(Table each, String from) {
    Table table = pipeline.table(from).orElseThrow();
    List<String> columns = List.of(schemas.get(from).fieldNames());
    List<String> missing = each.key().stream().filter(column -> !columns.contains(column)).toList();
    if (!missing.isEmpty()) {
      problems.add(
          PATH + ".from",
          "%s has no column %s, which is in the predicted table's key"
              .formatted(from, String.join(", ", missing)));
    } else if (table.key().isEmpty() || !each.key().containsAll(table.key())) {
      problems.add(
          PATH + ".from",
          "%s must have the predicted table's key [%s] as its own, or a row has several labels"
              .formatted(from, String.join(", ", each.key())));
    }
  }

  private Optional<LabelKind> kind(Model.Label label, DataType type) {
    if (type.equals(DataTypes.BooleanType)) {
      return Optional.of(LabelKind.CLASSIFICATION);
    }
    if (Sql.isNumber(type)) {
      if (label.ifNone() == Model.IfNone.FALSE) {
        problems.add(PATH + ".if-none", "false needs a predicate under value, not a number");
      }
      return Optional.of(LabelKind.REGRESSION);
    }
    problems.add(
        PATH + ".value",
        "expected a predicate or a number, got %s of type %s".formatted(label.value(), type.sql()));
    return Optional.empty();
  }
}
