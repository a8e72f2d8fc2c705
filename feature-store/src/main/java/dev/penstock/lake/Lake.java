package dev.penstock.lake;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.CommitInfo;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * The tables of a warehouse and the only code that reads or writes them. All are Delta tables in
 * the portable profile, so that any reader of Delta can open them.
 *
 * <p>Safe for use by several threads that write different tables.
 */
public final class Lake {
  /** What every table is created with: nothing that locks other readers out. */
  private static final Map<String, String> PORTABLE =
      Map.of(
          "delta.enableDeletionVectors", "false",
          "delta.columnMapping.mode", "none",
          "delta.checkpointPolicy", "classic",
          "delta.checkpointInterval", "50");

  private final SparkSession spark;
  private final Engine engine;
  private final String warehouse;
  private final Map<String, TableState> states = new ConcurrentHashMap<>();

  /**
   * @param warehouse folder or object-store prefix that all tables lie under; a relative one lies
   *     in the working folder
   */
  public Lake(SparkSession spark, String warehouse) {
    this.spark = spark;
    this.engine = DefaultEngine.create(spark.sparkContext().hadoopConfiguration());
    this.warehouse = absolute(spark, warehouse);
  }

  /** Delta takes a relative path for the name of a table in a catalog. */
  private static String absolute(SparkSession spark, String folder) {
    Path path = new Path(folder);
    if (path.isAbsolute()) {
      return folder;
    }
    try {
      return path.getFileSystem(spark.sparkContext().hadoopConfiguration())
          .makeQualified(path)
          .toString();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot find " + folder, e);
    }
  }

  /** The session that reads and writes. */
  public SparkSession spark() {
    return spark;
  }

  /** Where a table, or a file kept beside the tables, lies. */
  public String path(String table) {
    return warehouse + "/" + table;
  }

  /** Whether the table has been created. */
  public boolean exists(String table) {
    return states.containsKey(table) || state(table).isPresent();
  }

  /** The newest state of a table; empty if it was never written. */
  private Optional<TableState> state(String table) {
    return Optional.ofNullable(
        states.compute(
            table,
            (name, before) ->
                before == null
                    ? TableState.load(engine, path(name), name).orElse(null)
                    : before.newest(log(name), name)));
  }

  /**
   * All rows of a table.
   *
   * @throws MissingTableException if it was never written
   */
  public Dataset<Row> read(String table) {
    TableState state =
        state(table).orElseThrow(() -> new MissingTableException(table, path(table)));
    return state.isPlain()
        ? new TableFiles(new Path(path(table)), state).rows(spark)
        : spark.read().format("delta").load(path(table));
  }

  /** All rows of a table; an empty frame of {@code ifAbsent} if it was never written. */
  public Dataset<Row> read(String table, StructType ifAbsent) {
    return exists(table) ? read(table) : frame(List.of(), ifAbsent);
  }

  /**
   * A condition that the rows of a table which fulfil {@code rows} fulfil too, in columns that
   * another table may have: it skips that table's files that hold none of their keys. From the
   * statistics of files, without a Spark job; always true as far as they are silent.
   *
   * @param columns by name; a column of another type in the table says nothing
   */
  public Column within(String table, Filter rows, StructType columns) {
    Optional<TableState> state = state(table);
    List<DataFile> files = state.map(known -> known.filesWith(rows)).orElse(List.of());
    if (files.isEmpty()) {
      return lit(state.isEmpty());
    }
    Column condition = lit(true);
    for (StructField column : columns.fields()) {
      if (state.get().has(column)) {
        condition =
            Span.of(files, column.name(), column.dataType())
                .map(Span::condition)
                .map(condition::and)
                .orElse(condition);
      }
    }
    return condition;
  }

  /**
   * An instant before which no value of a column lies among the rows of a table that fulfil {@code
   * rows}; empty if the statistics of a file are silent, or there is no value.
   */
  public Optional<Instant> earliest(String table, Filter rows, String column) {
    return state(table)
        .flatMap(state -> Span.of(state.filesWith(rows), column, DataTypes.TimestampType))
        .map(span -> (Instant) span.least());
  }

  /**
   * How much a table holds, without a Spark job; empty if it was never written.
   *
   * @param timeColumn a TIMESTAMP column
   */
  public Optional<Extent> extent(String table, String timeColumn) {
    return state(table).map(state -> state.extent(timeColumn));
  }

  /** A frame of rows that the driver holds. */
  public Dataset<Row> frame(List<Row> rows, StructType schema) {
    return spark.createDataFrame(rows, schema);
  }

  /** What the table has recorded; to be called before any of its rows is read for a write. */
  public Opened open(String table) {
    return state(table)
        .map(state -> new Opened(table, state.transaction(), state.version(), state.properties()))
        .orElse(new Opened(table, 0, -1, Map.of()));
  }

