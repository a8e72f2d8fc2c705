package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ingest.Landing.LandedFile;
import dev.penstock.jobs.ledger.SliceFile;
import dev.penstock.jobs.ledger.SliceFile.Arrival;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.Interval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which files belong to which slice of a source: those the ledger gives to it, and for an interval
 * that never ran those dated with it and earlier ones that are new or changed since the run of
 * their own interval ended. Intervals are asked for in order, and each answer counts for the next.
 */
final class FileBook {
  /** Reads the hash of a file's content. */
  interface Hash {
    String of(LandedFile file) throws IOException;
  }

  /** A file that a slice is to be made from. */
  record PlannedFile(SliceFile file, LandedFile landed) {}

  /**
   * What an interval's run is to do about a source.
   *
   * @param files to read; empty if the slice has none
   * @param missing true if the source's own file for the interval is not there
   * @param keep true if the slice must stay as it is: its files are not what they were
   * @param notes what a person should know
   */
  record Files(List<PlannedFile> files, boolean missing, boolean keep, List<String> notes) {
    static Files of(List<PlannedFile> files) {
      return new Files(files, false, false, List.of());
    }
  }

  /** A file in the newest slice that took it. */
  private record Taken(String slice, SliceFile file) {}

  private final boolean dated;
  private final Map<String, LandedFile> landed = new TreeMap<>();
  private final TreeMap<String, SliceRecord> slices = new TreeMap<>();
  private final TreeMap<String, List<SliceFile>> given = new TreeMap<>();
  private final Map<String, Taken> lastTaken = new HashMap<>();
  private final Map<String, String> hashes = new HashMap<>();
  private final Hash hash;

  /**
   * @param dated whether the path dates its files
   * @param files what lies in the landing folder
   * @param records the newest ledger row of each slice
   * @param hash reads a file's hash; called once a file
   */
  FileBook(
      boolean dated, Collection<LandedFile> files, Collection<SliceRecord> records, Hash hash) {
    this.dated = dated;
    this.hash = hash;
    files.forEach(file -> landed.put(file.name(), file));
    for (SliceRecord row : records) {
      slices.put(row.slice(), row);
      give(row.slice(), row.files());
    }
  }

  private void give(String slice, List<SliceFile> files) {
    given.put(slice, files);
    for (SliceFile file : files) {
      lastTaken.merge(
          file.name(),
          new Taken(slice, file),
          (old, now) -> now.slice().compareTo(old.slice()) >= 0 ? now : old);
    }
  }

  /** The files of an interval's slice. */
  Files filesOf(Interval interval) throws IOException {
    SliceRecord row = slices.get(interval.slice());
    Files files = row == null ? firstTime(interval) : again(row);
    if (row == null && !files.missing()) {
      give(interval.slice(), files.files().stream().map(PlannedFile::file).toList());
    }
    return files;
  }

  /** The files of a slice as they are now, those dated with it included. */
  Files reload(Interval interval) throws IOException {
    Map<String, Arrival> arrivals = new TreeMap<>();
    for (LandedFile file : landed.values()) {
      if (file.interval().map(interval::equals).orElse(false)) {
        arrivals.put(file.name(), Arrival.FIRST);
      }
    }
    given
        .getOrDefault(interval.slice(), List.of())
        .forEach(file -> arrivals.putIfAbsent(file.name(), file.arrival()));
    List<PlannedFile> files = new ArrayList<>();
    for (var file : arrivals.entrySet()) {
      if (landed.containsKey(file.getKey())) {
        files.add(planned(landed.get(file.getKey()), file.getValue()));
      }
    }
    return files.isEmpty()
        ? new Files(List.of(), true, false, List.of())
        : new Files(files, false, false, List.of());
  }

  /** The slices after {@code interval} that took changes of {@code files}. */
  Set<String> tookChangesOf(Interval interval, List<PlannedFile> files) {
    Set<String> names = new HashSet<>();
    files.forEach(file -> names.add(file.file().name()));
    Set<String> took = new TreeSet<>();
    given
        .tailMap(interval.slice(), false)
        .forEach(
            (slice, taken) -> {
              if (taken.stream().anyMatch(file -> names.contains(file.name()))) {
                took.add(slice);
              }
            });
    return took;
  }

