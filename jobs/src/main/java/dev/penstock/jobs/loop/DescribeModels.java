package dev.penstock.jobs.loop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import dev.penstock.training.Provenance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Tells people and machines about the registered models of a pipeline. */
public final class DescribeModels {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Models models;

  public DescribeModels(RunContext run) {
    this(new Models(run));
  }

  DescribeModels(Models models) {
    this.models = models;
  }

  /** The version of that name; a UserException names those that there are. */
  ModelVersion require(String version) {
    return models
        .find(version)
        .orElseThrow(
            () ->
                new Exit.UserException(
                    "There is no version %s; %s"
                        .formatted(
                            version,
                            models.versions().isEmpty()
                                ? "no version was trained yet"
                                : "versions: "
                                    + models.versions().stream()
                                        .map(ModelVersion::version)
                                        .collect(Collectors.joining(", ")))));
  }

  /** One line a version, oldest first. */
  public List<String> lines() {
    if (models.versions().isEmpty()) {
      return List.of("no version was trained yet");
    }
    List<String> lines = new ArrayList<>();
    lines.add(line("version", "interval", "algorithm", "metrics", "verdict"));
    for (ModelVersion version : models.versions()) {
      List<String> champion = championOf(version);
      lines.add(
          line(
              version.version(),
              version.provenance().slice(),
              version.algorithm(),
              metrics(version.metrics()),
              (version.accepted()
                      ? "accepted"
                      : "not accepted: " + String.join("; ", version.reasons()))
                  + (champion.isEmpty() ? "" : ", champion " + String.join(" and ", champion))));
    }
    return lines;
  }

  private static String line(
      String version, String interval, String algorithm, String metrics, String verdict) {
    return String.format(
        Locale.ROOT, "%-8s %-16s %-24s %-52s %s", version, interval, algorithm, metrics, verdict);
  }

  private static String metrics(Map<String, Double> metrics) {
    return new TreeMap<>(metrics)
        .entrySet().stream()
            .map(metric -> metric.getKey() + " " + number(metric.getValue()))
            .collect(Collectors.joining(", "));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  /** The spans in which a version was the champion, or will be. */
  private List<String> championOf(ModelVersion version) {
    List<String> spans = new ArrayList<>();
    List<Promotion> all = models.promotions();
    for (int i = 0; i < all.size(); i++) {
      Promotion promotion = all.get(i);
      if (promotion.version().equals(version.version())) {
        Optional<String> until =
            all.stream().skip(i + 1L).map(Promotion::fromSlice).min(String::compareTo);
        if (until.isEmpty() || until.get().compareTo(promotion.fromSlice()) > 0) {
          spans.add(
              "from "
                  + promotion.fromSlice()
                  + until.map(slice -> " until before " + slice).orElse(""));
        }
      }
    }
    return spans;
  }

  /** All versions, for machines. */
  public List<Map<String, Object>> json() {
    return models.versions().stream().map(this::json).toList();
  }

  /** All that a version was made from, for machines. */
  public Map<String, Object> json(String version) {
    return json(require(version));
  }

  private Map<String, Object> json(ModelVersion version) {
    Provenance from = version.provenance();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("version", version.version());
    json.put("pipeline", from.pipeline());
    json.put("interval", from.slice());
    json.put("accepted", version.accepted());
    json.put("reasons", version.reasons());
    json.put("algorithm", version.algorithm());
    json.put("parameters", new TreeMap<>(version.parameters()));
    json.put("seed", version.seed());
    json.put("metrics", new TreeMap<>(version.metrics()));
    json.put("candidates", parsed(version.candidates()));
    json.put("train_rows", version.trainRows());
    json.put("holdout_rows", version.holdoutRows());
    json.put("partitions", version.partitions());
    json.put("model_hash", version.modelHash());
    json.put("fingerprint", from.fingerprint());
    json.put("config_hash", from.configHash());
    json.put("inputs", parsed(from.inputs()));
    json.put("importances", version.importances());
    json.put("encoding", parsed(version.encoding()));
    json.put("feature_definitions", from.featureDefinitions());
    json.put("baseline", parsed(from.baseline()));
    json.put("code_version", from.codeVersion());
    json.put("run", from.run());
    json.put("recorded_at", from.recordedAt().toString());
    json.put(
        "promotions",
        models.promotions().stream()
            .filter(promotion -> promotion.version().equals(version.version()))
            .map(DescribeModels::json)
            .toList());
    return json;
  }

  private static Map<String, Object> json(Promotion promotion) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("kind", promotion.kind().name().toLowerCase(Locale.ROOT));
    json.put("from", promotion.fromSlice());
    json.put("instead_of", promotion.previous().orElse(null));
    json.put("actor", promotion.actor());
    json.put("reason", promotion.reason());
    json.put("evidence", promotion.evidence());
    json.put("recorded_at", promotion.recordedAt().toString());
    return json;
  }

