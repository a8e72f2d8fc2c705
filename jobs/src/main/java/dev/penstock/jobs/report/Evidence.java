package dev.penstock.jobs.report;

import static org.apache.spark.sql.functions.asc;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.desc;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.RunRecord;
import dev.penstock.lake.Lake;
import dev.penstock.validation.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * What the ledgers and the quarantine hold of a pipeline; a query a method, aggregated before it is
 * collected.
 *
 * @param until the newest interval to tell of, by name
 * @param runs tokens of the runs whose outcome is in the ledger; what a killed one left is not told
 */
record Evidence(Lake lake, String pipeline, String until, Set<String> runs) {
  private static final int EXAMPLES = 3;
  private static final int EXAMPLE_RULES = 20;
  private static final int EXAMPLE_LENGTH = 400;
  private static final String WARNINGS =
      "slice(array_sort(flatten(collect_list("
          + "transform(warnings, w -> concat(slice, ' ', w))))), 1, 40)";

  static String source(String table) {
    return table.substring(table.indexOf('/') + 1);
  }

  /** The checks of each slice's newest attempt. */
  Dataset<Row> checks(String from) {
    Column newest = max("attempt").over(Window.partitionBy("table", "slice"));
    return lake.read("checks", Judged.schema(Check.SCHEMA))
        .where(col("pipeline").equalTo(pipeline).and(col("slice").between(from, until)))
        .where(col("run").isin(runs.toArray()))
        .withColumn("_newest", newest)
        .where(col("attempt").equalTo(col("_newest")));
  }

  /** How often each rule of a gate held. */
  List<ReportData.Rule> rules(Dataset<Row> checks) {
    return checks
        .where("severity IN ('quarantine', 'refuse', 'warn')")
        .groupBy("table", "severity", "rule", "subject")
        .agg(
            min("bound").as("bound"),
            count(when(col("verdict").equalTo("passed"), 1)).as("passed"),
            count(when(col("verdict").equalTo("failed"), 1)).as("failed"),
            count(when(col("verdict").equalTo("errored"), 1)).as("errored"))
        .orderBy("table", "severity", "rule", "subject")
        .collectAsList()
        .stream()
        .map(
            row ->
                new ReportData.Rule(
                    source(row.getAs("table")),
                    row.getAs("severity"),
                    row.getAs("rule"),
                    row.getAs("subject"),
                    row.getAs("bound"),
                    row.<Long>getAs("passed"),
                    row.<Long>getAs("failed"),
                    row.<Long>getAs("errored")))
        .toList();
  }

  /** The checks of acceptance, by version. */
  Map<String, List<Check>> acceptance() {
    Map<String, List<Check>> byVersion = new TreeMap<>();
    checks("")
        .where("severity = 'accept'")
        .orderBy("table", "rule", "subject")
        .collectAsList()
        .forEach(
            row -> {
              String table = row.getAs("table");
              byVersion
                  .computeIfAbsent(
                      table.substring(table.indexOf('@') + 1), version -> new ArrayList<>())
                  .add(Check.fromRow(row));
            });
    return byVersion;
  }

  /** The newest quarantined rows of each rule. */
  List<ReportData.Example> examples(String table, String from) {
    Dataset<Row> quarantine = lake.read(table);
    Column[] values =
        Stream.of(quarantine.columns())
            .filter(name -> !List.of("raw", "broken_rules", "slice").contains(name))
            .filter(name -> !name.startsWith("source_"))
            .map(name -> concat(lit(name + " "), col("`" + name + "`").cast("string")))
            .toArray(Column[]::new);
    var newestFirst =
        Window.partitionBy("rule")
            .orderBy(desc("slice"), asc("source_file"), asc("source_position"));
    return quarantine
        .where(col("slice").between(from, until))
        .withColumn("rule", explode(col("broken_rules")))
        .withColumn("_rank", row_number().over(newestFirst))
        .where(col("_rank").leq(EXAMPLES))
        .withColumn("values", concat_ws(" · ", values))
        .select(
            col("rule"),
            col("slice"),
            expr("concat_ws(', row ', source_file, cast(source_position AS STRING))").as("place"),
            expr("substring(coalesce(raw, values), 1, %d)".formatted(EXAMPLE_LENGTH)).as("values"))
        .orderBy("rule", "_rank")
        .limit(EXAMPLES * EXAMPLE_RULES)
        .collectAsList()
        .stream()
        .map(
            row ->
                new ReportData.Example(
                    row.getAs("rule"), row.getAs("slice"), row.getAs("place"), row.getAs("values")))
        .toList();
  }

  /** Runs of a job; a block of history is one, although each of its intervals has a row. */
  List<ReportData.Cost> costs(String from) {
    return lake
        .read(RunRecord.TABLE, RunRecord.SCHEMA)
        .where(col("pipeline").equalTo(pipeline).and(col("slice").between(from, until)))
        .groupBy("run", "job", "started_at")
        .agg(
            min("slice").as("first"),
            max("slice").as("last"),
            sum("rows").as("rows"),
            max("seconds").as("seconds"),
            max("core_seconds").as("core_seconds"),
            expr(WARNINGS).as("warnings"))
        .orderBy("first", "started_at")
        .collectAsList()
        .stream()
        .map(
            row ->
                new ReportData.Cost(
                    row.getAs("job"),
                    row.getAs("first"),
                    row.getAs("last"),
                    row.<Long>getAs("rows"),
                    row.<Double>getAs("seconds"),
                    row.<Double>getAs("core_seconds"),
                    row.getList(row.fieldIndex("warnings"))))
        .toList();
  }
}
