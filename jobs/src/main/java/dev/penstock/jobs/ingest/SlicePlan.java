package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ledger.SliceFile;
import dev.penstock.lake.Interval;
import java.util.List;
import java.util.Optional;

/**
 * A slice that is to be written.
 *
 * @param interval what it is about
 * @param files what it is made from; empty for a derived table
 * @param ignored how many files have a temporary name
 * @param fingerprint of all that can change its rows
 * @param attempt counts the ledger's rows of the slice
 * @param accepted who released it and why, if its gate had refused it
 */
record SlicePlan(
    Interval interval,
    List<FileBook.PlannedFile> files,
    int ignored,
    String fingerprint,
    int attempt,
    Optional<Acceptance> accepted) {

  /** Somebody's word that a refused slice may be read. */
  record Acceptance(String actor, String reason) {}

  String slice() {
    return interval.slice();
  }

  List<SliceFile> sliceFiles() {
    return files.stream().map(FileBook.PlannedFile::file).toList();
  }
}
