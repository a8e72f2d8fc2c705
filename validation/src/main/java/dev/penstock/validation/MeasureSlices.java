package dev.penstock.validation;

import static dev.penstock.validation.Gate.BROKEN_RULES;
import static dev.penstock.validation.Gate.SLICE;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.size;

import com.amazon.deequ.analyzers.Analyzer;
import com.amazon.deequ.analyzers.runners.AnalysisRunBuilder;
import com.amazon.deequ.analyzers.runners.AnalysisRunner;
import com.amazon.deequ.analyzers.runners.AnalyzerContext;
import com.amazon.deequ.metrics.Metric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.util.Try;

/**
 * Takes the measures of rules that fit the inputs: by Deequ, a few slices a run, and by one grouped
 * aggregate for all slices. Deequ sees no empty slice, for it fails every measure of one.
 */
final class MeasureSlices {
  /** More columns in one run fall off Spark's code generation. */
  private static final int MOST_RULES = 10;

  /**
   * A run costs two jobs and a plan of its own; one for all slices reads each row for all of them.
   */
  private static final int MOST_ANALYZERS = 60;

  private final Inputs inputs;
  private final Map<String, Counts> counts;
  private final List<String> filled;
  private final Map<SliceRule, Map<String, Measured>> measured = new LinkedHashMap<>();

  /**
   * @param counts of every slice to measure
   */
  MeasureSlices(Inputs inputs, Map<String, Counts> counts) {
    this.inputs = inputs;
    this.counts = counts;
    this.filled = counts.keySet().stream().filter(slice -> counts.get(slice).left() > 0).toList();
  }

  /** For each rule, a measure of each slice. */
  Map<SliceRule, Map<String, Measured>> measure(List<SliceRule> rules) {
    List<SliceRule> deequ = new ArrayList<>();
    List<SliceRule> sql = new ArrayList<>();
    for (SliceRule rule : rules) {
      Map<String, Measured> bySlice = new HashMap<>();
      counts.forEach(
          (slice, count) -> bySlice.put(slice, rule.fromCounts(count).orElse(Measured.NOTHING)));
      measured.put(rule, bySlice);
      if (rule.analyzer("", "").isPresent()) {
        deequ.add(rule);
      } else if (rule.aggregate("", inputs).isPresent()) {
        sql.add(rule);
      }
    }
    chunks(deequ, MOST_RULES).forEach(this::measureByDeequ);
    measureBySql(sql);
    return measured;
  }

  private void measureByDeequ(List<SliceRule> rules) {
    for (List<String> slices : chunks(filled, Math.max(1, MOST_ANALYZERS / rules.size()))) {
      Set<Analyzer<?, Metric<?>>> analyzers = new LinkedHashSet<>();
      for (SliceRule rule : rules) {
        for (String slice : slices) {
          analyzers.add(analyzer(rule, column(rules.indexOf(rule)), slice));
        }
      }
      AnalysisRunBuilder run = AnalysisRunner.onData(prepared(rules, slices));
      for (Analyzer<?, Metric<?>> analyzer : analyzers) {
        run = run.addAnalyzer(analyzer);
      }
      AnalyzerContext result = run.run();
      for (SliceRule rule : rules) {
        for (String slice : slices) {
          Metric<?> metric =
              result.metricMap().apply(analyzer(rule, column(rules.indexOf(rule)), slice));
          measured
              .get(rule)
              .put(slice, Measured.of(value(metric, slice), counts.get(slice).left()));
        }
      }
    }
  }

  private void measureBySql(List<SliceRule> rules) {
    if (rules.isEmpty()) {
      return;
    }
    List<Column> aggregates = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      aggregates.add(rules.get(i).aggregate(column(i), inputs).orElseThrow().as(column(i)));
    }
    Column[] others = aggregates.subList(1, aggregates.size()).toArray(Column[]::new);
    if (!filled.isEmpty()) {
      prepared(rules, filled)
          .groupBy(col(SLICE))
          .agg(aggregates.get(0), others)
          .collectAsList()
          .forEach(row -> take(rules, row.getString(0), row, 1));
    }
    if (filled.size() < counts.size()) {
      Row overNoRows = prepared(rules, List.of()).agg(aggregates.get(0), others).head();
      counts.keySet().stream()
          .filter(slice -> !filled.contains(slice))
          .forEach(slice -> take(rules, slice, overNoRows, 0));
    }
  }

  private void take(List<SliceRule> rules, String slice, Row row, int first) {
    for (int i = 0; i < rules.size(); i++) {
      Row pair = row.getStruct(first + i);
      Optional<Double> value = pair.isNullAt(0) ? Optional.empty() : Optional.of(pair.getDouble(0));
      measured.get(rules.get(i)).put(slice, new Measured(value, pair.getLong(1)));
    }
  }

  /** The rows left of some slices, with a column for each rule that needs one. */
  private Dataset<Row> prepared(List<SliceRule> rules, List<String> slices) {
    Dataset<Row> rows =
        inputs
            .rows()
            .where(col(SLICE).isInCollection(slices))
            .where(size(col(BROKEN_RULES)).equalTo(0));
    for (int i = 0; i < rules.size(); i++) {
      rows = rules.get(i).prepare(rows, column(i), inputs);
    }
    return rows;
  }

  private static String column(int rule) {
    return "_rule_" + rule;
  }

  @SuppressWarnings("unchecked")
  private static Analyzer<?, Metric<?>> analyzer(SliceRule rule, String column, String slice) {
    return (Analyzer<?, Metric<?>>)
        rule.analyzer(column, "%s = '%s'".formatted(SLICE, slice)).orElseThrow();
  }

  /** Deequ turns every exception into a failed metric; a lost executor is not bad data. */
  private static double value(Metric<?> metric, String slice) {
    Try<?> value = metric.value();
    if (value.isFailure()) {
      throw new IllegalStateException(
          "Cannot judge slice %s: %s".formatted(slice, value.failed().get().getMessage()),
          value.failed().get());
    }
    return ((Number) value.get()).doubleValue();
  }

  private static <T> List<List<T>> chunks(List<T> items, int most) {
    List<List<T>> chunks = new ArrayList<>();
    for (int from = 0; from < items.size(); from += most) {
      chunks.add(items.subList(from, Math.min(items.size(), from + most)));
    }
    return chunks;
  }
}
