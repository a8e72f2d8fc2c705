package dev.penstock.jobs;

import dev.penstock.jobs.ledger.Decisions;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.Ledger;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Lake;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;

/**
 * What every job of one run shares.
 *
 * @param lake the tables
 * @param ledger what became of slices and runs
 * @param loaded the pipeline file
 * @param token unique to this run
 * @param codeVersion the program's version
 * @param progress tells the person who waits
 */
public record RunContext(
    Lake lake,
    Ledger ledger,
    Pipelines.Loaded loaded,
    String token,
    String codeVersion,
    Progress progress) {

  /**
   * A run of a pipeline that begins now.
   *
   * @param out where progress goes
   */
  public static RunContext open(SparkSession spark, Pipelines.Loaded loaded, PrintWriter out) {
    Lake lake = new Lake(spark, loaded.warehouse());
    return new RunContext(
        lake,
        Ledger.of(lake, loaded),
        loaded,
        UUID.randomUUID().toString(),
        CodeVersion.text(),
        new Progress(out));
  }

  /** What the monitor decided. */
  public Decisions decisions() {
    return new Decisions(ledger, pipeline().pipeline());
  }

  /** The content of the pipeline file. */
  public Pipeline pipeline() {
    return loaded.pipeline();
  }

  /** How the pipeline cuts time. */
  public Cadence cadence() {
    return pipeline().cadence();
  }

  /** The session that the lake reads with. */
  public SparkSession spark() {
    return lake.spark();
  }

  /** What rows of the judging ledgers say they are about. */
  public Judged judged(String table, int attempt) {
    return new Judged(token, pipeline().pipeline(), table, attempt);
  }

  /** The ledger's row of a slice that this run made, without files, by no gate. */
  public SliceRecord made(
      String table, String slice, String fingerprint, long transaction, Counts counts) {
    return new SliceRecord(
        table,
        slice,
        pipeline().pipeline(),
        Verdict.COMMITTED,
        fingerprint,
        transaction,
        ledger.nextAttempt(table, slice),
        List.of(),
        counts,
        Map.of(),
        "",
        "",
        token,
        codeVersion);
  }

  /** The name under the warehouse of a source or derived table. */
  public static String sourceTable(String name) {
    return "sources/" + name;
  }
}
