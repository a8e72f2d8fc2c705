package dev.penstock.lake;

import io.delta.kernel.Table;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.ScanImpl;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.utils.CloseableIterator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.Protocol;
import org.apache.spark.sql.delta.actions.RemoveFile;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.collection.immutable.Map$;

/**
 * What a table's log says at one version, read on the driver. Delta's own snapshot asks Spark for
 * it, in several queries for each read of a table, which is most of the queries of a small run.
 *
 * @param version of the table
 * @param isPlain whether its data files say all; false for a table with deletion vectors or mapped
 *     columns, which only Delta itself can read
 * @param schema all columns
 * @param partitioning names of the partition columns
 * @param properties the table's
 * @param transaction the number recorded under the table's own name; 0 if none
 * @param files by path, in the order in which they were added
 */
record TableState(
    long version,
    boolean isPlain,
    StructType schema,
    List<String> partitioning,
    Map<String, String> properties,
    long transaction,
    Map<String, DataFile> files) {

  /**
   * Reads the newest version from the log.
   *
   * @param name under which the table's writers record their transactions
   * @return empty if there is no table
   */
  static Optional<TableState> load(Engine engine, String path, String name) {
    SnapshotImpl snapshot;
    try {
      snapshot = (SnapshotImpl) Table.forPath(engine, path).getLatestSnapshot(engine);
    } catch (TableNotFoundException e) {
      return Optional.empty();
    }
    Map<String, DataFile> files = new LinkedHashMap<>();
    ScanImpl scan = (ScanImpl) snapshot.getScanBuilder(engine).build();
    try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine, true)) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> rows = batches.next().getRows()) {
          while (rows.hasNext()) {
            DataFile file = file(rows.next());
            files.put(file.path(), file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the log of " + path, e);
    }
    return Optional.of(
        new TableState(
            snapshot.getVersion(engine),
            snapshot.getProtocol().getMinReaderVersion() == 1,
            (StructType) DataType.fromJson(snapshot.getMetadata().getSchemaString()),
            snapshot.getPartitionColumnNames(engine),
            snapshot.getMetadata().getConfiguration(),
            snapshot.getLatestTransactionVersion(engine, name).orElse(0L),
            files));
  }

  /** The files that may hold a row which fulfils a condition. */
  List<DataFile> filesWith(Filter condition) {
    return files.values().stream().filter(file -> file.mayHold(condition)).toList();
  }

  /** What the statistics say of all files, and of the times in a column. */
  Extent extent(String timeColumn) {
    List<DataFile> all = List.copyOf(files.values());
    Optional<Span> span = Span.of(all, timeColumn, DataTypes.TimestampType);
    return new Extent(
        all.stream()
            .map(DataFile::rowCount)
            .reduce(Optional.of(0L), (a, b) -> a.flatMap(n -> b.map(more -> n + more))),
        (int)
            all.stream()
                .map(file -> file.partition().get(TableDefinition.SLICE))
                .distinct()
                .count(),
        span.map(s -> (Instant) s.least()),
        span.map(s -> (Instant) s.greatest()));
  }

  /** Whether there is a column of this name and type. */
  boolean has(StructField column) {
    return Arrays.stream(schema.fields())
        .anyMatch(
            own -> own.name().equals(column.name()) && own.dataType().equals(column.dataType()));
  }

  private static DataFile file(Row scanned) {
    Row add = scanned.getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL);
    int stats = InternalScanFileUtils.ADD_FILE_STATS_ORDINAL;
    Map<String, String> partition = InternalScanFileUtils.getPartitionValues(scanned);
    return new DataFile(
        new AddFile(
            add.getString(add.getSchema().indexOf("path")),
            Map$.MODULE$
                .<String, String>empty()
                .$plus$plus(JavaConverters.mapAsScalaMap(partition)),
            add.getLong(add.getSchema().indexOf("size")),
            add.getLong(add.getSchema().indexOf("modificationTime")),
            true,
            add.isNullAt(stats) ? null : add.getString(stats),
            null,
            null,
            Option.empty(),
            Option.empty(),
            Option.empty()));
  }

  /** The same table at its newest version: this one and the commits since. */
  TableState newest(DeltaLog log, String name) {
    Iterator<Tuple2<Object, Seq<Action>>> changes =
        JavaConverters.asJavaIterator(log.getChanges(version + 1, true));
    TableState newest = this;
    while (changes.hasNext()) {
      Tuple2<Object, Seq<Action>> commit = changes.next();
      newest = newest.after((Long) commit._1(), JavaConverters.asJavaIterable(commit._2()), name);
    }
    return newest;
  }

  private TableState after(long version, Iterable<Action> actions, String name) {
    boolean plain = isPlain;
    StructType columns = schema;
    List<String> partitions = partitioning;
    Map<String, String> configuration = properties;
    long recorded = transaction;
    Map<String, DataFile> now = new LinkedHashMap<>(files);
    for (Action action : actions) {
      if (action instanceof AddFile add) {
        now.put(add.path(), new DataFile(add));
      } else if (action instanceof RemoveFile remove) {
        now.remove(remove.path());
      } else if (action instanceof SetTransaction set && set.appId().equals(name)) {
        recorded = set.version();
      } else if (action instanceof Metadata metadata) {
        columns = metadata.schema();
        partitions = JavaConverters.seqAsJavaList(metadata.partitionColumns());
        configuration = JavaConverters.mapAsJavaMap(metadata.configuration());
      } else if (action instanceof Protocol protocol) {
        plain = protocol.minReaderVersion() == 1;
      }
    }
    return new TableState(version, plain, columns, partitions, configuration, recorded, now);
  }
}
