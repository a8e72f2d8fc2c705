package dev.penstock.lake;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsFirst;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The rule of row versions, for one key at a time. Versions are ordered by slice, {@code
 * newest-by}, known time, path and position; each is closed by the earliest known time of those
 * after it. A key that a whole file no longer has is closed at the end of the slice that brought
 * the file, if its last version came from the same path. A row equal to the version before it adds
 * none.
 *
 * <p>Closings are not stored: a version that is closed earlier than its successors say was closed
 * by an absence, in the slice that ends then.
 *
 * @param cadence cuts time into slices
 * @param written the slices whose rows are being written anew; what the table holds of them is
 *     dropped
 * @param whole per written slice, the paths that it delivers whole: what they lack is closed
 * @param closesFrom per written slice, the event time in microseconds from which an absence closes
 *     a key; absent means any
 */
record VersionRule(
    Cadence cadence,
    Set<String> written,
    Map<String, Set<String>> whole,
    Map<String, Long> closesFrom)
    implements Serializable {

  enum Kind {
    /** In the table already. */
    STORED,
    /** Comes with a written slice. */
    DELIVERED,
    /** In quarantine: not a version, but it keeps its key from being closed. */
    PRESENT
  }

  /** What became of a row. */
  enum Fate {
    STORED,
    ADDED,
    UNCHANGED,
    DUPLICATE
  }

  /**
   * One row of a key.
   *
   * @param newest value of the {@code newest-by} column; null without one
   * @param from first microsecond at which it is known
   * @param until first microsecond at which it is not known any more; null while it is
   * @param event event time in microseconds; null if there is none
   * @param value what two versions are compared by
   */
  record Entry(
      Kind kind,
      String slice,
      Comparable<Object> newest,
      long from,
      Long until,
      String path,
      long position,
      Long event,
      Object value) {}

  /**
   * What became of an entry.
   *
   * @param until as {@link Entry#until}, now
   * @param changed whether a stored version is closed at another time than before
   */
  record Result(Entry entry, Long until, Fate fate, boolean changed) {}

  private static final Object CLOSED = new Object();

  private static final Comparator<Entry> ORDER =
      comparing(Entry::slice)
          .thenComparing(entry -> entry.value() != CLOSED)
          .thenComparing(Entry::newest, nullsFirst(naturalOrder()))
          .thenComparingLong(Entry::from)
          .thenComparing(Entry::path)
          .thenComparingLong(Entry::position);

  /** The versions of one key, in order, and the rows that added none. */
  List<Result> apply(List<Entry> entries) {
    TreeMap<String, List<Entry>> bySlice = new TreeMap<>();
    for (Entry entry : withClosings(entries)) {
      if (entry.kind() != Kind.STORED || !written.contains(entry.slice())) {
        bySlice.computeIfAbsent(entry.slice(), slice -> new ArrayList<>()).add(entry);
      }
    }
    whole.keySet().forEach(slice -> bySlice.computeIfAbsent(slice, s -> new ArrayList<>()));

    List<Entry> versions = new ArrayList<>();
    List<Result> results = new ArrayList<>();
    for (var slice : bySlice.entrySet()) {
      List<Entry> rows = slice.getValue();
      if (written.contains(slice.getKey())) {
        deliver(slice.getKey(), rows, versions, results);
      } else {
        rows.sort(ORDER);
        versions.addAll(rows);
      }
    }

    Long until = null;
    for (int i = versions.size() - 1; i >= 0; i--) {
      Entry version = versions.get(i);
      if (version.value() != CLOSED) {
        boolean stored = version.kind() == Kind.STORED;
        boolean changed = stored && !Objects.equals(until, version.until());
        results.add(new Result(version, until, stored ? Fate.STORED : Fate.ADDED, changed));
      }
      until = until == null ? version.from() : Math.min(until, version.from());
    }
    return results;
  }

  private void deliver(String slice, List<Entry> rows, List<Entry> versions, List<Result> results) {
    Set<String> presentIn = new HashSet<>();
    rows.forEach(row -> presentIn.add(row.path()));
    Entry before = versions.isEmpty() ? null : versions.get(versions.size() - 1);
    for (String path : new TreeSet<>(whole.getOrDefault(slice, Set.of()))) {
      if (before != null
          && before.value() != CLOSED
          && before.path().equals(path)
          && !presentIn.contains(path)
          && reaches(slice, before)) {
        versions.add(closing(slice, path));
      }
    }
    rows.sort(ORDER);
    for (Entry row : rows) {
      if (row.kind() == Kind.PRESENT) {
        continue;
      }
      Entry last = versions.isEmpty() ? null : versions.get(versions.size() - 1);
      if (last == null || last.value() == CLOSED || !row.value().equals(last.value())) {
        versions.add(row);
      } else {
        boolean sameFile = last.slice().equals(slice) && last.path().equals(row.path());
        results.add(new Result(row, null, sameFile ? Fate.DUPLICATE : Fate.UNCHANGED, false));
      }
    }
  }

  private boolean reaches(String slice, Entry before) {
    Long bound = closesFrom.get(slice);
    return bound == null || (before.event() != null && before.event() >= bound);
  }

  private Entry closing(String slice, String path) {
    long end = Micros.of(cadence.named(slice).lastInstant());
    return new Entry(Kind.STORED, slice, null, end, null, path, -1, null, CLOSED);
  }

  /** The entries, and the closings that the stored ones tell of. */
  private List<Entry> withClosings(List<Entry> entries) {
    List<Entry> all = new ArrayList<>(entries);
    List<Entry> stored =
        entries.stream().filter(entry -> entry.kind() == Kind.STORED).sorted(ORDER).toList();
    long earliest = Long.MAX_VALUE;
    for (int i = stored.size() - 1; i >= 0; i--) {
      Entry version = stored.get(i);
      if (version.until() != null && version.until() < earliest) {
        earliest = version.until();
        String slice = cadence.containing(Micros.toInstant(earliest)).slice();
        all.add(closing(slice, version.path()));
      }
      earliest = Math.min(earliest, version.from());
    }
    return all;
  }
}
