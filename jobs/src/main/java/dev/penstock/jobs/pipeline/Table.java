package dev.penstock.jobs.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a source and a derived table share: versions of rows, and a gate. */
public sealed interface Table permits Source, DerivedTable {

  /** The columns that name a thing; empty if rows have no identity. */
  List<String> key();

  /** The column that says when it happened; empty for a snapshot only. */
  Optional<String> eventTime();

  /** How long after its event a row is known; empty: see {@link #knownTime}. */
  Optional<Duration> knownAfter();

  /** The column that says since when a row is known; with {@link #knownAfter} never both. */
  Optional<String> knownTime();

  /** The rules that a slice of it must pass. */
  GateSection gate();

  /** The tables that its slices depend on, by name: those that its gate looks into among them. */
  default Set<String> dependsOn() {
    return gate().referencedTables();
  }
}
