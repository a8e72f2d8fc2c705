package dev.penstock.jobs.ingest;

import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import dev.penstock.jobs.ingest.Landing.LandedFile;
import dev.penstock.jobs.pipeline.Source;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Tells which columns a file has, before Spark reads it: by its header, or by its format.
 *
 * @param spark reads what is not text
 * @param source what its files are declared to hold
 */
record FileShapes(SparkSession spark, Source source) {

  /**
   * The columns that a file has, in its own order.
   *
   * @throws UnreadableFileException if it cannot be read as its source declares
   */
  StructType of(LandedFile file) throws UnreadableFileException {
    StructType shape =
        switch (source.format()) {
          case CSV -> csvShape(file);
          case JSON -> jsonShape(file);
          case PARQUET -> parquetShape(file);
        };
    List<String> names = Arrays.asList(shape.fieldNames());
    List<String> missing =
        Arrays.stream(source.schema().fieldNames()).filter(name -> !names.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new UnreadableFileException(
          "missing column%s %s"
              .formatted(missing.size() > 1 ? "s" : "", String.join(", ", missing)));
    }
    return shape;
  }

  /** The declared columns, as text. */
  StructType declared() {
    StructType shape = new StructType();
    for (String name : source.schema().fieldNames()) {
      shape = shape.add(name, "string");
    }
    return shape;
  }

  private StructType csvShape(LandedFile file) throws UnreadableFileException {
    String header = firstLine(file);
    if (header.chars().anyMatch(c -> c == 0xFFFD || (c < ' ' && c != '\t'))) {
      throw new UnreadableFileException("not text: its first line holds control characters");
    }
    StructType shape = new StructType();
    for (String name : csvParser().parseLine(header)) {
      String column = name == null ? "" : name.strip();
      // Spark's names have no case.
      if (Arrays.stream(shape.fieldNames()).anyMatch(column::equalsIgnoreCase)) {
        throw new UnreadableFileException("column " + column + " comes twice in the header");
      }
      shape = shape.add(column, "string");
    }
    return shape;
  }

  private StructType jsonShape(LandedFile file) throws UnreadableFileException {
    firstLine(file);
    return declared();
  }

  private StructType parquetShape(LandedFile file) throws UnreadableFileException {
    if (file.bytes() == 0) {
      throw new UnreadableFileException("empty: not even a header");
    }
    try {
      return spark.read().parquet(file.path()).schema();
    } catch (Exception e) { // Spark's exceptions for a broken footer have no common type
      readWhole(file);
      throw new UnreadableFileException("not a Parquet file");
    }
  }

  /** The first line, after the whole of a compressed file was read once: half of one is no file. */
  private String firstLine(LandedFile file) throws UnreadableFileException {
    Path path = new Path(file.path());
    var hadoop = spark.sparkContext().hadoopConfiguration();
    CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(path);
    try (InputStream bytes = path.getFileSystem(hadoop).open(path);
        InputStream in = codec == null ? bytes : codec.createInputStream(bytes);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      if (line == null || line.isBlank()) {
        throw new UnreadableFileException("empty: not even a header");
      }
      if (codec != null) {
        reader.transferTo(java.io.Writer.nullWriter());
      }
      return line.startsWith("\uFEFF") ? line.substring(1) : line;
    } catch (UnreadableFileException e) {
      throw e;
    } catch (IOException e) {
      readWhole(file);
      throw new UnreadableFileException("unreadable: " + e.getClass().getSimpleName());
    }
  }

  /** A file whose bytes cannot be had is trouble, not bad data. */
  private void readWhole(LandedFile file) {
    Path path = new Path(file.path());
    try (InputStream bytes =
        path.getFileSystem(spark.sparkContext().hadoopConfiguration()).open(path)) {
      bytes.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + path, e);
    }
  }

  private static CsvParser csvParser() {
    CsvParserSettings settings = new CsvParserSettings();
    settings.getFormat().setQuoteEscape('"');
    return new CsvParser(settings);
  }

  /** A file that cannot be read as its source declares; the message says why. */
  static final class UnreadableFileException extends Exception {
    private static final long serialVersionUID = 1;

    UnreadableFileException(String message) {
      super(message);
    }
  }
}
