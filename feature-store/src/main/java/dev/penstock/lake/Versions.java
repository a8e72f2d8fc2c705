package dev.penstock.lake;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import dev.penstock.lake.VersionRule.Entry;
import dev.penstock.lake.VersionRule.Kind;
import dev.penstock.lake.VersionRule.Result;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * Turns deliveries into row versions: {@code known_from}, {@code known_until}. One shuffle by key;
 * deterministic; triggers no job.
 *
 * @param columns the declared columns, in order
 * @param key the declared key; empty means that a row is known by its file and position
 * @param newestBy a column that orders rows of one slice, before their known time
 * @param eventTime the column of the event time; empty for a snapshot
 * @param cadence cuts time into slices
 */
public record Versions(
    List<String> columns,
    List<String> key,
    Optional<String> newestBy,
    Optional<String> eventTime,
    Cadence cadence) {

  /** When the version is first known. Never null. */
  public static final String KNOWN_FROM = "known_from";

  /** When it stops being known; null while it is the current one. */
  public static final String KNOWN_UNTIL = "known_until";

  /** The file that brought the row. Never null. */
  public static final String SOURCE_FILE = "source_file";

  /** Position of the row in its file, from 0. Never null. */
  public static final String SOURCE_POSITION = "source_position";

  /** In the result: {@code STORED}, {@code ADDED}, {@code UNCHANGED} or {@code DUPLICATE}. */
  public static final String FATE = "fate";

  /** In the result: whether a stored version is closed at another time than before. */
  public static final String CHANGED = "changed";

  /** In the delivery: true for a row in quarantine, which only keeps its key from being closed. */
  public static final String PRESENT_ONLY = "present_only";

  private static final String KEY = "_key";
  private static final String VALUE = "_value";

  /** The columns that a versioned table has beside the declared ones. */
  public static StructType schema(StructType declared) {
    return new StructType(declared.fields())
        .add(KNOWN_FROM, "timestamp", true, "When this version was first known; UTC.")
        .add(
            KNOWN_UNTIL,
            "timestamp",
            true,
            "When this version stopped being known; null while it is the current one.")
        .add(SOURCE_FILE, "string", true, "The file, or the SQL, that brought the row.")
        .add(SOURCE_POSITION, "bigint", true, "Position of the row in its file, from 0.")
        .add(TableDefinition.SLICE, "string", true, "The interval whose run brought the row.");
  }

  /**
   * The versions of all keys that the written slices touch.
   *
   * @param stored rows of the table: all versions of every key that is delivered, that the written
   *     slices hold or that a whole path may close
   * @param delivered declared columns, {@code slice}, {@code known_from}, {@code source_file},
   *     {@code source_position}, {@code present_only}
   * @param written the slices that are written anew
   * @param whole per written slice, the paths delivered again or as snapshots
   * @param closesFrom per written slice, the event time in microseconds before which an absence
   *     closes nothing
   * @return the table's columns, {@code fate} and {@code changed}
   */
  public Dataset<Row> apply(
      Dataset<Row> stored,
      Dataset<Row> delivered,
      Set<String> written,
      Map<String, Set<String>> whole,
      Map<String, Long> closesFrom) {
    Dataset<Row> entries =
        entries(stored, lit(Kind.STORED.ordinal()), col(KNOWN_UNTIL))
            .unionByName(
                entries(
                    delivered,
                    when(col(PRESENT_ONLY), Kind.PRESENT.ordinal())
                        .otherwise(Kind.DELIVERED.ordinal()),
                    lit(null).cast("timestamp")));
    StructType value = (StructType) entries.schema().apply(VALUE).dataType();
    StructType result =
        new StructType()
            .add(TableDefinition.SLICE, "string")
            .add("from", "bigint")
            .add("until", "bigint")
            .add(SOURCE_FILE, "string")
            .add(SOURCE_POSITION, "bigint")
            .add(VALUE, value)
            .add(FATE, "string")
            .add(CHANGED, "boolean");
    VersionRule rule = new VersionRule(cadence, written, whole, closesFrom);
    return entries
        .repartition(col(KEY))
        .sortWithinPartitions(col(KEY))
        .mapPartitions(
            (MapPartitionsFunction<Row, Row>) rows -> new KeyWalk(rows, rule), Encoders.row(result))
        .select(tableColumns());
  }

  private Column[] tableColumns() {
    List<Column> all = new ArrayList<>();
    columns.forEach(name -> all.add(col(VALUE).getField(name).as(name)));
    all.add(expr("timestamp_micros(from)").as(KNOWN_FROM));
    all.add(expr("timestamp_micros(until)").as(KNOWN_UNTIL));
    List.of(SOURCE_FILE, SOURCE_POSITION, TableDefinition.SLICE, FATE, CHANGED)
        .forEach(name -> all.add(col(name)));
    return all.toArray(Column[]::new);
  }

  private Dataset<Row> entries(Dataset<Row> rows, Column kind, Column until) {
    List<String> identity = key.isEmpty() ? List.of(SOURCE_FILE, SOURCE_POSITION) : key;
    return rows.select(
        struct(identity.stream().map(name -> col(name)).toArray(Column[]::new)).as(KEY),
        kind.as("kind"),
        col(TableDefinition.SLICE),
        newestBy.map(name -> col(name)).orElse(lit(null).cast("int")).as("newest"),
        micros(col(KNOWN_FROM)).as("from"),
        micros(until).as("until"),
        col(SOURCE_FILE),
        col(SOURCE_POSITION),
        micros(eventTime.map(name -> col(name).cast("timestamp")).orElse(col(KNOWN_FROM)))
            .as("event"),
        struct(columns.stream().map(name -> col(name)).toArray(Column[]::new)).as(VALUE));
  }

  private static Column micros(Column timestamp) {
    return org.apache.spark.sql.functions.unix_micros(timestamp);
  }

  /** Walks sorted rows and applies the rule to each run of rows with one key. */
  private static final class KeyWalk implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final VersionRule rule;
    private Iterator<Result> results = List.<Result>of().iterator();
    private Row ahead;

    KeyWalk(Iterator<Row> rows, VersionRule rule) {
      this.rows = rows;
      this.rule = rule;
    }

    @Override
    public boolean hasNext() {
      while (!results.hasNext()) {
        if (ahead == null && !rows.hasNext()) {
          return false;
        }
        Row first = ahead == null ? rows.next() : ahead;
        List<Entry> entries = new ArrayList<>(List.of(entry(first)));
        ahead = null;
        while (rows.hasNext()) {
          Row row = rows.next();
          if (!row.get(0).equals(first.get(0))) {
            ahead = row;
            break;
          }
          entries.add(entry(row));
        }
        results = rule.apply(entries).iterator();
      }
      return true;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Result result = results.next();
      Entry entry = result.entry();
      return RowFactory.create(
          entry.slice(),
          entry.from(),
          result.until(),
          entry.path(),
          entry.position(),
          entry.value(),
          result.fate().name(),
          result.changed());
    }

    @SuppressWarnings("unchecked") // every orderable type of Spark is a Comparable in a Row
    private static Entry entry(Row row) {
      return new Entry(
          Kind.values()[row.getInt(1)],
          row.getString(2),
          (Comparable<Object>) row.get(3),
          row.getLong(4),
          row.isNullAt(5) ? null : row.getLong(5),
          row.getString(6),
          row.getLong(7),
          row.isNullAt(8) ? null : row.getLong(8),
          row.get(9));
    }
  }
}
