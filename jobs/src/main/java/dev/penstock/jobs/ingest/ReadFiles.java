package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.decode;
import static org.apache.spark.sql.functions.encode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.from_csv;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import dev.penstock.jobs.ingest.Landing.LandedFile;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.paths.SparkPath;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Parses the files of a source into staged rows: the declared columns, typed; when the row was
 * known; where it came from; and the rules that it breaks already. Columns are found by name, file
 * by file. A file that cannot be read as declared is named with its problem and left out.
 *
 * @param spark reads the files
 * @param source what they are declared to hold
 */
public record ReadFiles(SparkSession spark, Source source) {
  /** The rules that the row breaks; never null. */
  public static final String BROKEN_RULES = "broken_rules";

  /** The row as it came, for quarantine. */
  public static final String RAW = "raw";

  /** Last microsecond of the interval whose slice the row belongs to. */
  public static final String SLICE_END = "slice_end";

  /** The file's own columns, whose names must not meet ours. */
  private static final String IN_FILE = "_in_file";

  private static final String CORRUPT = "_penstock_corrupt";

  /** A line of CSV whose last value opens a quote and does not close it. */
  private static final String OPEN_QUOTE =
      "^(?:(?:\"[^\"]*+(?:\"\"[^\"]*+)*+\"|[^\",][^,]*+|),)*+\"[^\"]*+(?:\"\"[^\"]*+)*+$";

  /** Nothing is left out of a raw row: no null, no microsecond. */
  private static final Map<String, String> RAW_JSON =
      Map.of("ignoreNullFields", "false", "timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX");

  private static final String POSITION_IN_TASK = "_in_task";
  private static final String SLICE_START = "_slice_start";
  private static final String HISTORY = "_history";
  private static final String CORRECTION = "_correction";
  private static final String FIRST_SNAPSHOT_KNOWN = "1900-01-01 00:00:00";

  /**
   * A file to read.
   *
   * @param landed where it lies
   * @param slice the slice that it belongs to
   * @param startMicros first microsecond of the slice's interval
   * @param endMicros last microsecond of the slice's interval
   * @param history whether declared times are trusted, as in the first slice and before
   * @param correction whether it was read before, so that none of its rows is late
   */
  public record FileToRead(
      LandedFile landed,
      String slice,
      long startMicros,
      long endMicros,
      boolean history,
      boolean correction) {}

  /**
   * What was read.
   *
   * @param rows the staged rows; lazy
   * @param problems by file name, why a file was left out
   */
  public record Parsed(Dataset<Row> rows, Map<String, String> problems, List<String> notes) {}

  /** Looks at each file's header, and parses those that fit. */
  public Parsed apply(List<FileToRead> files) {
    Map<String, String> problems = new LinkedHashMap<>();
    List<String> notes = new ArrayList<>();
    FileShapes shapes = new FileShapes(spark, source);
    Map<StructType, List<FileToRead>> byShape = new LinkedHashMap<>();
    for (FileToRead file : files) {
      try {
        byShape.computeIfAbsent(shapes.of(file.landed()), s -> new ArrayList<>()).add(file);
      } catch (FileShapes.UnreadableFileException e) {
        problems.put(file.landed().name(), e.getMessage());
      }
    }
    List<Dataset<Row>> parts = new ArrayList<>();
    byShape.forEach(
        (shape, group) -> {
          List<String> extra =
              Arrays.stream(shape.fieldNames())
                  .filter(name -> !Arrays.asList(source.schema().fieldNames()).contains(name))
                  .map(name -> name.isEmpty() ? "(without a name)" : name)
                  .toList();
          if (!extra.isEmpty()) {
            notes.add("columns that are not declared were left out: " + String.join(", ", extra));
          }
          parts.add(parse(shape, group));
        });
    Dataset<Row> rows =
        parts.stream()
            .reduce(Dataset::unionByName)
            .orElseGet(() -> parse(shapes.declared(), List.of()));
    return new Parsed(rows, problems, notes);
  }

