package dev.penstock.jobs.ledger;

import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * One execution of one job for one interval: a row of the ledger table {@code runs}.
 *
 * @param run token of the run
 * @param pipeline the pipeline
 * @param job ingest, features, train, promote, score or monitor
 * @param slice the interval
 * @param exitCode as {@code Exit} defines it
 * @param result what came of it, in a sentence
 * @param reasons of the decision, for monitor; else empty
 * @param warnings what a person should look at; empty if nothing
 * @param rows rows written
 * @param startedAt wall time; for people only
 * @param seconds wall seconds
 * @param coreSeconds CPU seconds of the tasks
 * @param codeVersion the program's version
 */
public record RunRecord(
    String run,
    String pipeline,
    String job,
    String slice,
    int exitCode,
    String result,
    List<String> reasons,
    List<String> warnings,
    long rows,
    Instant startedAt,
    double seconds,
    double coreSeconds,
    String codeVersion) {

  /** The ledger table. */
  public static final String TABLE = "runs";

  /** Its columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add("run", "string", true, "Token of the run.")
          .add("pipeline", "string", true, "The pipeline.")
          .add("job", "string", true, "ingest, features, train, promote, score or monitor.")
          .add("slice", "string", true, "The interval.")
          .add("exit_code", "int", true, "0 done, 3 refused, 5 an input is not there yet.")
          .add("result", "string", true, "What came of it, in a sentence.")
          .add(
              "reasons",
              DataTypes.createArrayType(DataTypes.StringType),
              true,
              "Why the monitor wants a retrain; empty if it does not.")
          .add(
              "warnings",
              DataTypes.createArrayType(DataTypes.StringType),
              true,
              "What a person should look at.")
          .add("rows", "bigint", true, "Rows written.")
          .add("started_at", "timestamp", true, "Wall time.")
          .add("seconds", "double", true, "Wall seconds.")
          .add("core_seconds", "double", true, "CPU seconds of the tasks.")
          .add("code_version", "string", true, "Version of the program.");

  Row toRow() {
    return RowFactory.create(
        run,
        pipeline,
        job,
        slice,
        exitCode,
        result,
        JavaConverters.asScalaBuffer(reasons).toList(),
        JavaConverters.asScalaBuffer(warnings).toList(),
        rows,
        java.sql.Timestamp.from(startedAt),
        seconds,
        coreSeconds,
        codeVersion);
  }
}
