package dev.penstock.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that a reader without the pipeline file needs to compute a group and to explain it; kept with
 * the group's table as a text.
 *
 * @param group how it is computed
 * @param key key columns of the table that the group reads; empty if it has none
 * @param eventTime the event time column of that table
 * @param description what the group is about
 * @param descriptions what features are about, by the name of the aggregate or latest column; not
 *     all have one
 */
public record GroupDefinition(
    FeatureGroup group,
    List<String> key,
    String eventTime,
    Optional<String> description,
    Map<String, String> descriptions) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> KEYS =
      Set.of(
          "group",
          "description",
          "from",
          "key",
          "event-time",
          "by",
          "where",
          "delay",
          "windows",
          "aggregate",
          "latest",
          "time-since-last",
          "max-age",
          "descriptions");
  private static final Set<String> AGGREGATE_KEYS = Set.of("value", "where", "delay");

  public GroupDefinition {
    key = List.copyOf(key);
    descriptions = Collections.unmodifiableMap(new LinkedHashMap<>(descriptions));
  }

  /** The same for the group in a role, as {@link FeatureGroup#inRole} says. */
  GroupDefinition inRole(String role, Map<String, String> columns) {
    return new GroupDefinition(
        group.inRole(role, columns), key, eventTime, description, descriptions);
  }

  /** The group's features, in the order of its columns. */
  public List<Feature> features() {
    List<Feature> features = new ArrayList<>();
    String age =
        group.maxAge().map(a -> " if at most %s old".formatted(Durations.text(a))).orElse("");
    for (String column : group.latest()) {
      String computed = "newest %s%s%s".formatted(column, until(group.delay()), age);
      add(features, group.column(column), column, computed);
    }
    if (group.timeSinceLast()) {
      String since = FeatureGroup.SECONDS_SINCE_LAST;
      String computed = "seconds since the newest event%s%s".formatted(until(group.delay()), age);
      add(features, group.column(since), since, computed);
    }
    for (Map.Entry<String, Aggregate> named : group.aggregate().entrySet()) {
      Aggregate aggregate = named.getValue();
      String where = aggregate.where().map(" where %s"::formatted).orElse("");
      String until = until(group.delayOf(aggregate));
      for (Duration window : group.windows()) {
        String computed =
            "%s%s over %s%s".formatted(aggregate.text(), where, Durations.text(window), until);
        add(features, group.column(named.getKey(), window), named.getKey(), computed);
      }
    }
    return features;
  }

  private static String until(Duration delay) {
    return delay.isZero() ? "" : " until %s before".formatted(Durations.text(delay));
  }

  private void add(List<Feature> features, String column, String described, String computed) {
    String by = group.by().isEmpty() ? "" : " by " + String.join(", ", group.by());
    String where = group.where().map(" where %s"::formatted).orElse("");
    String source = "%s, from %s%s%s".formatted(computed, group.from(), by, where);
    String description = descriptions.get(described);
    features.add(
        new Feature(
            column.substring(group.name().length() + 2),
            column,
            description == null ? source : "%s (%s)".formatted(description, source)));
  }

  /** As {@link #parse} reads it: JSON with the keys of a pipeline file. Knows no roles. */
  public String text() {
    if (!group.by().equals(group.asOfBy())) {
      throw new IllegalStateException("A role belongs to who reads a group: " + group);
    }
    ObjectNode json = JSON.createObjectNode();
    json.put("group", group.name());
    description.ifPresent(text -> json.put("description", text));
    json.put("from", group.from());
    put(json, "key", key);
    json.put("event-time", eventTime);
    put(json, "by", group.by());
    group.where().ifPresent(sql -> json.put("where", sql));
    put(json, "delay", group.delay());
    put(json, "windows", group.windows().stream().map(Durations::text).toList());
    ObjectNode aggregates = JSON.createObjectNode();
    group.aggregate().forEach((name, each) -> aggregates.set(name, json(each)));
    json.set("aggregate", aggregates);
    put(json, "latest", group.latest());
    json.put("time-since-last", group.timeSinceLast());
    group.maxAge().ifPresent(age -> put(json, "max-age", age));
    ObjectNode texts = json.putObject("descriptions");
    descriptions.forEach(texts::put);
    return json.toString();
  }

  private static ObjectNode json(Aggregate aggregate) {
    ObjectNode json = JSON.createObjectNode().put("value", aggregate.text());
    aggregate.where().ifPresent(sql -> json.put("where", sql));
    put(json, "delay", aggregate.delay());
    return json;
  }

  private static void put(ObjectNode json, String name, Collection<String> values) {
    values.forEach(json.putArray(name)::add);
  }

  private static void put(ObjectNode json, String name, Duration duration) {
    if (!duration.isZero()) {
      json.put(name, Durations.text(duration));
    }
  }

  /**
   * Reads a definition.
   *
   * @throws IllegalArgumentException if it is none, or says what this version does not know
   */
  public static GroupDefinition parse(String text) {
    JsonNode json;
    try {
      json = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Cannot read the definition of a feature group", e);
    }
    String name = json.path("group").asText();
    requireKnown(name, json, KEYS);
    GroupBuilder group = FeatureGroup.named(name);
    group.over(json.path("from").asText());
    json.path("by").forEach(column -> group.by(column.asText()));
    find(json, "where").ifPresent(group::where);
    find(json, "delay").ifPresent(group::delay);
    json.path("windows").forEach(window -> group.window(window.asText()));
    json.path("aggregate")
        .fields()
        .forEachRemaining(each -> group.aggregate(each.getKey(), aggregate(name, each.getValue())));
    json.path("latest").forEach(column -> group.latest(column.asText()));
    if (json.path("time-since-last").asBoolean()) {
      group.timeSinceLast();
    }
    find(json, "max-age").ifPresent(group::maxAge);
    List<String> key = new ArrayList<>();
    json.path("key").forEach(column -> key.add(column.asText()));
    Map<String, String> descriptions = new LinkedHashMap<>();
    json.path("descriptions")
        .fields()
        .forEachRemaining(named -> descriptions.put(named.getKey(), named.getValue().asText()));
    return new GroupDefinition(
        group.build(),
        key,
        json.path("event-time").asText(),
        find(json, "description"),
        descriptions);
  }

  private static Aggregate aggregate(String group, JsonNode json) {
    requireKnown(group, json, AGGREGATE_KEYS);
    Aggregate aggregate = Aggregate.parse(json.path("value").asText());
    Aggregate delayed =
        find(json, "delay").map(Durations::parse).map(aggregate::delayed).orElse(aggregate);
    return find(json, "where").map(delayed::where).orElse(delayed);
  }

  private static Optional<String> find(JsonNode json, String name) {
    return Optional.ofNullable(json.get(name)).map(JsonNode::asText);
  }

  /** What is not known may change what is computed. */
  private static void requireKnown(String group, JsonNode json, Set<String> keys) {
    json.fieldNames()
        .forEachRemaining(
            key -> {
              if (!keys.contains(key)) {
                throw new IllegalArgumentException(
                    ("Cannot read the definition of the feature group %s: this version of Penstock"
                            + " does not know '%s'; use the version that wrote the table")
                        .formatted(group, key));
              }
            });
  }
}