  private Dataset<Row> parse(StructType shape, List<FileToRead> files) {
    Dataset<Row> raw = files.isEmpty() ? nothing(shape) : scan(shape, files);
    Dataset<Row> located =
        raw.join(broadcast(index(files)), "_path")
            .withColumn(Versions.SOURCE_POSITION, col("_position").cast("bigint"))
            .withColumn(CORRUPT, inFile(CORRUPT));
    List<Column> columns = new ArrayList<>();
    List<Column> broken = new ArrayList<>();
    broken.add(when(col(CORRUPT).isNotNull(), lit("malformed")));
    for (StructField field : source.schema().fields()) {
      columns.add(typed(field).as(field.name()));
      broken.add(
          when(
              col(CORRUPT).isNull().and(given(field)).and(typed(field).isNull()),
              concat(lit("type("), lit(field.name()), lit(")"))));
    }
    for (String name :
        List.of(
            Versions.SOURCE_FILE,
            TableDefinition.SLICE,
            SLICE_END,
            SLICE_START,
            HISTORY,
            CORRECTION,
            Versions.SOURCE_POSITION,
            CORRUPT)) {
      columns.add(col(name));
    }
    columns.add(rawText(shape).as(RAW));
    columns.add(array(broken.toArray(Column[]::new)).as(BROKEN_RULES));
    return withTimes(located.select(columns.toArray(Column[]::new)));
  }

  /** Adds when rows were known, and the rules about nulls and lateness. */
  private Dataset<Row> withTimes(Dataset<Row> rows) {
    Column declared = declaredKnownTime();
    Column knownFrom =
        source.snapshot()
            ? when(col(HISTORY), lit(FIRST_SNAPSHOT_KNOWN).cast("timestamp"))
                .otherwise(col(SLICE_END))
            : when(
                    declared.isNotNull().and(col(HISTORY).or(declared.geq(col(SLICE_START)))),
                    declared)
                .otherwise(col(SLICE_END));
    List<Column> broken = new ArrayList<>();
    List<String> required = new ArrayList<>(source.key());
    source.eventTime().filter(name -> !required.contains(name)).ifPresent(required::add);
    for (String name : required) {
      broken.add(
          when(
              col(CORRUPT)
                  .isNull()
                  .and(col(name).isNull())
                  .and(
                      org.apache.spark.sql.functions.not(
                          org.apache.spark.sql.functions.array_contains(
                              filter(col(BROKEN_RULES), Column::isNotNull), "type(" + name + ")"))),
              lit("not-null(" + name + ")")));
    }
    source
        .lateBy()
        .ifPresent(
            lateBy ->
                broken.add(
                    when(
                        col(HISTORY)
                            .or(col(CORRECTION))
                            .equalTo(false)
                            .and(declared.plus(interval(lateBy)).lt(col(SLICE_START))),
                        lit("late-by"))));
    Column all =
        broken.isEmpty()
            ? col(BROKEN_RULES)
            : concat(col(BROKEN_RULES), array(broken.toArray(Column[]::new)));
    return rows.withColumn(Versions.KNOWN_FROM, knownFrom)
        .withColumn(BROKEN_RULES, filter(all, Column::isNotNull))
        .drop(CORRUPT, SLICE_START, HISTORY, CORRECTION);
  }

  private Column declaredKnownTime() {
    if (source.knownTime().isPresent()) {
      return col(source.knownTime().get());
    }
    return source
        .knownAfter()
        .map(after -> col(source.eventTime().orElseThrow()).plus(interval(after)))
        .orElse(lit(null).cast("timestamp"));
  }

  private static Column interval(Duration duration) {
    return expr("make_dt_interval(0, 0, 0, %d)".formatted(duration.toSeconds()));
  }

  private Dataset<Row> scan(StructType shape, List<FileToRead> files) {
    String[] paths = files.stream().map(file -> file.landed().path()).toArray(String[]::new);
    StructType withCorrupt = shape.add(CORRUPT, "string");
    return switch (source.format()) {
      case CSV -> csvRows(withCorrupt, spark.read().text(paths));
      case JSON ->
          numbered(
              spark
                  .read()
                  .schema(withCorrupt)
                  .option("columnNameOfCorruptRecord", CORRUPT)
                  .json(paths),
              struct(col("*")));
      case PARQUET ->
          spark
              .read()
              .schema(shape)
              .parquet(paths)
              .select(
                  struct(col("*"), lit(null).cast("string").as(CORRUPT)).as(IN_FILE),
                  col("_metadata.file_path").as("_path"),
                  col("_metadata.row_index").as("_position"));
    };
  }

