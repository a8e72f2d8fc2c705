package dev.penstock.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The schema, the records and the reader know the same keys. */
class PipelineSchemaTest {
  private static final Path ROOT = Path.of(System.getProperty("penstock.root"));
  private static final Path SCHEMA = ROOT.resolve("conf/schema/pipeline.schema.json");

  /** Every key of the language, with a value that is not its default. */
  private static final String EVERYTHING =
      """
      pipeline: everything
      description: Every key that there is.
      every: 1h
      time-zone: Europe/Berlin
      uses: [customers]
      sources:
        orders:
          csv: landing/{date:yyyyMMddHH}.csv
          columns: order_id STRING, ordered_at TIMESTAMP, seen_at TIMESTAMP, shop STRING, amount DOUBLE, turn INT
          key: [order_id, shop]
          event-time: ordered_at
          known-time: seen_at
          newest-by: turn
          late-by: 2d
          gate:
            quarantine:
              unique: [[turn], [turn, amount]]
              references: {shop: shops.shop}
              amount: amount > 0
            refuse:
              row-count: {at-least: 1, at-most: 9, within-deviations: 3, over: 28d}
              quarantined: {at-most: 30%}
              not-null: {shop: 95%}
              unique: [amount, turn]
              references: {shop: shops.shop}
              fresh: {within: 36h}
              mean_amount: {sql: avg(amount), at-least: 1, at-most: 100}
            warn:
              row-count: {at-least: 5}
        outcomes:
          json: outcomes/{date}.json
          columns: order_id STRING, shop STRING, closed_at TIMESTAMP, returned BOOLEAN
          key: [order_id, shop]
          event-time: closed_at
          known-after: 1h
        shops: {parquet: shops.parquet, columns: "shop STRING, city STRING", key: shop, snapshot: true}
      tables:
        closed:
          sql: SELECT order_id, shop, closed_at, returned, known_from AS since FROM outcomes
          reads: {outcomes: 45d}
          key: [order_id, shop]
          event-time: closed_at
          known-time: since
          gate: {warn: {row-count: {at-least: 1}}}
        closed_again:
          sql: SELECT order_id, shop, closed_at, returned FROM closed
          reads: {closed: 45d}
          key: [order_id, shop]
          event-time: closed_at
          known-after: 0s
      features:
        shop_returns:
          description: How often orders of a shop come back.
          from: closed
          by: shop
          windows: [7d, 30d]
          aggregate:
            return_share: share(returned)
            returns: {value: count(*), where: returned, delay: 1d, description: Orders that came back}
            closings: {value: "last_k(closed_at, 3)", by: {shop: [berlin, bonn]}}
          latest: [returned]
          time-since-last: true
          max-age: 3d
          delay: 1h
          where: order_id <> '0'
      model:
        predict: {each: orders, as-of: ordered_at}
        label: {from: outcomes, by: shop, value: max(returned), within: 14d, if-none: false, matures-after: 15d}
        features: [shop_returns, amount, {double_amount: amount * 2}, {group: shop_returns, by: {shop: order_id}}]
        split: {train: 30d..90d, holdout: 14d}
        candidates: {random-forest: {maxDepth: [3, 5]}}
        choose-by: pr-auc
        seed: 7
        accept:
          - {metric: roc-auc, at-least: 0.6, at-most: 1, by: shop, min-rows: 50}
          - {metric: pr-auc, against: champion, may-lose: 0.02, confidence: 90%}
      monitor:
        drift: {psi: 0.3, over: 14d, min-rows: 100}
        performance: {metric: roc-auc, against: acceptance, may-lose: 0.05, over: 7d}
      retrain: {any: [drift, performance, age > 30d], cooldown: 7d}
      airflow: {start: 2026-01-31T00, tasks: per-source, connection: spark_prod, retries: 3, retry-later: 1h, timeout: 2h}
      """;

  /** The same with what excludes something there. */
  private static final String OF_KEYS =
      EVERYTHING
          .replace(
              "{each: orders, as-of: ordered_at}",
              "{each: shops, every: 15m, ahead: [14d, 15d], where: city <> ''}")
          .replace("amount, {double_amount: amount * 2}", "ahead")
          .replace("{shop: order_id}", "{shop: city}");

  @TempDir private Path folder;

  private List<Pipeline> everything() throws IOException {
    Files.writeString(folder.resolve("environments.yaml"), "local: {warehouse: w}");
    Files.writeString(
        Files.createDirectories(folder.resolve("pipelines")).resolve("customers.yaml"),
        """
        pipeline: customers
        every: 1h
        time-zone: Europe/Berlin
        sources: {customers: {csv: c.csv, columns: customer STRING, key: customer, snapshot: true}}
        """);
    List<Pipeline> all = new ArrayList<>();
    for (String text : List.of(EVERYTHING, OF_KEYS)) {
      Path file = Files.writeString(folder.resolve("everything.yaml"), text);
      all.add(Pipelines.load(file.toString(), Settings.local(folder)).pipeline());
    }
    return all;
  }

