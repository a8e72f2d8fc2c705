package dev.penstock.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.features.Aggregate;
import dev.penstock.lake.Cadence;
import dev.penstock.training.LabelKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelinesTest {
  /** A small correct file; mistakes are made by replacing parts of it. Lines are counted. */
  private static final String ORDERS =
      """
      pipeline: orders
      description: Will an order be returned?
      every: 1d
      sources:
        orders:
          csv: landing/orders/{date}.csv
          columns: order_id STRING, ordered_at TIMESTAMP, shop STRING, amount DOUBLE
          key: order_id
          event-time: ordered_at
          gate:
            quarantine:
              amount: amount > 0
            refuse:
              row-count: {at-least: 10}
              not-null: {shop: 95%}
              references: {shop: shops.shop}
        outcomes:
          json: landing/outcomes/{date}.json
          columns: order_id STRING, shop STRING, closed_at TIMESTAMP, returned BOOLEAN
          key: order_id
          event-time: closed_at
        shops: {parquet: landing/shops.parquet, columns: "shop STRING, city STRING", key: shop, snapshot: true}
      features:
        shop_returns:
          from: outcomes
          by: shop
          windows: [7d, 30d]
          aggregate: {return_share: share(returned), outcomes: count(*)}
        shop: {from: shops, by: shop, latest: city}
      model:
        predict: {each: orders, as-of: ordered_at}
        label: {from: outcomes, value: returned, matures-after: 14d}
        features:
          - shop_returns
          - shop
          - amount
          - hour: hour(ordered_at)
        split: {train: 30d..90d, holdout: 14d}
        candidates: [logistic-regression]
        choose-by: roc-auc
        accept:
          - {metric: roc-auc, at-least: 0.6}
      retrain: {any: [drift, age > 30d]}
      """;

  @TempDir private Path conf;
  private final Map<String, String> process = new HashMap<>();
  private final Map<String, String> values = new HashMap<>();
  private final Map<String, String> overrides = new HashMap<>();

  @BeforeEach
  void environments() throws IOException {
    Files.createDirectories(conf.resolve("pipelines"));
    Files.writeString(
        conf.resolve("environments.yaml"),
        """
        local: {warehouse: build/warehouse, values: {LANDING: landing}}
        prod: {warehouse: "/data/${ZONE:eu}", values: {LANDING: /mnt/landing}}
        """);
  }

  private Settings settings(String env) {
    return new Settings(conf, env, values, overrides, process::get);
  }

  private Pipelines.Loaded load(String text) {
    return Pipelines.load(write("orders", text).toString(), settings("local"));
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(conf.resolve("pipelines").resolve(name + ".yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The problems of a file, without its path: {@code line: key: sentence}. */
  private List<String> problems(String text) {
    Path file = write("orders", text);
    try {
      Pipelines.load(file.toString(), settings("local"));
      return List.of();
    } catch (PipelineFileException e) {
      return e.problems().stream().map(p -> p.toString().replace(file + ":", "")).toList();
    }
  }

  private List<String> problemsWith(String part, String replacement) {
    assertThat(ORDERS).contains(part);
    return problems(ORDERS.replace(part, replacement));
  }

  @Test
  void aCorrectFileHasNoProblem() {
    Pipelines.Loaded loaded = load(ORDERS);

    assertThat(loaded.labelKind()).contains(LabelKind.CLASSIFICATION);
    assertThat(loaded.warehouse()).isEqualTo("build/warehouse");
    assertThat(loaded.modelColumns())
        .containsExactly(
            "shop_returns__return_share_7d",
            "shop_returns__return_share_30d",
            "shop_returns__outcomes_7d",
            "shop_returns__outcomes_30d",
            "shop__city",
            "amount",
            "hour");
    assertThat(PipelineCheck.summary(loaded))
        .endsWith(
            "orders.yaml: ok, every 1d, 3 sources, 2 feature groups, a model of returned (true or"
                + " false) with 7 features");
  }

  @Test
  void valuesAreWhatTheFileSays() {
    Pipeline pipeline = load(ORDERS).pipeline();

    assertThat(pipeline.cadence().every()).isEqualTo(Cadence.Every.DAY);
    Source orders = pipeline.sources().get("orders");
    assertThat(orders.format()).isEqualTo(Source.Format.CSV);
    assertThat(orders.path()).isEqualTo("landing/orders/{date}.csv");
    assertThat(orders.key()).containsExactly("order_id");
    assertThat(orders.gate().refuse().notNull()).containsExactly(Map.entry("shop", 0.95));
    assertThat(orders.gate().referencedTables()).containsExactly("shops");
    assertThat(orders.gate().toGate().refuse())
        .extracting(rule -> rule.name())
        .containsExactly("row-count", "not-null", "references");
    Model model = pipeline.model().orElseThrow();
    assertThat(model.seed()).isEqualTo(42);
    assertThat(model.label().ifNone()).isEqualTo(Model.IfNone.UNLABELLED);
    assertThat(model.split().toSplit().trainMost()).isEqualTo(Duration.ofDays(90));
    assertThat(pipeline.monitor().drift().psi()).isEqualTo(0.2);
    assertThat(pipeline.retrain().orElseThrow().any())
        .containsExactly(
            new Retrain.Reason(Retrain.Kind.DRIFT, Optional.empty()),
            new Retrain.Reason(Retrain.Kind.AGE, Optional.of(Duration.ofDays(30))));
  }

  @Test
  void sixMistakesAreSixLines() {
    String text =
        ORDERS
            .replace("every: 1d", "every: 1 day")
            .replace("event-time: ordered_at", "event-tim: ordered_at")
            .replace("amount > 0", "amout > 0")
            .replace("from: outcomes\n    by", "from: outcome\n    by")
            .replace("hour(ordered_at)", "java_method('a', 'b')")
            .replace("choose-by: roc-auc", "choose-by: rmse");

    assertThat(problems(text))
        .containsExactly(
            "3: every: expected one of [15m, 1h, 1d, 1w, month], got '1 day'",
            "9: sources.orders.event-tim: is not a known key; did you mean 'event-time'?",
            "12: sources.orders.gate.quarantine.amount: there is no column amout; did you mean"
                + " 'amount'?",
            "25: features.shop_returns.from: there is no table outcome; did you mean 'outcomes'?",
            "37: model.features[3].hour: the function java_method is not allowed; allowed are listed"
                + " functions of the row, without clock or chance",
            "40: model.choose-by: rmse does not fit a label that is true or false; use one of"
                + " [roc-auc, pr-auc, log-loss, brier, accuracy]");
  }

  @Test
  void whatTheYamlItselfGetsWrong() {
    assertThat(problems(""))
        .containsExactly("1: the file is empty; ./penstock init writes a first one");
    assertThat(problems("a: [1, 2"))
        .containsExactly(
            "1: not YAML: while parsing a flow sequence, expected ',' or ']', but got <stream end>; an expression with a comma, a colon, a quote or a brace must be quoted as a whole");
    assertThat(problemsWith("every: 1d", "every: 1d\nevery: 1h"))
        .containsExactly("4: every: is given twice, first in line 3");
    assertThat(problemsWith("every: 1d", "every:"))
        .containsExactly("3: every: has no value; write one, or leave the key out");
    assertThat(problemsWith("every: 1d\n", ""))
        .containsExactly(
            "1: every: is missing; the interval that a run is about: 15m, 1h, 1d, 1w or month.");
    assertThat(problemsWith("predict: {each: orders, as-of: ordered_at}", "predict: orders"))
        .containsExactly("31: model.predict: expected keys with values, got 'orders'");
    assertThat(problemsWith("as-of: ordered_at", "as-of: [ordered_at]"))
        .containsExactly("31: model.predict.as-of: expected one value, got a list");
    assertThat(
            problemsWith("features:\n  shop_returns:", "features: &a\n  <<: *a\n  shop_returns:"))
        .contains("24: features: a key must be one word; write merged keys out");
  }

  @Test
  void anUnquotedCommaIsRecognised() {
    assertThat(
            problemsWith(
                "columns: \"shop STRING, city STRING\"", "columns: shop STRING, city STRING"))
        .containsExactly(
            "22: sources.shops.columns: an unquoted comma ends a value inside { }; quote it:"
                + " columns: \"shop STRING, city STRING\"");
    assertThat(problemsWith("value: returned", "value: coalesce(returned, false, true)"))
        .containsExactly(
            "32: model.label.value: an unquoted comma ends a value inside { }; quote it: value:"
                + " \"coalesce(returned, false, true)\"");
    assertThat(problemsWith("latest: city", "latest: [round(city, 2)]"))
        .containsExactly(
            "29: features.shop.latest: an unquoted comma splits 'round(city'; quote the whole"
                + " expression");
  }

  @Test
  void valuesAreReadByTheTypeThatIsWanted() {
    assertThat(problemsWith("14d}\n", "2 weeks}\n"))
        .contains(
            "32: model.label.matures-after: expected a duration, as 15m, 1h or 7d, got '2 weeks'");
    assertThat(problemsWith("at-least: 10", "at-least: ten"))
        .containsExactly(
            "14: sources.orders.gate.refuse.row-count.at-least: expected a whole number, got 'ten'");
    assertThat(problemsWith("at-least: 10", "at-least: -1"))
        .containsExactly(
            "14: sources.orders.gate.refuse.row-count.at-least: must not be negative, got -1");
    assertThat(problemsWith("{at-least: 10}", "{over: 7d}"))
        .containsExactly(
            "14: sources.orders.gate.refuse.row-count: needs a bound: at-least, at-most or"
                + " within-deviations");
    assertThat(problemsWith("shop: 95%", "shop: 95"))
        .containsExactly(
            "15: sources.orders.gate.refuse.not-null.shop: is a share from 0% to 100%, got 95");
    assertThat(problemsWith("shop: 95%", "shop: most"))
        .containsExactly(
            "15: sources.orders.gate.refuse.not-null.shop: expected a number, as 0.95 or 95%, got"
                + " 'most'");
    assertThat(problemsWith("shops.shop", "shops"))
        .containsExactly(
            "16: sources.orders.gate.refuse.references.shop: expected table.column, as"
                + " airlines.carrier, got 'shops'");
    assertThat(problemsWith("30d..90d", "90d..30d"))
        .containsExactly(
            "38: model.split.train: the most must not be below the least, got '90d..30d'");
    assertThat(problemsWith("age > 30d", "birthday"))
        .containsExactly(
            "43: retrain.any[1]: expected drift, performance or age > 30d, got 'birthday'");
    assertThat(problemsWith("[logistic-regression]", "[{logistic-regression: {regPram: 1}}]"))
        .containsExactly(
            "39: model.candidates[0].logistic-regression: regPram is not a known parameter of"
                + " logistic-regression; known: regParam, elasticNetParam, maxIter, tol");
    assertThat(problemsWith("metric: roc-auc, at-least: 0.6", "metric: roc_auc, at-least: 0.6"))
        .containsExactly(
            "42: model.accept[0].metric: expected one of [roc-auc, pr-auc, log-loss, brier,"
                + " accuracy, rmse, mae], got 'roc_auc'; did you mean 'roc-auc'?");
    assertThat(problemsWith("{metric: roc-auc, at-least: 0.6}", "{metric: roc-auc}"))
        .containsExactly(
            "42: model.accept[0]: needs either a bound (at-least, at-most) or against: champion");
  }

  @Test
  void columnsAreScalars() {
    assertThat(problemsWith("shop STRING, amount DOUBLE", "shop STRING, amount ARRAY<INT>"))
        .containsExactly(
            "7: sources.orders.columns: amount ARRAY<INT>: this type is not available yet;"
                + " available: STRING, BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE,"
                + " DECIMAL(p, s), DATE, TIMESTAMP");
    assertThat(problemsWith("shop STRING, amount DOUBLE", "shop STRNG, amount DOUBLE"))
        .containsExactly(
            "7: sources.orders.columns: expected name TYPE, name TYPE, ...: Unsupported data type"
                + " \"STRNG\"");
    assertThat(problemsWith("shop STRING, amount DOUBLE", "shop STRING, amount DOUBLE, Amount INT"))
        .containsExactly(
            "7: sources.orders.columns: 'Amount' is not a name; write lower-case words with _"
                + " between, as flight_id",
            "7: sources.orders.columns: Amount is declared twice");
    assertThat(problemsWith("shop STRING, amount DOUBLE", "shop STRING, amount DOUBLE, slice INT"))
        .containsExactly(
            "7: sources.orders.columns: 'slice' is a name that Penstock uses itself; choose"
                + " another");
    assertThat(
            load(ORDERS.replace("amount DOUBLE", "amount DECIMAL(10, 2) COMMENT 'in euro'"))
                .pipeline()
                .sources()
                .get("orders")
                .columns()
                .get(3))
        .hasToString("amount DECIMAL(10,2) COMMENT 'in euro'");
  }

  @Test
  void sourcesMustFitTogether() {
    assertThat(
            problemsWith(
                "key: order_id\n    event-time: ordered_at", "key: order\n    event-time: amount"))
        .containsExactly(
            "8: sources.orders.key: there is no column order; known: amount, order_id, ordered_at,"
                + " shop",
            "9: sources.orders.event-time: amount must be a TIMESTAMP, it is DOUBLE",
            "32: model.label.from: outcomes has no column order, which is in the predicted table's"
                + " key");
    assertThat(problemsWith("    event-time: ordered_at\n", ""))
        .containsExactly(
            "5: sources.orders: has no event-time; name the TIMESTAMP column that says when it"
                + " happened, or say snapshot: true if each file is the whole table");
    assertThat(
            problemsWith(
                "event-time: ordered_at",
                "event-time: ordered_at\n    known-after: 1h\n    known-time: ordered_at\n    newest-by: amont"))
        .containsExactly(
            "11: sources.orders.known-time: says the same as known-after; keep one of them",
            "12: sources.orders.newest-by: there is no column amont; did you mean 'amount'?");
    assertThat(
            problemsWith(
                "csv: landing/orders/{date}.csv", "csv: landing/orders/{day}.csv\n    json: x"))
        .containsExactly(
            "6: sources.orders.csv: has files of two formats; keep one of csv, json, parquet",
            "6: sources.orders.csv: {day} is not known; write {date}, or {date:yyyyMMdd} for"
                + " another format");
    assertThat(
            problemsWith(
                "csv: landing/orders/{date}.csv", "csv: landing/{date:yyyy}/{date:MM}.csv"))
        .containsExactly(
            "6: sources.orders.csv: yyyy/MM does not say which interval of every: 1d a file belongs"
                + " to; write {date:yyyyMMdd}");
    assertThat(
            problemsWith(
                "csv: landing/orders/{date}.csv", "csv: landing/{date:yyyy/MM}/{date}.csv"))
        .isEmpty();
    assertThat(
            problemsWith(
                "amount: amount > 0", "unique: order_id\n        references: {shop: shps.shop}"))
        .containsExactly(
            "12: sources.orders.gate.quarantine.unique: [order_id] is the table's key: its rows are"
                + " versions of one thing, and need no rule",
            "13: sources.orders.gate.quarantine.references.shop: there is no table shps; did you"
                + " mean 'shops'?");
    assertThat(
            problemsWith(
                "row-count: {at-least: 10}",
                "row-cuont: {at-least: 10}\n        mean_amount: {sql: amount, at-least: 1}"))
        .containsExactly(
            "14: sources.orders.gate.refuse.row-cuont: is not a known key; did you mean"
                + " 'row-count'?, or a rule of your own: {sql: AGGREGATE, at-least: ...}",
            "15: sources.orders.gate.refuse.mean_amount.sql: expected an aggregate over the slice,"
                + " as avg(amount), got amount");
  }

  @Test
  void expressionsAreOfTheRowAlone() {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("amount > rand()", "the function rand is not allowed");
    refused.put("ordered_at < now()", "the function now is not allowed");
    refused.put("ordered_at < current_timestamp", "current_timestamp");
    refused.put("ordered_at < current_date()", "current_date");
    refused.put(
        "ordered_at < TIMESTAMP 'now'",
        "reads the clock, which is not allowed: ordered_at < TIMESTAMP 'now'");
    refused.put(
        "amount > (SELECT max(amount) FROM orders)",
        "subqueries are not allowed; write a join in a table under tables");
    refused.put(
        "shop IN (SELECT shop FROM shops)",
        "subqueries are not allowed; write a join in a table under tables");
    refused.put(
        "reflect('java.lang.Runtime', 'getRuntime') = 'x'", "the function reflect is not allowed");
    refused.put("input_file_name() = 'x'", "the function input_file_name is not allowed");
    refused.put(
        "amount > avg(amount)", "avg is an aggregate; here an expression over one row is expected");
    refused.put(
        "rank() OVER (ORDER BY amount) = 1",
        "window functions (OVER) are allowed in the SQL of tables only");
    refused.put("amount", "expected a predicate (true or false), got amount of type DOUBLE");
    refused.put("amount >", "cannot understand 'amount >': Syntax error at or near end of input");
    refused.put("amount > 0 AND shop", "cannot understand 'amount > 0 AND shop': Cannot resolve");
    refused.put("lenght(shop) > 1", "the function lenght is not allowed; did you mean 'length'?");
    refused.put(
        "count(*) > 1", "count is an aggregate; here an expression over one row is expected");
    refused.put("default.my_udf(amount) > 1", "the function default.my_udf is not allowed");
    refused.forEach(
        (sql, sentence) -> {
          List<String> problems = problemsWith("amount: amount > 0", "amount: \"" + sql + "\"");
          assertThat(problems).as(sql).hasSize(1);
          assertThat(problems.get(0))
              .startsWith("12: sources.orders.gate.quarantine.amount: ")
              .contains(sentence);
        });
  }

  @Test
  void keysThatAreNotBuiltYetSaySo() {
    assertThat(problemsWith("every: 1d", "every: 1d\ntracking: mlflow"))
        .containsExactly("4: tracking: not available yet");
    assertThat(problemsWith("json: landing", "avro: x\n    json: landing"))
        .containsExactly("18: sources.outcomes.avro: not available yet");
    assertThat(problemsWith("choose-by: roc-auc", "choose-by: roc-auc\n  rollout: {stay: 2d}"))
        .containsExactly("41: model.rollout: not available yet");
  }

  private List<String> problemsWithLabel(String label) {
    return problemsWith("{from: outcomes, value: returned, matures-after: 14d}", label);
  }

  @Test
  void aLabelOfATimeAheadIsOverAggregatesOfItsEvents() {
    Pipelines.Loaded loaded =
        load(
            ORDERS.replace(
                "{from: outcomes, value: returned, matures-after: 14d}",
                "{from: outcomes, by: shop, value: 'count(*) BETWEEN 2 AND 9 AND first(length(\"🐟)\")) > 1"
                    + " OR coalesce(share(returned), 0) > 0.5', within: 90d}"));
    assertThat(loaded.labelKind()).contains(LabelKind.CLASSIFICATION);
    Model model = loaded.pipeline().model().orElseThrow();
    assertThat(model.maturity()).isEqualTo(Duration.ofDays(90));
    LabelWindow window = LabelWindow.of(model.label());
    assertThat(window.value())
        .isEqualTo(
            "`_label__value0_90d` BETWEEN 2 AND 9 AND `_label__value1_90d` > 1 OR"
                + " coalesce(`_label__value2_90d`, 0) > 0.5");
    assertThat(window.events().aggregate().values())
        .extracting(Aggregate::text)
        .containsExactly("count(*)", "first(length(\"🐟)\"))", "share(returned)", "count(*)");
    assertThat(window.count()).isEqualTo("_label__events_90d");
  }

  @Test
  void aLabelOfATimeAheadMustFit() {
    assertThat(problemsWithLabel("{from: outcomes, by: shop, value: count(*) > 0}"))
        .containsExactly(
            "32: model.label: has by without within; say how far ahead events count, as within: 90d");
    assertThat(problemsWithLabel("{from: outcomes, value: count(*) > 0, within: 90d}"))
        .containsExactly(
            "32: model.label: has within without by; name the columns that an event shares with the"
                + " predicted row");
    assertThat(problemsWithLabel("{from: outcomes, value: returned}"))
        .containsExactly(
            "32: model.label: has no matures-after; say how long after its as-of time a row's label"
                + " is final");
    assertThat(problemsWithLabel("{from: outcomes, by: shop, value: count(*) > 0, within: soon}"))
        .containsExactly(
            "32: model.label.within: expected a duration, as 15m, 1h or 7d, got 'soon'");
    assertThat(problemsWithLabel("{from: outcomes, value: count(*) > 0, within: soon}"))
        .containsExactly(
            "32: model.label.within: expected a duration, as 15m, 1h or 7d, got 'soon'");
    assertThat(
            problems(
                ORDERS
                    .replace(
                        "{from: outcomes, value: returned, matures-after: 14d}",
                        "{from: outcomes, by: shop, value: count(*) > 0, within: 90d}")
                    .replace("closed_at TIMESTAMP", "closed_at TIMESTAMP, amount INT")
                    .replace("by: shop, value", "by: [shop, amount], value")))
        .containsExactly(
            "32: model.label.by: amount is INT in outcomes and DOUBLE in the predicted table");
    assertThat(
            problems(
                ORDERS.replace(
                    "{from: outcomes, value: returned, matures-after: 14d}",
                    "{from: orders, by: amount, value: count(*) > 0, within: 90d}")))
        .containsExactly("32: model.label.by: amount is DOUBLE, which a key can't be");
    assertThat(problemsWithLabel("{from: outcomes, by: shop, value: returned, within: 0s}"))
        .containsExactly(
            "32: model.label.value: expected SQL over aggregates of events, as count(*) > 0, got"
                + " returned",
            "32: model.label.within: must be longer than 0s");
    assertThat(
            problemsWithLabel(
                "{from: outcomes, by: [shop, city, amount, returned, shop], value: count(*) > 0,"
                    + " within: 90d, matures-after: 2d}"))
        .containsExactly(
            "32: model.label.by: names one column twice",
            "32: model.label.matures-after: must be at least 90d, so far a label looks ahead, got 2d");
    assertThat(
            problemsWithLabel(
                "{from: outcomes, by: [shop, city, amount, returned], value: count(*) > 0, within:"
                    + " 90d}"))
        .containsExactly(
            "32: model.label.by: the predicted table orders has no column city",
            "32: model.label.by: the predicted table orders has no column returned",
            "32: model.label.by: there is no column amount; known: closed_at, order_id, returned,"
                + " shop",
            "32: model.label.by: there is no column city; known: closed_at, order_id, returned,"
                + " shop");
    Map<String, String> values = new LinkedHashMap<>();
    values.put(
        "count(*) > 0 AND returned", "returned stands outside of an aggregate; a label of a");
    values.put("sum(amont) > 0", "there is no column amont; known: closed_at, order_id, returned");
    values.put("mode(returned) > 0", "Cannot read the aggregate 'mode(returned)': expected one of");
    values.put("sum(count(*)) > 0", "count is an aggregate; here an expression over one row is");
    values.put("avg(shop) > 0", "expected a number, got shop of type STRING");
    values.put("max(shop)", "expected a predicate or a number, got max(shop) of type STRING");
    values.put("count(*) > rand()", "Cannot read the aggregate 'rand()': expected");
    values.put("count(*) OVER () > 1", "Cannot read the aggregate 'count(*) OVER ()': expected");
    values.forEach(
        (value, sentence) -> {
          List<String> problems =
              problemsWithLabel(
                  "{from: outcomes, by: shop, value: '%s', within: 90d}".formatted(value));
          assertThat(problems).as(value).hasSize(1);
          assertThat(problems.get(0)).startsWith("32: model.label.value: ").contains(sentence);
        });
    assertThat(
            problemsWithLabel(
                "{from: outcomes, by: shop, value: count(*), within: 90d, if-none: false}"))
        .contains("32: model.label.if-none: false needs a predicate under value, not a number");
  }

  @Test
  void aGroupCanBeInARole() {
    Pipelines.Loaded loaded =
        load(
            ORDERS
                .replace("shop STRING, amount", "shop STRING, other STRING, amount")
                .replace("- shop\n", "- shop\n    - {group: shop, by: {shop: other}}\n"));
    assertThat(loaded.modelColumns())
        .containsExactly(
            "shop_returns__return_share_7d",
            "shop_returns__return_share_30d",
            "shop_returns__outcomes_7d",
            "shop_returns__outcomes_30d",
            "shop__city",
            "shop_other__city",
            "amount",
            "hour");
    assertThat(problemsWith("- shop\n", "- {group: shop, by: {shop: other}}\n"))
        .containsExactly(
            "35: model.features[1]: shop is by shop, looked up in other, a column that the predicted"
                + " table orders has not");
    assertThat(problemsWith("- shop\n", "- {group: shop, by: {shp: shop}}\n"))
        .containsExactly(
            "35: model.features[1].by.shp: is no key column of shop; did you mean 'shop'?");
    assertThat(problemsWith("- shop\n", "- {group: shp, by: {shop: shop}}\n"))
        .containsExactly(
            "35: model.features[1].group: there is no feature group shp; did you mean 'shop'?");
    assertThat(problemsWith("- shop\n", "- {group: shop, bye: {shop: shop}}\n"))
        .containsExactly("35: model.features[1].bye: is not a known key; did you mean 'by'?");
    assertThat(problemsWith("- shop\n", "- {group: shop, by: {shop: amount}}\n"))
        .containsExactly(
            "35: model.features[1]: shop is by shop, which is STRING in shops and DOUBLE in the"
                + " predicted table");
  }

  @Test
  void anAggregateCanBeSplitByABoundedList() {
    String section = "{value: count(*), by: {shop: [berlin, bonn]}}";
    assertThat(
            load(ORDERS.replace("count(*)", section))
                .featureColumns()
                .get("shop_returns")
                .fieldNames())
        .containsExactly(
            "shop_returns__return_share_7d",
            "shop_returns__return_share_30d",
            "shop_returns__outcomes_berlin_7d",
            "shop_returns__outcomes_berlin_30d",
            "shop_returns__outcomes_bonn_7d",
            "shop_returns__outcomes_bonn_30d");
    assertThat(problemsWith("count(*)", "{value: count(*), by: {town: [bonn], shop: [New York]}}"))
        .containsExactly(
            "28: features.shop_returns.aggregate.outcomes.by: splits by one column; write where for"
                + " more",
            "28: features.shop_returns.aggregate.outcomes.by: there is no column town; known:"
                + " closed_at, order_id, returned, shop",
            "28: features.shop_returns.aggregate.outcomes.by.shop: 'New York' can't be part of a"
                + " column name; write where: shop = 'New York' under a name of its own");
  }

  @Test
  void aggregatesTakeWhatTheyCan() {
    Map<String, String> types =
        Map.of(
            "count(distinct shop)", "BIGINT",
            "stddev(order_id)", "expected a number, got order_id of type STRING",
            "last_k(closed_at, 2)", "ARRAY<TIMESTAMP>",
            "top_k(shop, 0)", "expected a whole number of values from 1 to 1000, got '0'",
            "first(returned)", "BOOLEAN",
            "median(CAST(shop AS INT))", "DOUBLE",
            "decayed_sum(1, 7x)", "expected a duration, as 15m, 1h or 7d, got '7x'");
    types.forEach(
        (aggregate, expected) -> {
          String text = ORDERS.replace("count(*)", '"' + aggregate + '"');
          if (expected.startsWith("expected")) {
            assertThat(problemsWith("count(*)", '"' + aggregate + '"'))
                .as(aggregate)
                .containsExactly("28: features.shop_returns.aggregate.outcomes: " + expected);
          } else {
            assertThat(
                    load(text)
                        .featureColumns()
                        .get("shop_returns")
                        .apply("shop_returns__outcomes_7d")
                        .dataType()
                        .sql())
                .as(aggregate)
                .isEqualTo(expected);
          }
        });
  }

  @Test
  void theKeysOfATableArePredictedAsOfTheEndsOfIntervals() {
    String shops =
        ORDERS
            .replace(
                "{each: orders, as-of: ordered_at}", "{each: shops, where: city <> '', ahead: 1d}")
            .replace(
                "{from: outcomes, value: returned, matures-after: 14d}",
                "{from: outcomes, by: shop, value: count(*) > 0, within: 1h}")
            .replace(
                "    - amount\n    - hour: hour(ordered_at)\n",
                "    - ahead\n    - hour: hour(as_of_time)\n");
    assertThat(load(shops).modelColumns())
        .containsExactly(
            "shop_returns__return_share_7d",
            "shop_returns__return_share_30d",
            "shop_returns__outcomes_7d",
            "shop_returns__outcomes_30d",
            "shop__city",
            "ahead",
            "hour");
    assertThat(load(shops).pipeline().model().orElseThrow().maturity())
        .isEqualTo(Duration.ofDays(1));
    assertThat(problems(shops.replace("{each: shops,", "{each: shops, as-of: city,")))
        .containsExactly(
            "31: model.predict.as-of: shops is a snapshot; its keys are predicted as of the end of"
                + " each interval: leave as-of out");
    assertThat(
            problems(
                shops
                    .replace(
                        "city <> '', ahead: 1d", "length(city), every: 1w, ahead: [30m, 1d, 24h]")
                    .replace("within: 1h", "within: 1h, matures-after: 2h")
                    .replace("city STRING\"", "city STRING, ahead INT\"")))
        .containsExactly(
            "31: model.predict.ahead: 30m is shorter than the label's within, 1h, which would begin"
                + " before the as-of time",
            "31: model.predict.ahead: names one time twice",
            "31: model.predict.each: shops has a column ahead, a name that its keys' rows use"
                + " otherwise; rename it",
            "31: model.predict.every: must not be longer than the pipeline's, 1d",
            "31: model.predict.where: expected a predicate (true or false), got length(city) of type"
                + " INT",
            "32: model.label.matures-after: must be at least 1d, so far a label looks ahead, got 2h");
    assertThat(
            problems(
                shops.replace(
                    "{from: outcomes, by: shop, value: count(*) > 0, within: 1h}",
                    "{from: outcomes, value: returned, matures-after: 14d}")))
        .containsExactly(
            "32: model.label: has no by and within; the label of a key is about the events of a time"
                + " ahead");
    assertThat(problemsWith(", as-of: ordered_at", ""))
        .containsExactly(
            "31: model.predict: has no as-of; name the TIMESTAMP column of orders that says as of"
                + " when, or write every: 1d to predict each of its keys as of the end of each"
                + " interval");
    assertThat(
            problemsWith(
                "as-of: ordered_at", "as-of: ordered_at, every: 1h, ahead: 1h, where: amount > 1"))
        .containsExactly(
            "31: model.predict.ahead: goes without as-of: it is about keys as of the ends of"
                + " intervals",
            "31: model.predict.every: goes without as-of: it is about keys as of the ends of"
                + " intervals",
            "31: model.predict.where: goes without as-of: it is about keys as of the ends of"
                + " intervals");
  }

  @Test
  void featuresAndModelMustFit() {
    assertThat(problemsWith("share(returned)", "mode(returned)"))
        .hasSize(1)
        .allMatch(
            p ->
                p.startsWith(
                    "28: features.shop_returns.aggregate.return_share: Cannot read the aggregate"));
    assertThat(
            load(ORDERS.replace("count(*)", "sum(CAST(order_id AS DECIMAL(10)))"))
                .featureColumns()
                .get("shop_returns")
                .apply("shop_returns__outcomes_7d")
                .dataType()
                .sql())
        .isEqualTo("DECIMAL(20,0)");
    assertThat(problemsWith("count(*)", "sum(shop)"))
        .containsExactly(
            "28: features.shop_returns.aggregate.outcomes: expected a number, got shop of type"
                + " STRING");
    assertThat(
            problemsWith("by: shop\n    windows: [7d, 30d]", "by: city\n    windows: [7d, 168h]"))
        .containsExactly(
            "26: features.shop_returns.by: there is no column city; known: closed_at, order_id,"
                + " returned, shop",
            "27: features.shop_returns.windows: names one length twice",
            "34: model.features[0]: shop_returns is by city, a column that the predicted table orders"
                + " has not");
    assertThat(problemsWith("as-of: ordered_at", "as-of: amount"))
        .containsExactly("31: model.predict.as-of: amount must be a TIMESTAMP, it is DOUBLE");
    assertThat(problemsWith("value: returned", "value: shop"))
        .containsExactly(
            "32: model.label.value: expected a predicate or a number, got shop of type STRING");
    assertThat(
            problemsWith("- amount", "- amount\n    - amount\n    - shop_retuns\n    - ordered_at"))
        .containsExactly(
            "37: model.features[3]: amount is listed twice",
            "38: model.features[4]: there is no feature group or column shop_retuns; did you mean"
                + " 'shop_returns'?",
            "39: model.features[5]: ordered_at is a TIMESTAMP, which a model cannot take; make a"
                + " number of it, as hour(...)");
    assertThat(problemsWith("[logistic-regression]", "[linear-regression]"))
        .containsExactly(
            "39: model.candidates[0]: linear-regression does not learn labels that are true or false");
    assertThat(problemsWith("[drift, age", "[drift, performance, age"))
        .containsExactly(
            "43: retrain.any: performance is not watched; write monitor: {performance: ...}");
  }

  @Test
  void derivedTablesReadDeclaredTablesOnly() {
    String tables =
        """
        tables:
          closed:
            sql: SELECT o.order_id, o.shop, c.closed_at, c.returned FROM orders o JOIN outcomes c ON o.order_id = c.order_id
            reads: {orders: 45d, outcomes: 45d}
            key: order_id
            event-time: closed_at
        features:
        """;
    String text = ORDERS.replace("features:\n  shop", tables + "  shop");
    assertThat(problems(text)).isEmpty();
    assertThat(load(text).schemas().get("closed").simpleString())
        .isEqualTo("struct<order_id:string,shop:string,closed_at:timestamp,returned:boolean>");
    assertThat(problems(text.replace("FROM orders o", "FROM csv.`/etc/passwd` o")))
        .containsExactly(
            "25: tables.closed.sql: reads csv./etc/passwd, which is not under reads; known: orders,"
                + " outcomes");
    assertThat(problems(text.replace("c.returned FROM", "rand() AS returned FROM")))
        .hasSize(1)
        .allMatch(p -> p.startsWith("25: tables.closed.sql: the function rand is not allowed"));
    assertThat(problems(text.replace("c.returned FROM", "c.retuned FROM")))
        .hasSize(1)
        .allMatch(p -> p.startsWith("25: tables.closed.sql: cannot understand"));
    assertThat(problems(text.replace("SELECT o.order_id", "INSERT INTO x SELECT o.order_id")))
        .hasSize(1)
        .allMatch(p -> p.startsWith("25: tables.closed.sql: expected one SELECT"));
    assertThat(problems(text.replace("outcomes: 45d}", "closed: 45d}")))
        .containsExactly("26: tables.closed.reads: goes in a circle: closed -> closed");
  }

  @Test
  void valuesComeFromSetThenProcessThenEnvironmentThenDefault() {
    String text = ORDERS.replace("csv: landing/", "csv: ${LANDING:here}/${PLACE:a}/");
    assertThat(path(text)).isEqualTo("landing/a/orders/{date}.csv");
    process.put("LANDING", "/process");
    assertThat(path(text)).isEqualTo("/process/a/orders/{date}.csv");
    values.put("LANDING", "/set");
    assertThat(path(text)).isEqualTo("/set/a/orders/{date}.csv");
    values.put("PLCE", "b");
    assertThat(problems(text))
        .containsExactly("--set PLCE: the file has no ${PLCE}; did you mean 'PLACE'?");
    values.clear();
    assertThat(problems(ORDERS.replace("csv: landing/", "csv: ${NOWHERE}/")))
        .containsExactly(
            "6: sources.orders.csv: ${NOWHERE} has no value; set it by --set NOWHERE=..., in the"
                + " process environment, or under local.values in "
                + conf.resolve("environments.yaml"));
  }

  private String path(String text) {
    return load(text).pipeline().sources().get("orders").path();
  }

  @Test
  void anEnvironmentIsChosenByName() {
    Path file = write("orders", ORDERS);
    assertThat(Pipelines.load(file.toString(), settings("prod")).warehouse()).isEqualTo("/data/eu");
    assertThatThrownBy(() -> Pipelines.load("orders", settings("prd")))
        .isInstanceOf(PipelineFileException.class)
        .hasMessage(
            "--env prd: %s has no such environment; did you mean 'prod'?"
                .formatted(conf.resolve("environments.yaml")));
    assertThatThrownBy(() -> Pipelines.load("oders", settings("local")))
        .isInstanceOf(PipelineFileException.class)
        .hasMessage(
            "oders: there is no such file, and no %s; did you mean 'orders'?"
                .formatted(conf.resolve("pipelines/oders.yaml")));
  }

  @Test
  void overridesReplaceKeys() {
    overrides.put("model.seed", "7");
    overrides.put("model.accept[0].at-least", "0.7");
    overrides.put("monitor.drift.psi", "0.1");
    Pipeline pipeline = load(ORDERS).pipeline();
    assertThat(pipeline.model().orElseThrow().seed()).isEqualTo(7);
    assertThat(pipeline.model().orElseThrow().accept().get(0).atLeast()).hasValue(0.7);
    assertThat(pipeline.monitor().drift().psi()).isEqualTo(0.1);

    overrides.put("model.seed", "seven");
    overrides.put("model.accept[3].at-least", "0.7");
    assertThat(problems(ORDERS))
        .containsExactly(
            "--override model.accept[3].at-least: the file has no place for this key path",
            "--override model.seed: model.seed: expected a whole number, got 'seven'");
  }

  @Test
  void secretsAreCheckedAndNeverPrinted() throws IOException {
    String text = ORDERS.replace("csv: landing/", "csv: https://${secret:TOKEN}@host/");
    process.put("PENSTOCK_SECRETS", conf.resolve("secrets").toString());
    assertThat(problems(text))
        .containsExactly(
            "6: sources.orders.csv: the secret TOKEN is missing; set it in the process environment,"
                + " or as the file "
                + conf.resolve("secrets/TOKEN"));
    Files.createDirectories(conf.resolve("secrets"));
    Files.write(conf.resolve("secrets/TOKEN"), "s3cret\n".getBytes(StandardCharsets.UTF_8));
    Pipeline pipeline = load(text).pipeline();
    assertThat(ResolvedText.of(pipeline)).contains("${secret:TOKEN}").doesNotContain("s3cret");
    assertThat(new Secrets(process::get).reveal(pipeline.sources().get("orders").path()))
        .isEqualTo("https://s3cret@host/orders/{date}.csv");
  }

  @Test
  void anEnvironmentMayHaveAnAirflow() throws IOException {
    Path environments = conf.resolve("environments.yaml");
    String text =
        """
        local:
          warehouse: w
          airflow: {url: "%s", user: admin, password: "%s"}
        """;
    Files.writeString(environments, text.formatted("https://host:8080/", "${secret:NOBODY_HAS}"));
    Pipelines.Loaded loaded = load(ORDERS.replace("landing/", "in/"));
    assertThat(loaded.airflow())
        .hasValue(new AirflowServer("https://host:8080", "admin", "${secret:NOBODY_HAS}"));
    Files.writeString(environments, text.formatted("http://host", "pw-in-the-clear"));
    assertThat(load(ORDERS).toString()).contains("admin at http://host").doesNotContain("in-the");
    for (String url :
        List.of("localhost:8080", "ftp://host", "http://", "http://a b", "http://host?x=1")) {
      Files.writeString(environments, text.formatted(url, "pw"));
      assertThat(problemsIn(environments))
          .containsExactly(
              "3: local.airflow.url: must be the http(s) address of an api-server, as http://localhost:8080, got '%s'"
                  .formatted(url));
    }
    Files.writeString(environments, text.formatted("http://admin:hush@host", "pw"));
    assertThat(problemsIn(environments))
        .singleElement()
        .asString()
        .endsWith("got 'http://...@host'");
    Files.writeString(environments, "local: {warehouse: w, airflow: {url: http://host, user: a}}");
    assertThat(problemsIn(environments))
        .containsExactly(
            "1: local.airflow.password: is missing; its password, as ${secret:AIRFLOW_PASSWORD}.");
  }

  private List<String> problemsIn(Path file) {
    try {
      load(ORDERS);
      return List.of();
    } catch (PipelineFileException e) {
      return e.getMessage().lines().map(line -> line.replace(file + ":", "")).toList();
    }
  }

  @Test
  void aTableHasOneOwner() {
    write("orders", ORDERS);
    String other =
        "pipeline: returns\nevery: 1d\nsources:\n  outcomes: {csv: x, columns: a STRING, key: a, snapshot: true}\n";
    Path file = write("returns", other);
    String sentence =
        ": sources.outcomes: %s declares it too, and a table has one owner; take it out here: uses: [%s] reads it from there; or choose another name";
    assertThatThrownBy(() -> Pipelines.load("returns", settings("local")))
        .isInstanceOf(PipelineFileException.class)
        .hasMessage(
            file + ":4" + sentence.formatted(conf.resolve("pipelines/orders.yaml"), "orders"));
    assertThatThrownBy(() -> Pipelines.loadAll(conf.resolve("pipelines"), settings("local")))
        .isInstanceOf(PipelineFileException.class)
        .hasMessage(
            file + ":4" + sentence.formatted(conf.resolve("pipelines/orders.yaml"), "orders"));
  }

  /** What {@link #ORDERS} declares but orders and the model, in a file of its own. */
  private static final String RETURNS =
      """
      pipeline: returns
      every: 1d
      sources:
        outcomes:
          json: landing/outcomes/{date}.json
          columns: order_id STRING, shop STRING, closed_at TIMESTAMP, returned BOOLEAN
          key: order_id
          event-time: closed_at
        shops: {parquet: landing/shops.parquet, columns: "shop STRING, city STRING", key: shop, snapshot: true}
      features:
        shop_returns:
          from: outcomes
          by: shop
          windows: [7d, 30d]
          aggregate: {return_share: share(returned), outcomes: count(*)}
        shop: {from: shops, by: shop, latest: city}
        city: {from: shops, by: city, latest: shop}
      """;

  /** {@link #ORDERS} without what {@link #RETURNS} declares. */
  private static final String USER =
      ORDERS
          .replaceAll("(?s)  outcomes:\\n    json.*?\\nmodel:", "model:")
          .replace("every: 1d", "every: 1d\nuses: [returns]");

  @Test
  void aFileNamesTablesAndGroupsOfTheFilesThatItUses() {
    List<String> columns = load(ORDERS).modelColumns();
    Pipeline alone = load(ORDERS).pipeline();
    write("returns", RETURNS);
    Pipelines.Loaded loaded = load(USER);

    assertThat(loaded.modelColumns()).isEqualTo(columns);
    assertThat(loaded.inputs())
        .containsExactly(Map.entry("outcomes", "returns"), Map.entry("shops", "returns"));
    assertThat(loaded.whole()).isEqualTo(alone);
    assertThat(Pipelines.parse(ResolvedText.of(loaded.whole())).whole()).isEqualTo(alone);
    assertThat(ResolvedText.of(loaded.pipeline()))
        .contains("uses: [returns]\n")
        .doesNotContain("outcomes:", "shop_returns:");
    assertThat(PipelineCheck.summary(loaded))
        .endsWith(
            "orders.yaml: ok, every 1d, uses returns, 1 source, a model of returned (true or false)"
                + " with 7 features");

    assertThat(Pipelines.loadAll(conf.resolve("pipelines"), settings("local")))
        .extracting(file -> file.pipeline().pipeline())
        .containsExactly("orders", "returns");

    String hash = ConfigHash.of(loaded.whole());
    assertThat(hash).isEqualTo(ConfigHash.of(alone));
    write("returns", RETURNS.replace("latest: shop}", "latest: shop, max-age: 9d}"));
    assertThat(ConfigHash.of(load(USER).whole())).as("a group nobody takes").isEqualTo(hash);
    write("returns", RETURNS.replace("[7d, 30d]", "[7d, 31d]"));
    assertThat(ConfigHash.of(load(USER).whole())).isNotEqualTo(hash);
  }

  @Test
  void whatAUsedFileUsesStaysOutOfSight() {
    int sources = RETURNS.indexOf("features:");
    write(
        "places",
        RETURNS.substring(0, sources).replace("returns", "places").replace("placesd", "returned"));
    write("returns", "pipeline: returns\nevery: 1d\nuses: places\n" + RETURNS.substring(sources));
    String own =
        "pipeline: orders\nevery: 1d\nuses: returns\nsources:\n"
            + "  orders: {csv: \"o/{date}.csv\", columns: \"order_id STRING, at TIMESTAMP, shop STRING\", key: order_id, event-time: at}\n";
    String model =
        USER.substring(USER.indexOf("model:"))
            .replace("ordered_at", "at")
            .replace("amount", "order_id")
            .replace("from: outcomes", "from: %s")
            .replace("each: orders", "each: orders");
    assertThat(problems(own + model.formatted("outcomes")))
        .containsExactly("8: model.label.from: there is no table outcomes; known: orders");
    Pipelines.Loaded loaded =
        load(
            own.replace("shop STRING", "shop STRING, returned BOOLEAN")
                + model.formatted("orders"));
    assertThat(loaded.modelColumns())
        .startsWith("shop_returns__return_share_7d")
        .contains("shop__city");
    assertThat(loaded.inputs())
        .containsExactly(Map.entry("outcomes", "places"), Map.entry("shops", "places"));
    assertThat(loaded.whole().sources()).containsOnlyKeys("orders", "outcomes", "shops");
    assertThat(loaded.whole().features()).containsOnlyKeys("shop_returns", "shop");
    assertThat(problems(own + "features: {here: {from: shops, by: shop, latest: city}}\n"))
        .containsExactly("6: features.here.from: there is no table shops; known: orders");
    assertThat(
            problems(own.replace("at}", "at, gate: {refuse: {references: {shop: shops.shop}}}}")))
        .containsExactly(
            "5: sources.orders.gate.refuse.references.shop: there is no table shops; known: orders");
  }

  @Test
  void usesNamesOtherFilesThatFit() {
    Path returns = write("returns", RETURNS);
    assertThat(problems(USER.replace("[returns]", "[retuns]")))
        .containsExactly(
            "4: uses[0]: there is no %s; did you mean 'returns'?"
                .formatted(conf.resolve("pipelines/retuns.yaml")));
    assertThat(problems(USER.replace("[returns]", "[returns, orders, returns]")))
        .containsExactly(
            "4: uses[1]: names this file itself, which needs no uses for what it declares",
            "4: uses[2]: returns is listed twice");
    assertThat(problems(USER.replace("every: 1d", "every: 1h\ntime-zone: Europe/Berlin")))
        .containsExactly(
            "5: uses[0]: returns cuts time every 1d in UTC, this file every 1h in Europe/Berlin;"
                + " give both one");
    assertThat(
            problems(
                USER.replace(
                    "sources:",
                    "sources:\n  shops: {csv: x, columns: shop STRING, key: shop, snapshot: true}")))
        .containsExactly(
            "6: sources.shops: %s declares it too, and a table has one owner; take it out here: uses: [returns] reads it from there; or choose another name"
                .formatted(returns));
    assertThat(
            problems(
                USER.replace(
                    "model:",
                    "features: {shops: {from: orders, by: shop, latest: amount}}\nmodel:")))
        .containsExactly(
            "4: uses[0]: returns brings a table shops, and there is a group of that name; give one of them another name");
    assertThat(
            problems(
                USER.replace(
                    "sources:",
                    "sources:\n  city: {csv: x, columns: shop STRING, key: shop, snapshot: true}")))
        .containsExactly(
            "4: uses[0]: returns brings a group city, and there is a table of that name; give one of them another name");

    write("returns", RETURNS.replace("key: shop,", "key: shp,"));
    assertThat(problems(USER))
        .containsExactly(
            returns + ":9: sources.shops.key: there is no column shp; did you mean 'shop'?");
    write("returns", RETURNS.replace("every: 1d", "every: 1d\nuses: orders"));
    assertThat(problems(USER))
        .containsExactly(returns + ":3: uses: goes in a circle: orders -> returns -> orders");
    assertThatThrownBy(() -> Pipelines.loadAll(conf.resolve("pipelines"), settings("local")))
        .isInstanceOf(PipelineFileException.class)
        .hasMessage(returns + ":3: uses: goes in a circle: orders -> returns -> orders");
  }

  @Test
  void valuesMayBeThoseOfAUsedFile() {
    write("returns", RETURNS.replace("json: landing/", "json: ${FEED}/"));
    assertThatThrownBy(() -> load(USER))
        .hasMessageContaining("returns.yaml:5: sources.outcomes.json: ${FEED} has no value");
    values.put("FEED", "/feed");
    overrides.put("model.seed", "7");
    Pipelines.Loaded loaded = load(USER);
    assertThat(loaded.whole().sources().get("outcomes").path())
        .isEqualTo("/feed/outcomes/{date}.json");
    assertThat(loaded.whole().model().orElseThrow().seed()).isEqualTo(7);
  }

  @Test
  void theResolvedFileIsTheSamePipeline() {
    Pipeline pipeline = load(ORDERS).pipeline();
    String resolved = ResolvedText.of(pipeline);
    assertThat(resolved)
        .contains("  seed: 42", "    psi: 0.2", "    if-none: unlabelled", "time-zone: UTC");
    assertThat(load(resolved).pipeline()).isEqualTo(pipeline);
  }

  @Test
  void theHashIsAboutMeaning() {
    Pipeline pipeline = load(ORDERS).pipeline();
    Pipeline reformatted =
        load(ORDERS
                .replace("14d}\n  features", "336h}   # two weeks\n  features")
                .replace(
                    "key: order_id\n    event-time: ordered_at",
                    "event-time: ordered_at\n    key: [order_id]")
                .replace("description: Will", "description: Shall")
                .replace("shop_returns:\n    from", "shop_returns:\n    description: All\n    from")
                .replace("count(*)}", "{value: count(*), description: How many}}")
                .replace("csv: landing/", "csv: /mnt/landing/"))
            .pipeline();
    assertThat(ConfigHash.of(reformatted)).isEqualTo(ConfigHash.of(pipeline)).hasSize(64);
    assertThat(ConfigHash.of(load(ORDERS.replace("amount > 0", "amount > 1")).pipeline()))
        .isNotEqualTo(ConfigHash.of(pipeline));
    assertThat(ConfigHash.text(pipeline.model().orElseThrow().split()))
        .isEqualTo("{train:\"30d..90d\",holdout:\"14d\"}");
  }
}
