package dev.penstock.validation;

import dev.penstock.validation.Profile.Kind;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import scala.Tuple2;

/**
 * Reads rows once: tallies those of a group that broke the same rules, and sketches the columns of
 * those that broke none.
 *
 * @param ranged columns whose range the tallies hold
 * @param profiled columns to sketch
 * @param kinds what each of them is compared by
 */
record ScanRows(List<String> ranged, List<String> profiled, List<Kind> kinds)
    implements Serializable {
  /** Positions in the rows that are read; the ranged and the profiled columns come after these. */
  static final int GROUP = 0;

  static final int BROKEN = 1;
  private static final int VALUES = 2;

  /**
   * What the shuffle brings together: the rows of a group that broke the same rules, or a column of
   * them.
   *
   * @param column position among the profiled ones, or {@link #ROWS}
   */
  record Key(String group, List<String> broken, int column) implements Serializable {
    static final int ROWS = -1;
    static final Comparator<Key> BY_GROUP_AND_COLUMN =
        Comparator.comparing(Key::group).thenComparing(Key::column);

    /** A column of the rows that broke no rule. */
    static Key ofColumn(String group, int column) {
      return new Key(group, List.of(), column);
    }
  }

  /** What a partition, or all, says about a key. */
  private sealed interface Part extends Serializable {
    /** What all parts of one key say together. */
    Part merge(List<Part> parts);

    void addTo(Found found, Key key);
  }

  private record Counted(Tally tally) implements Part {
    @Override
    public Part merge(List<Part> parts) {
      Tally whole = new Tally(tally.columns());
      parts.forEach(part -> whole.add(((Counted) part).tally));
      return new Counted(whole);
    }

    @Override
    public void addTo(Found found, Key key) {
      found.groups.add(new RowCounts.Group(key.group, key.broken, tally));
    }
  }

  private record Sketched(Profile profile) implements Part {
    @Override
    public Part merge(List<Part> parts) {
      List<Profile> profiles = parts.stream().map(part -> ((Sketched) part).profile).toList();
      return new Sketched(Profile.merge(profile.slice(), profiles));
    }

    @Override
    public void addTo(Found found, Key key) {
      found.profiles.put(key, profile);
    }
  }

  private record Found(List<RowCounts.Group> groups, SortedMap<Key, Profile> profiles) {}

  /** What a partition has seen so far of the rows of a group that broke the same rules. */
  private record Seen(Tally tally, List<Sketches> sketches) {}

  /**
   * What {@link RowScan#of} says, of any rows.
   *
   * @param group never null; its text stands for the slice
   * @param broken names of the rules that a row broke, never null
   */
  static RowScan of(
      Dataset<Row> rows, Column group, Column broken, List<String> ranged, List<String> profiled) {
    ranged.forEach(name -> requireRange(rows, name));
    List<Kind> kinds = profiled.stream().map(name -> Profiles.kind(rows, name)).toList();
    ScanRows scan = new ScanRows(List.copyOf(ranged), List.copyOf(profiled), kinds);
    List<Column> columns = new ArrayList<>(List.of(group.cast("string"), broken));
    ranged.forEach(name -> columns.add(Inputs.quoted(name)));
    profiled.forEach(name -> columns.add(Profiles.comparable(rows, name)));
    JavaRDD<Row> read = rows.select(columns.toArray(Column[]::new)).javaRDD();
    Found found = new Found(new ArrayList<>(), new TreeMap<>(Key.BY_GROUP_AND_COLUMN));
    read.mapPartitionsToPair(scan::parts)
        .groupByKey(mergers(rows))
        .mapValues(ScanRows::merge)
        .collectAsMap()
        .forEach((key, part) -> part.addTo(found, key));
    FrequentTexts.count(read, scan.firstProfiled(), found.profiles);
    return new RowScan(new RowCounts(ranged, found.groups), List.copyOf(found.profiles.values()));
  }

  private Iterator<Tuple2<Key, Part>> parts(Iterator<Row> rows) {
    Map<Key, Seen> seen = new LinkedHashMap<>();
    while (rows.hasNext()) {
      Row row = rows.next();
      Key key = new Key(row.getString(GROUP), List.copyOf(row.getList(BROKEN)), Key.ROWS);
      Seen group = seen.computeIfAbsent(key, this::nothingOf);
      group.tally.add(row, VALUES);
      add(row, firstProfiled(), group.sketches);
    }
    List<Tuple2<Key, Part>> parts = new ArrayList<>();
    seen.forEach(
        (key, group) -> {
          parts.add(new Tuple2<>(key, new Counted(group.tally)));
          for (int i = 0; i < group.sketches.size(); i++) {
            Profile profile = group.sketches.get(i).profile(key.group, profiled.get(i));
            parts.add(new Tuple2<>(Key.ofColumn(key.group, i), new Sketched(profile)));
          }
        });
    return parts.iterator();
  }

  private Seen nothingOf(Key key) {
    return new Seen(
        new Tally(ranged.size()),
        key.broken.isEmpty() ? kinds.stream().map(Sketches::new).toList() : List.of());
  }

  private static void add(Row row, int first, List<Sketches> sketches) {
    for (int i = 0; i < sketches.size(); i++) {
      Sketches sketch = sketches.get(i);
      if (row.isNullAt(first + i)) {
        sketch.addNull();
      } else if (sketch.kind() == Kind.NUMBER) {
        sketch.add(row.getDouble(first + i));
      } else {
        sketch.add(row.getString(first + i));
      }
    }
  }

  private int firstProfiled() {
    return VALUES + ranged.size();
  }

  private static Part merge(Iterable<Part> parts) {
    List<Part> all = StreamSupport.stream(parts.spliterator(), false).toList();
    return all.get(0).merge(all);
  }

  private static int mergers(Dataset<Row> rows) {
    return Integer.parseInt(rows.sparkSession().conf().get("spark.sql.shuffle.partitions"));
  }

  private static void requireRange(Dataset<Row> rows, String name) {
    DataType type = rows.schema().apply(name).dataType();
    if (!Tally.canRange(type)) {
      throw new IllegalArgumentException(
          "Cannot take the range of column %s: it is %s".formatted(name, type.sql()));
    }
  }
}
