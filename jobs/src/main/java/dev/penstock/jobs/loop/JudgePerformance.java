package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;

import dev.penstock.features.PointInTime;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.jobs.pipeline.Monitor;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.Bootstrap;
import dev.penstock.training.Estimate;
import dev.penstock.training.Metric;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Scored;
import dev.penstock.training.TrainingSet;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Severity;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.sources.And;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.sources.GreaterThanOrEqual;
import org.apache.spark.sql.sources.LessThan;
import org.apache.spark.sql.sources.LessThanOrEqual;

/** Judges a champion by the labels of what it scored. */
final class JudgePerformance {
  private static final double CONFIDENCE = 0.95;

  private final RunContext run;
  private final Model model;

  JudgePerformance(RunContext run) {
    this.run = run;
    this.model = run.pipeline().model().orElseThrow();
  }

  /** How the champion does on the newest window whose labels have all matured. */
  List<Check> judge(ModelVersion version, Interval interval) {
    if (run.pipeline().monitor().performance().isEmpty()) {
      return List.of();
    }
    Monitor.Performance rule = run.pipeline().monitor().performance().get();
    Instant until = interval.end().minus(model.maturity());
    Instant from = until.minus(rule.over());
    PredictedRows predicted = PredictedRows.of(run);
    String table = PredictedRows.predictions(run);
    if (!run.lake().exists(table)) {
      return List.of();
    }
    Column asOf = col(PointInTime.AS_OF_TIME);
    Column[] identity = PredictedRows.columns(predicted.identity());
    Dataset<Row> served =
        run.lake()
            .read(table)
            .where(col(TableDefinition.SLICE).leq(interval.slice()))
            .where(col("model_version").equalTo(version.version()))
            .where(asOf.geq(Constant.of(from)).and(asOf.lt(Constant.of(until))));
    Labels labels = new Labels(run, predicted.key());
    List<Row> rows =
        labels
            .join(
                predicted.withColumns(served, labels.columns(), interval, from, until),
                interval,
                from,
                until,
                predicted.within(inWindow(interval, from, until)))
            .orderBy(identity)
            .select(TrainingSet.LABEL, dev.penstock.training.Model.PREDICTION)
            .collectAsList();
    List<Row> labelled = rows.stream().filter(row -> !row.isNullAt(0)).toList();
    double share = rows.isEmpty() ? 0 : (double) labelled.size() / rows.size();
    List<Check> checks = new ArrayList<>();
    checks.add(
        new Check(
            interval.slice(),
            Severity.MONITOR,
            "labels",
            model.label().from(),
            Outcome.PASSED,
            rows.isEmpty() ? null : share,
            "",
            rows.size(),
            null,
            null,
            String.format(
                Locale.ROOT,
                "labels of %d of %d predictions with as-of times from %s to %s have come",
                labelled.size(),
                rows.size(),
                from,
                until)));
    checks.add(against(rule, version, interval, labelled));
    return checks;
  }

  /** What the judged rows fulfil, in terms of storage. */
  private static Filter inWindow(Interval interval, Instant from, Instant until) {
    return new And(
        new LessThanOrEqual(TableDefinition.SLICE, interval.slice()),
        new And(
            new GreaterThanOrEqual(PointInTime.AS_OF_TIME, Timestamp.from(from)),
            new LessThan(PointInTime.AS_OF_TIME, Timestamp.from(until))));
  }

  private Check against(
      Monitor.Performance rule, ModelVersion version, Interval interval, List<Row> labelled) {
    Metric metric = rule.metric();
    Double accepted = version.metrics().get(metric.text());
    Estimate estimate =
        new Bootstrap(model.seed())
            .interval(
                metric,
                new Scored(
                    labelled.stream().mapToDouble(row -> row.getDouble(0)).toArray(),
                    labelled.stream().mapToDouble(row -> row.getDouble(1)).toArray()),
                CONFIDENCE);
    if (accepted == null || estimate.value().isEmpty() || estimate.high().isEmpty()) {
      return check(
          interval,
          metric,
          Outcome.PASSED,
          estimate,
          "",
          "%s: nothing to judge %s by, %d labelled rows that %s scored"
              .formatted(metric.text(), version.version(), labelled.size(), version.version()));
    }
    double best =
        metric.higherIsBetter()
            ? estimate.high().getAsDouble()
            : estimate.low().orElse(estimate.value().getAsDouble());
    boolean decayed = metric.gain(best, accepted) < -rule.mayLose();
    String bound = String.format(Locale.ROOT, "within %s of %.4f", rule.mayLose(), accepted);
    return check(
        interval,
        metric,
        decayed ? Outcome.FAILED : Outcome.PASSED,
        estimate,
        bound,
        String.format(
            Locale.ROOT,
            "%s of %s is %.4f (%.4f to %.4f, %d rows), %.4f when it was accepted; it may lose %s",
            metric.text(),
            version.version(),
            estimate.value().getAsDouble(),
            estimate.low().orElse(Double.NaN),
            estimate.high().getAsDouble(),
            labelled.size(),
            accepted,
            rule.mayLose()));
  }

  private static Check check(
      Interval interval,
      Metric metric,
      Outcome outcome,
      Estimate estimate,
      String bound,
      String reason) {
    return new Check(
        interval.slice(),
        Severity.MONITOR,
        "performance",
        metric.text(),
        outcome,
        estimate.value().isPresent() ? estimate.value().getAsDouble() : null,
        bound,
        estimate.n(),
        estimate.low().isPresent() ? estimate.low().getAsDouble() : null,
        estimate.high().isPresent() ? estimate.high().getAsDouble() : null,
        reason);
  }
}