  /**
   * The files that the ledger gives to a slice, but for {@code without}.
   *
   * @return empty if one of them is not what it was
   */
  Optional<List<PlannedFile>> unchangedFilesOf(String slice, Set<String> without)
      throws IOException {
    List<PlannedFile> files = new ArrayList<>();
    for (SliceFile file : given.getOrDefault(slice, List.of())) {
      if (without.contains(file.name())) {
        continue;
      }
      LandedFile now = landed.get(file.name());
      if (now == null || !hashOf(now).equals(file.hash())) {
        return Optional.empty();
      }
      files.add(planned(now, file.arrival()));
    }
    return Optional.of(files);
  }

  /** Files dated up to {@code last} whose own interval never ran and is none of {@code asked}. */
  List<LandedFile> waiting(Interval last, Set<String> asked) {
    return landed.values().stream()
        .filter(file -> file.interval().isPresent())
        .filter(file -> !file.interval().get().start().isAfter(last.start()))
        .filter(file -> !given.containsKey(file.interval().get().slice()))
        .filter(file -> !asked.contains(file.interval().get().slice()))
        .toList();
  }

  private Files again(SliceRecord row) throws IOException {
    List<PlannedFile> files = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    boolean refused = row.verdict() != Verdict.COMMITTED;
    for (SliceFile file : row.files()) {
      LandedFile now = landed.get(file.name());
      if (now == null) {
        notes.add("%s is gone; slice %s stays".formatted(file.name(), row.slice()));
      } else if (!refused && !hashOf(now).equals(file.hash())) {
        notes.add(
            "%s changed since slice %s took it; the slice stays, --reload %s takes it as it is now"
                .formatted(file.name(), row.slice(), row.slice()));
      } else {
        files.add(planned(now, file.arrival()));
      }
    }
    return new Files(files, false, !notes.isEmpty(), notes);
  }

  private Files firstTime(Interval interval) throws IOException {
    List<PlannedFile> files = new ArrayList<>();
    boolean own = false;
    for (LandedFile file : landed.values()) {
      Optional<Arrival> arrival = arrival(file, interval);
      own |= file.interval().map(interval::equals).orElse(false);
      if (arrival.isPresent()) {
        files.add(planned(file, arrival.get()));
      }
    }
    boolean missing = dated ? !own : landed.isEmpty() && given.isEmpty();
    return missing ? new Files(List.of(), true, false, List.of()) : Files.of(files);
  }

  /** How a file comes in the first run of an interval; empty if it does not. */
  private Optional<Arrival> arrival(LandedFile file, Interval interval) throws IOException {
    if (dated) {
      Interval own = file.interval().orElseThrow();
      if (own.equals(interval)) {
        return Optional.of(Arrival.FIRST);
      }
      if (own.start().isAfter(interval.start()) || !given.containsKey(own.slice())) {
        return Optional.empty();
      }
    } else if (!given.isEmpty() && given.lastKey().compareTo(interval.slice()) > 0) {
      return Optional.empty();
    }
    Taken last = lastTaken.get(file.name());
    if (last == null) {
      return Optional.of(dated ? Arrival.LATE : Arrival.FIRST);
    }
    SliceRecord row = slices.get(last.slice());
    boolean held = row != null && row.verdict() != Verdict.COMMITTED;
    boolean later = last.slice().compareTo(interval.slice()) > 0;
    if (held || later || hashOf(file).equals(last.file().hash())) {
      return Optional.empty();
    }
    return Optional.of(last.file().problem().isPresent() ? Arrival.LATE : Arrival.CHANGED);
  }

  private PlannedFile planned(LandedFile file, Arrival arrival) throws IOException {
    return new PlannedFile(
        new SliceFile(file.name(), hashOf(file), file.bytes(), arrival, Optional.empty()), file);
  }

  private String hashOf(LandedFile file) throws IOException {
    String known = hashes.get(file.name());
    if (known == null) {
      known = hash.of(file);
      hashes.put(file.name(), known);
    }
    return known;
  }
}
