package dev.penstock.lake;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.collection.immutable.Map$;

/**
 * A data file of rows that the driver holds, by Spark's Parquet writer but without a Spark job: the
 * few rows of a ledger are written seven times a day, and a job costs more than its rows.
 */
final class DriverFile {
  /** Bounds of longer texts would make the log longer than what they save. */
  private static final int LONGEST_BOUND = 64;

  private DriverFile() {}

  /** Writes rows of {@code schema} into a new file in a table's folder; it has no partitions. */
  static AddFile write(SparkSession spark, Path table, StructType schema, List<Row> rows) {
    try {
      Configuration configuration = spark.sessionState().newHadoopConf();
      Job job = Job.getInstance(configuration);
      OutputWriterFactory factory =
          new ParquetFileFormat().prepareWrite(spark, job, Map$.MODULE$.empty(), schema);
      TaskAttemptContext attempt =
          new TaskAttemptContextImpl(job.getConfiguration(), new TaskAttemptID());
      Path file =
          new Path(
              table,
              "part-00000-%s-c000%s"
                  .formatted(UUID.randomUUID(), factory.getFileExtension(attempt)));
      OutputWriter writer = factory.newInstance(file.toString(), schema, attempt);
      try {
        var toInternal = CatalystTypeConverters.createToCatalystConverter(schema);
        for (Row row : rows) {
          writer.write((InternalRow) toInternal.apply(row));
        }
      } finally {
        writer.close();
      }
      FileStatus status = file.getFileSystem(configuration).getFileStatus(file);
      return new AddFile(
          file.getName(),
          Map$.MODULE$.empty(),
          status.getLen(),
          status.getModificationTime(),
          true,
          statistics(schema, rows),
          null,
          null,
          Option.empty(),
          Option.empty(),
          Option.empty());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write into " + table, e);
    }
  }

  /** Delta's, of texts alone: ledgers are looked up by table and slice. */
  private static String statistics(StructType schema, List<Row> rows) {
    ObjectNode statistics = JsonNodeFactory.instance.objectNode().put("numRecords", rows.size());
    ObjectNode least = statistics.putObject("minValues");
    ObjectNode greatest = statistics.putObject("maxValues");
    ObjectNode nulls = statistics.putObject("nullCount");
    for (int i = 0; i < schema.size(); i++) {
      if (schema.apply(i).dataType() instanceof StringType) {
        int column = i;
        List<UTF8String> texts =
            rows.stream()
                .map(row -> row.getString(column))
                .filter(Objects::nonNull)
                .map(UTF8String::fromString)
                .sorted()
                .toList();
        nulls.put(schema.apply(i).name(), rows.size() - texts.size());
        if (texts.stream().allMatch(text -> text.numChars() <= LONGEST_BOUND) && !texts.isEmpty()) {
          least.put(schema.apply(i).name(), texts.get(0).toString());
          greatest.put(schema.apply(i).name(), texts.get(texts.size() - 1).toString());
        }
      }
    }
    return statistics.toString();
  }
}
