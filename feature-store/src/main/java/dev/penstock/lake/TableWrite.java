package dev.penstock.lake;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaConcurrentModificationException;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.Format;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.collection.immutable.Map$;

/**
 * Writes rows into a table in one commit: data files first, then the log, or nothing. Delta's
 * DataFrame writer does the same, but asks Spark for the table's state, its transactions and the
 * files to replace, in four queries; the caller knows them.
 *
 * @param log the table's
 * @param table what the writer wants it to be
 * @param state the table as the writer knows it
 */
record TableWrite(DeltaLog log, TableDefinition table, TableState state) {

  /** Creates a table, empty, unless somebody did meanwhile. */
  static void create(DeltaLog log, TableDefinition table, Map<String, String> properties) {
    OptimisticTransaction transaction = log.startTransaction(Option.empty(), Option.empty());
    if (transaction.readVersion() >= 0) {
      return;
    }
    Metadata metadata =
        new Metadata(
            UUID.randomUUID().toString(),
            null,
            null,
            new Format("parquet", Map$.MODULE$.empty()),
            table.schema().asNullable().json(),
            JavaConverters.asScalaBuffer(table.partition().stream().toList()).toSeq(),
            Map$.MODULE$
                .<String, String>empty()
                .$plus$plus(JavaConverters.mapAsScalaMap(properties)),
            Option.empty());
    transaction.updateMetadata(metadata, false);
    try {
      transaction.commit(
          sequence(List.of()),
          new DeltaOperations.CreateTable(metadata, false, false, Option.empty()));
    } catch (DeltaConcurrentModificationException e) {
      if (log.update(false, Option.empty(), Option.empty()).version() < 0) {
        throw e;
      }
    }
  }

  /** Adds rows to a table without partitions; never conflicts. */
  void append(SparkSession spark, List<Row> rows) {
    OptimisticTransaction transaction = log.startTransaction(Option.empty(), Option.empty());
    Metadata metadata = transaction.metadata();
    StructType columns = columns(metadata.schema(), table.schema());
    update(transaction, columns, metadata.configuration());
    AddFile file = DriverFile.write(spark, log.dataPath(), table.schema(), rows);
    transaction.commit(sequence(List.of(file)), operation(SaveMode.Append, Option.empty(), null));
  }

  /**
   * Makes {@code rows} the whole content of some partitions.
   *
   * @param opened what the table had recorded before the rows were read
   * @param note what the commit says of itself
   * @throws LostWriteException if somebody wrote the table since
   * @throws IllegalStateException if a row lies in another partition; nothing is written then
   */
  Written replace(Opened opened, Collection<String> partitions, Dataset<Row> rows, String note) {
    String name = table.name();
    String partition = state.partitioning().get(0);
    String list =
        new TreeSet<>(partitions)
            .stream()
                .map(value -> "'" + value.replace("'", "\\'") + "'")
                .collect(Collectors.joining(", "));
    OptimisticTransaction transaction = log.startTransaction(Option.empty(), Option.empty());
    if (state.transaction() != opened.transaction()
        || transaction.readVersion() != state.version()) {
      throw new LostWriteException(name, list, null);
    }
    describe(transaction, rows.schema());
    transaction.readWholeTable();
    List<AddFile> added = write(transaction, rows.hint("rebalance", col(partition).expr()));
    Map<String, Long> written = new HashMap<>();
    for (AddFile file : added) {
      String value = file.partitionValues().apply(partition);
      if (!partitions.contains(value)) {
        throw new IllegalStateException(
            "Cannot write %s: a row lies in %s %s, not in %s"
                .formatted(name, partition, value, list));
      }
      written.merge(value, (Long) file.numLogicalRecords().get(), Long::sum);
    }
    long number = opened.transaction() + 1;
    List<Action> actions = new ArrayList<>();
    actions.add(new SetTransaction(name, number, Option.empty()));
    state.files().values().stream()
        .filter(file -> partitions.contains(file.partition().get(partition)))
        .forEach(file -> actions.add(file.added().remove()));
    actions.addAll(added);
    String predicate = "%s IN (%s)".formatted(partition, list);
    try {
      transaction.commit(
          sequence(actions), operation(SaveMode.Overwrite, Option.apply(predicate), note));
    } catch (DeltaConcurrentModificationException e) {
      throw new LostWriteException(name, list, e);
    }
    return new Written(number, written);
  }

  /**
   * Gives the table the comments and the definition that the writer wants, and columns of the rows
   * that it lacks, with the commit of the rows.
   */
  private void describe(OptimisticTransaction transaction, StructType rows) {
    Metadata metadata = transaction.metadata();
    StructType columns = new StructType();
    for (StructField field : columns(metadata.schema(), rows).fields()) {
      columns = columns.add(commented(field));
    }
    var properties = metadata.configuration();
    String definition = table.properties().get(TableDefinition.DEFINITION);
    if (definition != null) {
      properties = properties.updated(TableDefinition.DEFINITION, definition);
    }
    update(transaction, columns, properties);
  }

  /** The column as the table has it, with the comment that the writer wants. */
  private StructField commented(StructField field) {
    return Arrays.stream(table.schema().fields())
        .filter(wanted -> wanted.name().equals(field.name()))
        .filter(wanted -> !wanted.getComment().equals(field.getComment()))
        .findFirst()
        .map(
            wanted ->
                new StructField(
                    field.name(), field.dataType(), field.nullable(), wanted.metadata()))
        .orElse(field);
  }

  /** The columns of the table, then those of the rows that it lacks. */
  private StructType columns(StructType present, StructType rows) {
    StructType columns = present;
    for (StructField field : rows.fields()) {
      if (!Arrays.asList(present.fieldNames()).contains(field.name())) {
        columns = columns.add(field.name(), field.dataType(), true, field.metadata());
      } else if (!sameType(field, present)) {
        throw new IllegalStateException(
            "Cannot write %s: column %s is %s in the table, now it is %s"
                .formatted(
                    table.name(),
                    field.name(),
                    present.apply(field.name()).dataType().sql(),
                    field.dataType().sql()));
      }
    }
    return columns;
  }

  private static void update(
      OptimisticTransaction transaction,
      StructType columns,
      scala.collection.immutable.Map<String, String> properties) {
    Metadata metadata = transaction.metadata();
    if (columns.equals(metadata.schema()) && properties.equals(metadata.configuration())) {
      return;
    }
    transaction.updateMetadata(
        new Metadata(
            metadata.id(),
            metadata.name(),
            metadata.description(),
            metadata.format(),
            columns.json(),
            metadata.partitionColumns(),
            properties,
            metadata.createdTime()),
        false);
  }

  private static boolean sameType(StructField field, StructType columns) {
    return field
        .dataType()
        .asNullable()
        .equals(columns.apply(field.name()).dataType().asNullable());
  }

  private static List<AddFile> write(OptimisticTransaction transaction, Dataset<Row> rows) {
    List<AddFile> added = new ArrayList<>();
    for (Action action : JavaConverters.asJavaIterable(transaction.writeFiles(rows))) {
      added.add((AddFile) action);
    }
    return added;
  }

  private DeltaOperations.Write operation(SaveMode mode, Option<String> predicate, String note) {
    Seq<String> partitioning = JavaConverters.asScalaBuffer(state.partitioning()).toSeq();
    return new DeltaOperations.Write(
        mode, Option.apply(partitioning), predicate, Option.apply(note));
  }

  private static Seq<Action> sequence(List<Action> actions) {
    return JavaConverters.asScalaBuffer(actions).toSeq();
  }
}
