package dev.penstock.jobs.pipeline;

import dev.penstock.features.DidYouMean;
import dev.penstock.training.Candidate;
import dev.penstock.training.LabelKind;
import dev.penstock.training.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What must hold for the model, the monitor and retraining; finds what the label is. */
final class CheckModel {
  private final Pipeline pipeline;
  private final Map<String, StructType> schemas;
  private final Map<String, StructType> groups;
  private final Problems problems;

  /**
   * @param pipeline the file as if it declared all that it may name
   * @param schemas columns by table
   * @param groups feature columns by group
   */
  CheckModel(
      Pipeline pipeline,
      Map<String, StructType> schemas,
      Map<String, StructType> groups,
      Problems problems) {
    this.pipeline = pipeline;
    this.schemas = schemas;
    this.groups = groups;
    this.problems = problems;
  }

  /** What the label is; empty without a model, or if it can't be told. */
  Optional<LabelKind> run() {
    if (pipeline.model().isEmpty()) {
      withoutModel();
      return Optional.empty();
    }
    Model model = pipeline.model().get();
    Optional<StructType> row = new CheckPredict(pipeline, schemas, problems).run(model.predict());
    Optional<LabelKind> kind = new CheckLabel(pipeline, schemas, problems).run(model);
    row.ifPresent(columns -> features(model, columns));
    row.ifPresent(columns -> accept(model, columns));
    kind.ifPresent(found -> kind(model, found));
    retrain();
    return kind;
  }

  private void withoutModel() {
    if (problems.isBroken("model")) {
      return;
    }
    if (pipeline.monitor().performance().isPresent()) {
      problems.add("monitor.performance", "is about a model, and the file has none");
    }
    if (pipeline.retrain().isPresent()) {
      problems.add("retrain", "is about a model, and the file has none");
    }
  }

  private void features(Model model, StructType row) {
    StructType all = row;
    for (Model.ModelFeature feature : model.features()) {
      if (feature.sql().isEmpty() && groups.containsKey(feature.name())) {
        for (StructField field : feature.inRole(groups.get(feature.name())).fields()) {
          all = all.add(field);
        }
      }
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < model.features().size(); i++) {
      Model.ModelFeature feature = model.features().get(i);
      String path = "model.features[%d]".formatted(i);
      if (!seen.add(feature.role())) {
        problems.add(path, "%s is listed twice".formatted(feature.role()));
      }
      if (feature.sql().isPresent()) {
        named(path + "." + feature.name(), feature, row, all);
      } else {
        groupOrColumn(path, feature, row);
      }
    }
    if (model.features().isEmpty() && !problems.isBrokenWithin("model.features")) {
      problems.add("model.features", "names no feature");
    }
  }

  private void named(String path, Model.ModelFeature feature, StructType row, StructType all) {
    Names.problem(feature.name(), Names.RESERVED_FEATURES)
        .ifPresent(sentence -> problems.add(path, sentence));
    boolean taken =
        pipeline.features().containsKey(feature.name())
            || Arrays.asList(row.fieldNames()).contains(feature.name());
    if (taken) {
      problems.add(
          path, "%s is a group or a column already; choose another name".formatted(feature.name()));
    }
    try {
      usable(path, feature.name(), Sql.ofARow(feature.sql().orElseThrow(), all));
    } catch (IllegalArgumentException e) {
      problems.add(path, e.getMessage());
    }
  }

  private void groupOrColumn(String path, Model.ModelFeature feature, StructType row) {
    String name = feature.name();
    List<String> columns = List.of(row.fieldNames());
    boolean isGroup = pipeline.features().containsKey(name);
    if (isGroup) {
      group(path, feature, row);
    } else if (!feature.by().isEmpty()) {
      problems.add(
          path + ".group",
          "there is no feature group %s; %s"
              .formatted(name, DidYouMean.hint(name, pipeline.features().keySet())));
    } else if (columns.contains(name)) {
      Names.problem(name, Names.RESERVED_FEATURES).ifPresent(s -> problems.add(path, s));
      usable(path, name, row.apply(name).dataType());
    } else if (!problems.isBroken("features." + name)) {
      Set<String> known = new LinkedHashSet<>(pipeline.features().keySet());
      known.addAll(columns);
      problems.add(
          path,
          "there is no feature group or column %s; %s"
              .formatted(name, DidYouMean.hint(name, known)));
    }
  }

