package dev.penstock.validation;

import dev.penstock.validation.Profile.Kind;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import scala.Tuple2;

/** Takes the profiles of a frame. */
public final class Profiles {
  private static final double MICROS_PER_SECOND = 1e6;
  private static final long SECONDS_PER_DAY = 86_400;

  private Profiles() {}

  /** Whether columns of this type have a profile; arrays, maps, structs and binaries have none. */
  public static boolean canProfile(DataType type) {
    return type instanceof StringType || isNumber(type);
  }

  /**
   * The profiles of columns over groups of rows, in one Spark job if {@code rows} needs no shuffle:
   * each partition is read once and sketched, the sketches (at most some 10 KB each) are shuffled
   * by group and column and merged. One merged profile per group and column comes to the driver.
   * Frequent texts among more than 768 different ones take a second job. Equal rows have equal
   * profiles, whatever their order and partitions.
   *
   * @param columns each of a type that {@link #canProfile}
   * @param groupColumn never null in any row; its text becomes the profiles' slice
   * @return ordered by group, then as {@code columns} are; nothing for a group without a row
   * @throws IllegalArgumentException for a column of another type
   */
  public static List<Profile> of(Dataset<Row> rows, List<String> columns, String groupColumn) {
    List<Kind> kinds = columns.stream().map(name -> kind(rows, name)).toList();
    Column[] values = columns.stream().map(name -> comparable(rows, name)).toArray(Column[]::new);
    Dataset<Row> input =
        rows.select(
            functions.struct(values).as("values"),
            Inputs.quoted(groupColumn).cast("string").as("group"));
    List<String> names = List.copyOf(columns);
    Map<Key, Profile> profiles =
        new TreeMap<>(
            input
                .javaRDD()
                .mapPartitions(part -> sketch(part, names, kinds))
                .mapToPair(part -> new Tuple2<>(part.key(), part.profile()))
                .groupByKey(mergers(rows))
                .mapValues(Profiles::merge)
                .collectAsMap());
    countFrequentTexts(input.javaRDD(), profiles);
    return List.copyOf(profiles.values());
  }

  /**
   * A sketch of more different texts than it holds knows which of them may be frequent, but counts
   * them by an amount too low that depends on the order of the rows. These few are counted here.
   */
  private static void countFrequentTexts(JavaRDD<Row> rows, Map<Key, Profile> profiles) {
    Map<Key, Set<String>> candidates = new HashMap<>();
    profiles.forEach(
        (key, profile) -> {
          if (profile.kind() == Kind.TEXT && !profile.knowsAllValues()) {
            candidates.put(key, profile.mayBeFrequent());
          }
        });
    Map<Key, Map<String, Long>> counts = new HashMap<>();
    if (candidates.values().stream().anyMatch(texts -> !texts.isEmpty())) {
      rows.flatMap(row -> occurrences(row, candidates))
          .mapToPair(text -> new Tuple2<>(text, 1L))
          .reduceByKey(Long::sum)
          .collectAsMap()
          .forEach(
              (text, count) ->
                  counts
                      .computeIfAbsent(text.key(), key -> new HashMap<>())
                      .put(text.text(), count));
    }
    candidates.forEach(
        (key, texts) ->
            profiles.computeIfPresent(
                key, (same, profile) -> profile.counted(counts.getOrDefault(key, Map.of()))));
  }

  private static Iterator<Text> occurrences(Row row, Map<Key, Set<String>> candidates) {
    Row values = row.getStruct(0);
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      Key key = new Key(row.getString(1), i);
      Set<String> ofKey = candidates.get(key);
      if (ofKey != null && !values.isNullAt(i)) {
        String text = Sketches.cut(values.getString(i));
        if (ofKey.contains(text)) {
          texts.add(new Text(key, text));
        }
      }
    }
    return texts.iterator();
  }

  private record Text(Key key, String text) implements Serializable {}

  /** What one partition says about one column of one group. */
  private record Part(Key key, Profile profile) implements Serializable {}

  private record Key(String group, int column) implements Comparable<Key>, Serializable {
    @Override
    public int compareTo(Key other) {
      int order = group.compareTo(other.group);
      return order != 0 ? order : Integer.compare(column, other.column);
    }
  }

  private static Iterator<Part> sketch(Iterator<Row> rows, List<String> columns, List<Kind> kinds) {
    Map<String, List<Sketches>> groups = new LinkedHashMap<>();
    while (rows.hasNext()) {
      Row row = rows.next();
      List<Sketches> sketches =
          groups.computeIfAbsent(
              row.getString(1), group -> kinds.stream().map(Sketches::new).toList());
      add(row.getStruct(0), sketches);
    }
    List<Part> parts = new ArrayList<>();
    groups.forEach(
        (group, sketches) -> {
          for (int i = 0; i < columns.size(); i++) {
            Profile profile = sketches.get(i).profile(group, columns.get(i));
            parts.add(new Part(new Key(group, i), profile));
          }
        });
    return parts.iterator();
  }

  private static void add(Row values, List<Sketches> sketches) {
    for (int i = 0; i < sketches.size(); i++) {
      Sketches sketch = sketches.get(i);
      if (values.isNullAt(i)) {
        sketch.addNull();
      } else if (sketch.kind() == Kind.NUMBER) {
        sketch.add(values.getDouble(i));
      } else {
        sketch.add(values.getString(i));
      }
    }
  }

  private static Profile merge(Iterable<Profile> parts) {
    List<Profile> profiles = StreamSupport.stream(parts.spliterator(), false).toList();
    return Profile.merge(profiles.get(0).slice(), profiles);
  }

  private static int mergers(Dataset<Row> rows) {
    return Integer.parseInt(rows.sparkSession().conf().get("spark.sql.shuffle.partitions"));
  }

  private static Kind kind(Dataset<Row> rows, String name) {
    DataType type = typeOf(rows, name);
    if (!canProfile(type)) {
      throw new IllegalArgumentException(
          "Cannot profile column %s: it is %s".formatted(name, type.sql()));
    }
    return type instanceof StringType ? Kind.TEXT : Kind.NUMBER;
  }

  private static boolean isNumber(DataType type) {
    return type instanceof NumericType
        || type instanceof BooleanType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType
        || type instanceof DateType;
  }

  private static Column comparable(Dataset<Row> rows, String name) {
    DataType type = typeOf(rows, name);
    Column column = Inputs.quoted(name);
    if (type instanceof StringType) {
      return column;
    }
    if (type instanceof TimestampType || type instanceof TimestampNTZType) {
      return functions.unix_micros(column.cast("timestamp")).divide(MICROS_PER_SECOND);
    }
    if (type instanceof DateType) {
      return functions.unix_date(column).cast("double").multiply(SECONDS_PER_DAY);
    }
    return column.cast("double");
  }

  private static DataType typeOf(Dataset<Row> rows, String name) {
    return Arrays.stream(rows.schema().fields())
        .filter(field -> field.name().equals(name))
        .map(field -> field.dataType())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Cannot profile column %s: there is only %s"
                        .formatted(name, String.join(", ", rows.columns()))));
  }
}