  @Test
  void theFileIsWhatTheRecordsSay() throws IOException {
    if (Boolean.getBoolean("penstock.write-schema")) {
      Files.createDirectories(SCHEMA.getParent());
      Files.writeString(SCHEMA, PipelineSchema.text());
    }
    assertThat(Files.readString(SCHEMA))
        .as("run the test with -Dpenstock.write-schema=true to write it anew")
        .isEqualTo(PipelineSchema.text());
  }

  @Test
  void everyKeyIsInTheSchemaWithADescription() throws IOException {
    JsonNode schema = new ObjectMapper().readTree(PipelineSchema.text());
    for (Class<?> type : sections()) {
      JsonNode section =
          type == Pipeline.class ? schema : schema.get("$defs").get(type.getSimpleName());
      JsonNode properties = section.findPath("properties");
      for (Shape.Field field : Shape.of(type).fields()) {
        if (!Shape.isNamed(type) && !field.isOther()) {
          assertThat(properties.path(field.key()).path("description").asText())
              .as("%s.%s", type.getSimpleName(), field.key())
              .isNotEmpty();
        }
      }
      Set<String> notYet = new TreeSet<>(Shape.notYet(type));
      Iterator<String> known = properties.fieldNames();
      known.forEachRemaining(key -> assertThat(notYet).doesNotContain(key));
    }
  }

  @Test
  void everyComponentIsReadFromItsKey() throws IOException {
    Set<String> read = new TreeSet<>();
    collect(everything(), read);
    Set<String> components = new TreeSet<>();
    for (Class<?> type : sections()) {
      Shape.of(type).fields().forEach(field -> components.add(name(type, field)));
    }
    components.remove("Performance.against"); // acceptance is the only choice
    read.remove("Performance.against");
    assertThat(read).isEqualTo(components);
  }

  @Test
  void everythingIsResolvedToItself() throws IOException {
    Path file = Files.createDirectories(folder.resolve("again")).resolve("everything.yaml");
    for (Pipeline pipeline : everything()) {
      Files.writeString(file, ResolvedText.of(pipeline));
      assertThat(Pipelines.load(file.toString(), Settings.local(folder)).pipeline())
          .isEqualTo(pipeline);
    }
  }

  @Test
  void everyFileOfTheProjectIsCorrect() {
    assertThat(
            Pipelines.loadAll(ROOT.resolve("conf/pipelines"), Settings.local(ROOT.resolve("conf"))))
        .extracting(loaded -> loaded.pipeline().pipeline())
        .contains("flights");
  }

  /** Names of the components that have a value other than their default in some record. */
  private static void collect(Object value, Set<String> names) {
    if (value instanceof Optional<?> optional) {
      optional.ifPresent(v -> collect(v, names));
    } else if (value instanceof List<?> list) {
      list.forEach(v -> collect(v, names));
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(v -> collect(v, names));
    } else if (value instanceof Record section && Shape.isSection(section.getClass())) {
      for (Shape.Field field : Shape.of(section.getClass()).fields()) {
        Object component = field.of(section);
        if (!component.equals(absent(field))) {
          names.add(name(section.getClass(), field));
        }
        collect(component, names);
      }
    }
  }

  private static Object absent(Shape.Field field) {
    Class<?> raw = field.component().getType();
    if (raw == OptionalDouble.class) {
      return OptionalDouble.empty();
    }
    if (raw == OptionalLong.class) {
      return OptionalLong.empty();
    }
    return field
        .defaultText()
        .map(text -> Defaults.value(field.type(), text))
        .orElse(Optional.empty());
  }

  private static String name(Class<?> type, Shape.Field field) {
    return type.getSimpleName() + "." + field.key();
  }

  /** All records that a pipeline file is made of. */
  private static Set<Class<?>> sections() {
    Set<Class<?>> found = new LinkedHashSet<>();
    List<Type> open = new ArrayList<>(List.of(Pipeline.class));
    for (int i = 0; i < open.size(); i++) {
      Type type = open.get(i);
      if (type instanceof ParameterizedType generic) {
        open.addAll(List.of(generic.getActualTypeArguments()));
      } else if (Shape.isSection(type) && found.add((Class<?>) type)) {
        Shape.of((Class<?>) type).fields().forEach(field -> open.add(field.type()));
      }
    }
    return found;
  }
}
