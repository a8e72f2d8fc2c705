package dev.penstock.jobs.ledger;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Lake;
import dev.penstock.lake.TableDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * What became of every slice and every run: the tables {@code slices} and {@code runs}. Read once;
 * what a run adds is known at once and stored by {@link #flush}, so that a run needs few commits. A
 * slice whose row was not stored because the run was killed is computed again.
 */
public final class Ledger {
  private static final TableDefinition SLICES =
      TableDefinition.ledger(SliceRecord.TABLE, SliceRecord.SCHEMA);
  private static final TableDefinition RUNS =
      TableDefinition.ledger(RunRecord.TABLE, RunRecord.SCHEMA);

  private final Lake lake;
  private final Map<String, TreeMap<String, SliceRecord>> newest = new HashMap<>();
  private final Map<String, Set<Long>> transactions = new HashMap<>();
  private final Map<String, Long> recorded = new HashMap<>();
  private final Map<String, Map<Long, List<String>>> logs = new HashMap<>();
  private final Map<String, Map<String, Boolean>> ingested = new HashMap<>();
  private final List<SliceRecord> slices = new ArrayList<>();
  private final List<RunRecord> runs = new ArrayList<>();

  /** Reads the ledger of a pipeline's own tables, and of those of others that it reads. */
  public static Ledger of(Lake lake, Pipelines.Loaded loaded) {
    return new Ledger(
        lake,
        loaded.pipeline().pipeline(),
        loaded.inputs().keySet().stream().map(RunContext::sourceTable).toList());
  }

  private Ledger(Lake lake, String pipeline, Collection<String> others) {
    this.lake = lake;
    Column own = col("pipeline").equalTo(pipeline);
    lake.read(SliceRecord.TABLE, SliceRecord.SCHEMA)
        .where(others.isEmpty() ? own : own.or(col("table").isin(others.toArray())))
        .collectAsList()
        .forEach(row -> remember(SliceRecord.fromRow(row)));
  }

  /** The newest row of a slice. */
  public synchronized Optional<SliceRecord> find(String table, String slice) {
    return Optional.ofNullable(newest.getOrDefault(table, new TreeMap<>()).get(slice));
  }

  /** The newest rows of a table's slices up to and including {@code last}, in order. */
  public synchronized List<SliceRecord> upTo(String table, String last) {
    return List.copyOf(newest.getOrDefault(table, new TreeMap<>()).headMap(last, true).values());
  }

  /** The newest rows of all slices of a table, in order. */
  public synchronized List<SliceRecord> all(String table) {
    return List.copyOf(newest.getOrDefault(table, new TreeMap<>()).values());
  }

  /** The slices of a table that can be read, up to and including {@code last}, in order. */
  public List<SliceRecord> committedUpTo(String table, String last) {
    return upTo(table, last).stream().filter(row -> row.verdict() == Verdict.COMMITTED).toList();
  }

  /** Names of all tables that have a slice. */
  public synchronized Set<String> tables() {
    return new TreeSet<>(newest.keySet());
  }

  /**
   * Whether the newest row of a slice stands for what its table holds: it has this fingerprint and
   * no killed run wrote the slice afterwards.
   */
  public boolean isCurrent(String table, String slice, String fingerprint) {
    return find(table, slice)
        .filter(row -> row.verdict() == Verdict.COMMITTED && row.fingerprint().equals(fingerprint))
        .filter(row -> !interrupted(table).contains(slice))
        .isPresent();
  }

  /** Why a slice is not current, in words; empty if it is. */
  public Optional<String> staleness(String table, String slice, String fingerprint) {
    if (isCurrent(table, slice, fingerprint)) {
      return Optional.empty();
    }
    if (interrupted(table).contains(slice)) {
      return Optional.of("a run wrote it and was killed before it recorded that");
    }
    Optional<SliceRecord> row = find(table, slice);
    if (row.isEmpty()) {
      return Optional.of("no slice yet");
    }
    List<String> changed =
        Fingerprint.parse(fingerprint).changedSince(Fingerprint.parse(row.get().fingerprint()));
    String since = "changed since: " + String.join(", ", changed);
    return Optional.of(
        switch (row.get().verdict()) {
          case COMMITTED -> since;
          case REFUSED -> changed.isEmpty() ? row.get().reason() : "refused, " + since;
          case ACCEPTED ->
              changed.isEmpty()
                  ? "accepted by %s: %s".formatted(row.get().actor(), row.get().reason())
                  : since;
        });
  }

  /**
   * The slices that a killed run wrote without a row here, and nobody since; all slices of the
   * table if its log no longer tells which.
   */
  public synchronized Set<String> interrupted(String table) {
    Set<Long> missing = new TreeSet<>();
    long newestTransaction = recorded.computeIfAbsent(table, t -> lake.open(t).transaction());
    for (long transaction = 1; transaction <= newestTransaction; transaction++) {
      missing.add(transaction);
    }
    missing.removeAll(transactions.getOrDefault(table, Set.of()));
    if (missing.isEmpty()) {
      return Set.of();
    }
    Map<Long, List<String>> written = logs.computeIfAbsent(table, t -> lake.written(t, missing));
    Set<String> slices = new TreeSet<>();
    for (long transaction : missing) {
      List<String> candidates =
          written.containsKey(transaction) ? written.get(transaction) : lake.slices(table);
      candidates.stream()
          .filter(
              slice -> find(table, slice).map(SliceRecord::transaction).orElse(0L) < transaction)
          .forEach(slices::add);
    }
    return slices;
  }

  /** The highest transaction of a table that has a row here; 0 if none. */
  public synchronized long transaction(String table) {
    return transactions.getOrDefault(table, Set.of()).stream().mapToLong(t -> t).max().orElse(0);
  }

  /** The number of the next row of a slice. */
  public int nextAttempt(String table, String slice) {
    return find(table, slice).map(SliceRecord::attempt).orElse(0) + 1;
  }

  /** Adds what became of slices. */
  public synchronized void record(Collection<SliceRecord> rows) {
    for (SliceRecord row : rows) {
      remember(row);
      slices.add(row);
    }
  }

  /** Adds what became of a run. */
  public synchronized void record(RunRecord run) {
    runs.add(run);
  }

  /**
   * Stores what was added: the rows of runs, then those of slices, in a commit each. Slices come
   * last because their rows make a run's work current: killed before, all of it is done again, the
   * rows of runs included.
   */
  public synchronized void flush() {
    lake.append(RUNS, runs.stream().map(RunRecord::toRow).toList());
    runs.clear();
    lake.append(SLICES, slices.stream().map(SliceRecord::toRow).toList());
    slices.clear();
  }

  /** Whether a run of a job for an interval is stored. */
  public boolean hasRun(String pipeline, String job, String slice) {
    return !lake.read(RunRecord.TABLE, RunRecord.SCHEMA)
        .where(
            col("pipeline")
                .equalTo(pipeline)
                .and(col("job").equalTo(job))
                .and(col("slice").equalTo(slice)))
        .isEmpty();
  }

  /**
   * The intervals for which another pipeline's ingest is stored, and whether one lacked no input
   * that it needs.
   */
  public synchronized Map<String, Boolean> ingestedBy(String other) {
    return ingested.computeIfAbsent(
        other,
        pipeline ->
            lake
                .read(RunRecord.TABLE, RunRecord.SCHEMA)
                .where(col("pipeline").equalTo(pipeline).and(col("job").equalTo("ingest")))
                .groupBy("slice")
                .agg(max(col("exit_code").notEqual(Exit.NOT_YET)))
                .collectAsList()
                .stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getBoolean(1))));
  }

  /** Whether something was added that is not stored yet. */
  public synchronized boolean hasUnstored() {
    return !slices.isEmpty() || !runs.isEmpty();
  }

  /**
   * Appends rows of {@code checks} or {@code profiles}, each with the run, pipeline, table and
   * attempt that it belongs to.
   */
  public void append(String ledger, StructType schema, List<Row> rows) {
    lake.append(TableDefinition.ledger(ledger, Judged.schema(schema)), rows);
  }

  private void remember(SliceRecord row) {
    if (row.verdict() == Verdict.COMMITTED) {
      transactions.computeIfAbsent(row.table(), table -> new HashSet<>()).add(row.transaction());
    }
    newest
        .computeIfAbsent(row.table(), table -> new TreeMap<>())
        .merge(row.slice(), row, (old, now) -> now.isNewerThan(old) ? now : old);
  }
}
