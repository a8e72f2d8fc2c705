package dev.penstock.jobs.demo;

import static org.apache.spark.sql.functions.col;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.validation.Check;
import java.time.LocalDate;
import java.util.TreeMap;

/** How well the champion did, day by day, as the monitor wrote it down. */
record Performance(RunContext run) {
  /** The metric on matured labels by the date of the run; days without any are left out. */
  TreeMap<LocalDate, Double> byDay() {
    TreeMap<LocalDate, Double> days = new TreeMap<>();
    run.lake()
        .read(Ingest.CHECKS, Judged.schema(Check.SCHEMA))
        .where(col("rule").equalTo("performance").and(col("value").isNotNull()))
        .orderBy("slice", "attempt")
        .select("slice", "value")
        .collectAsList()
        .forEach(row -> days.put(LocalDate.parse(row.getString(0)), row.getDouble(1)));
    return days;
  }
}
