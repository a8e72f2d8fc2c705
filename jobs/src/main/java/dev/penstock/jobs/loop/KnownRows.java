package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;

import dev.penstock.features.Events;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Table;
import dev.penstock.lake.Constant;
import dev.penstock.lake.Interval;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The rows of sources and derived tables as a run may see them: slices up to its interval.
 *
 * @param loaded says what their columns mean
 */
record KnownRows(RunContext run, Pipelines.Loaded loaded) {

  /** By the pipeline file as it is now. */
  KnownRows(RunContext run) {
    this(run, run.loaded());
  }

  Table table(String name) {
    return loaded.whole().table(name).orElseThrow();
  }

  /** All versions in slices up to {@code last}. */
  Dataset<Row> upTo(String name, Interval last) {
    return run.lake()
        .read(RunContext.sourceTable(name), Versions.schema(loaded.schemas().get(name)))
        .where(col(TableDefinition.SLICE).leq(last.slice()));
  }

  /** The rows that were known at the end of {@code last}. */
  Dataset<Row> atEndOf(String name, Interval last) {
    Column end = Constant.of(last.lastInstant());
    return upTo(name, last)
        .where(
            col(Versions.KNOWN_FROM)
                .leq(end)
                .and(col(Versions.KNOWN_UNTIL).isNull().or(col(Versions.KNOWN_UNTIL).gt(end))));
  }

  /** The column that tells when something happened in a table. */
  String eventTime(String name) {
    return table(name).eventTime().orElse(Versions.KNOWN_FROM);
  }

  /** Tables as the point-in-time engine takes them. */
  Map<String, Events> events(Collection<String> names, Interval last) {
    Map<String, Events> events = new HashMap<>();
    for (String name : names) {
      events.put(name, new Events(upTo(name, last), table(name).key(), eventTime(name)));
    }
    return events;
  }
}