  private void group(String path, Model.ModelFeature feature, StructType row) {
    String name = feature.name();
    GroupSection group = pipeline.features().get(name);
    StructType from = schemas.get(group.from());
    for (String column : feature.by().keySet()) {
      if (!group.by().contains(column)) {
        problems.add(
            path + ".by." + column,
            "is no key column of %s; %s".formatted(name, DidYouMean.hint(column, group.by())));
      }
    }
    for (String column : group.by()) {
      String there = feature.by().getOrDefault(column, column);
      Optional<StructField> here =
          Arrays.stream(row.fields()).filter(f -> f.name().equals(there)).findFirst();
      if (here.isEmpty()) {
        problems.add(
            path,
            "%s is by %s, a column that the predicted table %s has not"
                .formatted(
                    name,
                    there.equals(column) ? column : column + ", looked up in " + there,
                    pipeline.model().orElseThrow().predict().each()));
      } else if (from != null
          && Arrays.asList(from.fieldNames()).contains(column)
          && !from.apply(column).dataType().equals(here.get().dataType())) {
        problems.add(
            path,
            "%s is by %s, which is %s in %s and %s in the predicted table"
                .formatted(
                    name,
                    column,
                    from.apply(column).dataType().sql(),
                    group.from(),
                    here.get().dataType().sql()));
      }
    }
  }

  /** Dates, timestamps and lists are no numbers. */
  static boolean isUsable(DataType type) {
    return !type.equals(DataTypes.TimestampType)
        && !type.equals(DataTypes.DateType)
        && !(type instanceof ArrayType);
  }

  private void usable(String path, String name, DataType type) {
    if (!isUsable(type)) {
      problems.add(
          path,
          "%s is a %s, which a model cannot take; make a number of it, as hour(...)"
              .formatted(name, type.sql()));
    }
  }

  private void accept(Model model, StructType row) {
    for (int i = 0; i < model.accept().size(); i++) {
      String path = "model.accept[%d].by".formatted(i);
      model.accept().get(i).by().ifPresent(column -> CheckTables.find(row, column, problems, path));
    }
  }

  private void kind(Model model, LabelKind kind) {
    metric("model.choose-by", model.chooseBy(), kind);
    for (int i = 0; i < model.accept().size(); i++) {
      metric("model.accept[%d].metric".formatted(i), model.accept().get(i).metric(), kind);
    }
    pipeline
        .monitor()
        .performance()
        .ifPresent(performance -> metric("monitor.performance.metric", performance.metric(), kind));
    if (model.candidates().isEmpty() && !problems.isBrokenWithin("model.candidates")) {
      problems.add("model.candidates", "names no learner");
    }
    for (int i = 0; i < model.candidates().size(); i++) {
      Candidate candidate = model.candidates().get(i);
      if (!candidate.algorithm().learns(kind)) {
        problems.add(
            "model.candidates[%d]".formatted(i),
            "%s does not learn labels that are %s"
                .formatted(candidate.algorithm().text(), described(kind)));
      }
    }
  }

  private void metric(String path, Metric metric, LabelKind kind) {
    if (metric.kind() != kind) {
      problems.add(
          path,
          "%s does not fit a label that is %s; use one of %s"
              .formatted(
                  metric.text(),
                  described(kind),
                  new ArrayList<>(Metric.of(kind)).stream().map(Metric::text).toList()));
    }
  }

  private static String described(LabelKind kind) {
    return kind == LabelKind.CLASSIFICATION ? "true or false" : "a number";
  }

  private void retrain() {
    boolean performance =
        pipeline.retrain().stream()
            .flatMap(retrain -> retrain.any().stream())
            .anyMatch(reason -> reason.kind() == Retrain.Kind.PERFORMANCE);
    if (performance
        && pipeline.monitor().performance().isEmpty()
        && !problems.isBroken("monitor")) {
      problems.add("retrain.any", "performance is not watched; write monitor: {performance: ...}");
    }
  }
}