  /**
   * A value that goes on in the next line is malformed, the line alone would cut it short; so is a
   * line that is not UTF-8, whose letters nobody knows.
   */
  private static Dataset<Row> csvRows(StructType withCorrupt, Dataset<Row> lines) {
    Column value = col("value");
    var options =
        new scala.collection.immutable.Map.Map2<>(
            "escape", "\"", "columnNameOfCorruptRecord", CORRUPT);
    Column parsed = from_csv(value, withCorrupt, options);
    Column open = value.contains("\"").and(value.rlike(OPEN_QUOTE));
    Column bytes = value.cast("binary");
    Column text = decode(bytes, "UTF-8");
    Column notUtf8 = bytes.notEqual(encode(text, "UTF-8"));
    return numbered(
            lines.where("trim(value) <> ''"),
            when(open.or(notUtf8), parsed.withField(CORRUPT, text)).otherwise(parsed))
        .where("_position > 0")
        .withColumn("_position", col("_position").minus(1));
  }

  /** The rows of text files, with their positions. */
  private static Dataset<Row> numbered(Dataset<Row> rows, Column inFile) {
    var order = Window.partitionBy("_path").orderBy("_block", POSITION_IN_TASK);
    return rows.select(
            inFile.as(IN_FILE),
            col("_metadata.file_path").as("_path"),
            col("_metadata.file_block_start").as("_block"),
            monotonically_increasing_id().as(POSITION_IN_TASK))
        .withColumn("_position", row_number().over(order).minus(1));
  }

  private Dataset<Row> nothing(StructType shape) {
    StructType columns =
        new StructType()
            .add(IN_FILE, shape.add(CORRUPT, "string"))
            .add("_path", "string")
            .add("_position", "bigint");
    return spark.createDataFrame(List.of(), columns);
  }

  private Dataset<Row> index(List<FileToRead> files) {
    StructType schema =
        StructType.fromDDL(
            "_path STRING, source_file STRING, slice STRING, _start BIGINT, _end BIGINT,"
                + " _history BOOLEAN, _correction BOOLEAN");
    List<Row> rows = new ArrayList<>();
    for (FileToRead file : files) {
      rows.add(
          RowFactory.create(
              SparkPath.fromPathString(file.landed().path()).urlEncoded(),
              file.landed().name(),
              file.slice(),
              file.startMicros(),
              file.endMicros(),
              file.history(),
              file.correction()));
    }
    return spark
        .createDataFrame(rows, schema)
        .withColumn(SLICE_START, expr("timestamp_micros(_start)"))
        .withColumn(SLICE_END, expr("timestamp_micros(_end)"))
        .drop("_start", "_end");
  }

  private Column rawText(StructType shape) {
    Column[] fields =
        Arrays.stream(shape.fieldNames()).map(name -> inFile(name).as(name)).toArray(Column[]::new);
    return org.apache.spark.sql.functions.coalesce(col(CORRUPT), to_json(struct(fields), RAW_JSON));
  }

  /** The declared type's value of a field; null if it has none. */
  private static Column typed(StructField field) {
    if (field.dataType().equals(DataTypes.StringType)) {
      return inFile(field.name()).cast("string");
    }
    String type = field.dataType().sql();
    Column value = expr("try_cast(%s AS %s)".formatted(trimmed(field), type));
    if (!(field.dataType() instanceof IntegralType)) {
      return value;
    }
    // 5.0 is 5: so it is written where missing integers turn a column into floating-point numbers.
    String exact = "try_cast(%s AS DECIMAL(38, 18))".formatted(trimmed(field));
    return org.apache.spark.sql.functions.coalesce(
        value,
        expr("CASE WHEN %1$s %% 1 = 0 THEN try_cast(%1$s AS %2$s) END".formatted(exact, type)));
  }

  private static Column given(StructField field) {
    DataType type = field.dataType();
    return type.equals(DataTypes.StringType) ? lit(false) : expr(trimmed(field) + " IS NOT NULL");
  }

  private static String trimmed(StructField field) {
    return "nullif(trim(CAST(%s.`%s` AS STRING)), '')".formatted(IN_FILE, field.name());
  }

  /** A column of the file, whatever its name. */
  private static Column inFile(String name) {
    return col(IN_FILE + ".`" + name.replace("`", "``") + "`");
  }
}