  private static JsonNode parsed(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot read " + json, e);
    }
  }

  /** All that a version was made from, for people. */
  public List<String> lines(String name) {
    ModelVersion version = require(name);
    Provenance from = version.provenance();
    List<String> lines = new ArrayList<>();
    add(lines, "version", version.version() + " of " + from.pipeline());
    add(lines, "interval", from.slice());
    add(lines, "verdict", version.accepted() ? "accepted" : "not accepted");
    version.reasons().forEach(reason -> add(lines, "", reason));
    championOf(version).forEach(span -> add(lines, "champion", span));
    for (Promotion promotion : models.promotions()) {
      if (promotion.version().equals(name)) {
        add(
            lines,
            promotion.kind().name().toLowerCase(Locale.ROOT),
            "by %s, from %s: %s"
                .formatted(promotion.actor(), promotion.fromSlice(), promotion.reason()));
      }
    }
    add(lines, "algorithm", version.algorithm());
    new TreeMap<>(version.parameters()).forEach((key, value) -> add(lines, "", key + " " + value));
    add(lines, "seed", String.valueOf(version.seed()));
    add(
        lines,
        "rows",
        String.format(
            Locale.ROOT, "%,d to train, %,d held out", version.trainRows(), version.holdoutRows()));
    new TreeMap<>(version.metrics())
        .forEach((metric, value) -> add(lines, "metric", metric + " " + number(value)));
    for (JsonNode candidate : parsed(version.candidates())) {
      add(
          lines,
          candidate.path("chosen").asBoolean() ? "chosen" : "candidate",
          "%s %s: %s"
              .formatted(
                  candidate.path("algorithm").asText(),
                  candidate.path("parameters"),
                  candidate.path("validation")));
    }
    version
        .importances()
        .forEach(
            feature ->
                add(lines, "importance", number(feature.weight()) + " " + feature.feature()));
    parsed(from.inputs())
        .fields()
        .forEachRemaining(
            input ->
                add(
                    lines,
                    "input",
                    "%s slices %s, table version %s, fingerprint %s"
                        .formatted(
                            input.getKey(),
                            input.getValue().path("slices").asText(),
                            input.getValue().path("version"),
                            input.getValue().path("fingerprint").asText())));
    add(lines, "training set", "fingerprint " + from.fingerprint());
    add(lines, "config", "hash " + from.configHash());
    add(lines, "code", "version " + from.codeVersion());
    add(
        lines,
        "model",
        "hash %s, %d partitions".formatted(version.modelHash(), version.partitions()));
    add(lines, "run", from.run() + " at " + from.recordedAt());
    add(lines, "definitions", "the pipeline file as it was:");
    from.featureDefinitions().lines().forEach(line -> lines.add("  " + line));
    return lines;
  }

  private static void add(List<String> lines, String what, String text) {
    lines.add(String.format(Locale.ROOT, "%-13s %s", what, text));
  }
}