  /**
   * Adds rows that the driver holds, in one commit that never conflicts; creates the table if need
   * be. Nothing happens if there are none.
   *
   * @param table without partitions
   */
  public void append(TableDefinition table, List<Row> rows) {
    if (!rows.isEmpty()) {
      create(table);
      write(table).append(spark, rows);
    }
  }

  /**
   * Makes {@code rows} the whole content of the given partitions, in one commit. Writing the same
   * again is safe; two writers are told apart by Delta.
   *
   * @param opened what the table had recorded before its rows were read
   * @param partitions every row lies in one of these, else nothing is written
   * @param token unique to the writing run; found in the commit with the partitions
   * @throws LostWriteException if another run wrote the table meanwhile
   */
  public Written replace(
      TableDefinition table,
      Opened opened,
      Collection<String> partitions,
      Dataset<Row> rows,
      String token) {
    create(table);
    return write(table).replace(opened, partitions, rows, CommitNote.write(token, partitions));
  }

  private TableWrite write(TableDefinition table) {
    TableState state = state(table.name()).orElseThrow();
    if (!state.isPlain()) { // what replaces a file would not name its deletion vector
      throw new IllegalStateException(
          "Cannot write %s: somebody gave it deletion vectors or mapped columns"
              .formatted(table.name()));
    }
    return new TableWrite(log(table.name()), table, state);
  }

  /** The partitions that the given transactions wrote, as far as the table's log still tells. */
  public Map<Long, List<String>> written(String table, Collection<Long> transactions) {
    Map<Long, List<String>> partitions = new HashMap<>();
    var changes = log(table).getChanges(0, false);
    while (changes.hasNext()) {
      long transaction = 0;
      String note = "";
      for (Action action : JavaConverters.asJavaIterable(changes.next()._2())) {
        if (action instanceof CommitInfo info && info.userMetadata().isDefined()) {
          note = info.userMetadata().get();
        } else if (action instanceof SetTransaction set) {
          transaction = set.version();
        }
      }
      if (transactions.contains(transaction)) {
        partitions.put(transaction, CommitNote.partitions(note));
      }
    }
    return partitions;
  }

  /** The slices that a table holds rows of. */
  public List<String> slices(String table) {
    return read(table).select(TableDefinition.SLICE).distinct().collectAsList().stream()
        .map(row -> row.getString(0))
        .sorted()
        .toList();
  }

  /**
   * Writes rows that a run works on, once, outside of all tables, and reads them back.
   *
   * @param token the run's; {@link #dropStaging} removes all that it staged
   */
  public Dataset<Row> stage(String token, String name, Dataset<Row> rows) {
    String path = path("_staging/" + token + "/" + name);
    rows.write().mode(SaveMode.Overwrite).parquet(path);
    return spark.read().schema(rows.schema()).parquet(path);
  }

  /** Removes what a run staged. */
  public void dropStaging(String token) {
    Path path = new Path(path("_staging/" + token));
    try {
      path.getFileSystem(spark.sparkContext().hadoopConfiguration()).delete(path, true);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot remove " + path, e);
    }
  }

  /**
   * Writes a text for people beside the tables, over one that is there.
   *
   * @param file its path under the warehouse
   * @return its URI
   */
  public String writeText(String file, String text) {
    Path path = new Path(path(file));
    try {
      FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
      try (OutputStream out = files.create(path, true)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
      if (files instanceof ChecksumFileSystem local) { // its .crc would lie beside what people open
        local.getRawFileSystem().delete(local.getChecksumFile(path), false);
      }
      return files.makeQualified(path).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + path, e);
    }
  }

  /** Names of the folders in a folder under the warehouse, in order; none if it is not there. */
  public List<String> folders(String folder) {
    Path path = new Path(path(folder));
    try {
      FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
      List<String> names = new ArrayList<>();
      if (files.exists(path)) {
        for (FileStatus status : files.listStatus(path)) {
          if (status.isDirectory()) {
            names.add(status.getPath().getName());
          }
        }
      }
      names.sort(null);
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + path, e);
    }
  }

  /** Creates the table, empty, if it does not exist. */
  public void create(TableDefinition table) {
    if (exists(table.name())) {
      return;
    }
    Map<String, String> properties = new HashMap<>(PORTABLE);
    properties.putAll(table.properties());
    TableWrite.create(log(table.name()), table, properties);
  }

  /** Sets a property of an existing table. */
  public void setProperty(String table, String name, String value) {
    spark.sql(
        "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('%s' = '%s')"
            .formatted(path(table), name, value));
  }

  /** A condition on the column {@code slice}. */
  public static Column inSlices(Collection<String> slices) {
    return col(TableDefinition.SLICE).isin(slices.toArray());
  }

  private DeltaLog log(String table) {
    return DeltaLog.forTable(spark, new Path(path(table)));
  }
}
