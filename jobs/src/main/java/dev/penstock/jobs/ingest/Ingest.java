package dev.penstock.jobs.ingest;

import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.lake.Interval;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Profile;
import dev.penstock.validation.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Row;

/**
 * Brings what was delivered into the tables: parse, gate, quarantine, versions. Safe to run again:
 * what is current is skipped.
 */
public final class Ingest {
  /** The ledger table of checks. */
  public static final String CHECKS = "checks";

  /** The ledger table of profiles. */
  public static final String PROFILES = "profiles";

  private final RunContext run;
  private final WriteSlices write;
  private final Fingerprints fingerprints;
  private final PrepareSource prepare;

  public Ingest(RunContext run) {
    this.run = run;
    this.write = new WriteSlices(run);
    this.fingerprints = new Fingerprints(run);
    this.prepare = new PrepareSource(run);
  }

  /**
   * Brings in the slices of {@code intervals}, each table in one commit. A derived table that a
   * refused slice feeds is made without it.
   *
   * @param intervals in order, without a gap; one, or a block of history
   * @param reload takes the files of a single interval as they are now
   * @return what became of each slice of each table; the ledger's rows of them are not stored yet
   */
  public List<SliceOutcome> run(List<Interval> intervals, boolean reload) {
    List<SliceOutcome> outcomes = new ArrayList<>();
    try {
      List<Prepared> prepared = new ArrayList<>();
      for (List<String> level : levels()) {
        if (prepared.stream()
            .anyMatch(table -> table.judged().isPresent() && isReferred(table, level))) {
          outcomes.addAll(finish(prepared));
          prepared.clear();
        }
        List<Callable<Prepared>> tasks = new ArrayList<>();
        for (String name : level) {
          tasks.add(() -> prepare.prepare(name, intervals, reload));
        }
        List<Prepared> some = Parallel.all(tasks);
        some.forEach(this::recordNothingNew);
        prepared.addAll(some);
      }
      outcomes.addAll(finish(prepared));
      for (String name : new DerivedOrder(run.pipeline()).names()) {
        outcomes.addAll(derive(name, intervals));
      }
    } finally {
      run.lake().dropStaging(run.token());
    }
    return outcomes;
  }

  private List<SliceOutcome> derive(String name, List<Interval> intervals) {
    List<SliceOutcome> outcomes = new ArrayList<>();
    List<Interval> rest = intervals;
    while (!rest.isEmpty()) {
      Prepared derived = new Derive(run, fingerprints).prepare(name, rest);
      recordNothingNew(derived);
      List<SliceOutcome> some = finish(List.of(derived));
      String last = some.get(some.size() - 1).slice();
      rest = rest.stream().filter(interval -> interval.slice().compareTo(last) > 0).toList();
      outcomes.addAll(some);
    }
    return outcomes;
  }

  /** Sources by how deep their gates look into other sources. */
  private List<List<String>> levels() {
    Map<String, Source> sources = run.pipeline().sources();
    List<List<String>> levels = new ArrayList<>();
    Set<String> done = new TreeSet<>();
    while (done.size() < sources.size()) {
      List<String> level =
          sources.entrySet().stream()
              .filter(entry -> !done.contains(entry.getKey()))
              .filter(
                  entry ->
                      Fingerprints.referencedTables(entry.getValue()).stream()
                          .filter(sources::containsKey)
                          .allMatch(table -> done.contains(table) || table.equals(entry.getKey())))
              .map(Map.Entry::getKey)
              .toList();
      if (level.isEmpty()) {
        throw new IllegalStateException("references of gates form a circle: " + sources.keySet());
      }
      levels.add(level);
      done.addAll(level);
    }
    return levels;
  }

  /** Whether a gate of the level looks into the table, which must be committed first then. */
  private boolean isReferred(Prepared table, List<String> level) {
    return level.stream()
        .map(run.pipeline().sources()::get)
        .anyMatch(source -> Fingerprints.referencedTables(source).contains(table.name()));
  }

  /** Quarantine, profiles, checks, tables, ledger: in this order. */
  private List<SliceOutcome> finish(List<Prepared> prepared) {
    List<SliceOutcome> outcomes = new ArrayList<>();
    List<JudgedDelivery> judged =
        prepared.stream().map(Prepared::judged).flatMap(Optional::stream).toList();
    List<Callable<Void>> before = new ArrayList<>();
    judged.forEach(
        delivery ->
            before.add(
                () -> {
                  write.quarantine(delivery);
                  return null;
                }));
    Parallel.all(before);
    Parallel.all(
        List.of(
            () -> {
              run.ledger().append(PROFILES, Profile.SCHEMA, profileRows(prepared));
              return null;
            },
            () -> {
              run.ledger().append(CHECKS, Check.SCHEMA, checkRows(judged));
              return null;
            }));
    List<Callable<List<SliceRecord>>> commits = new ArrayList<>();
    judged.forEach(delivery -> commits.add(() -> write.commit(delivery)));
    List<List<SliceRecord>> records = Parallel.all(commits);
    for (int i = 0; i < judged.size(); i++) {
      run.ledger().record(records.get(i));
      outcomes.addAll(outcomes(judged.get(i), records.get(i)));
    }
    for (Prepared table : prepared) {
      outcomes.addAll(table.outcomes());
      table.notes().forEach(note -> run.progress().once(note, "  " + note));
      table
          .nothingNew()
          .forEach(
              plan ->
                  outcomes.add(SliceOutcome.of(table.name(), plan.slice(), Kind.NOTHING_NEW, "")));
    }
    outcomes.sort(Comparator.comparing(SliceOutcome::table).thenComparing(SliceOutcome::slice));
    return outcomes;
  }

  private void recordNothingNew(Prepared table) {
    String path = RunContext.sourceTable(table.name());
    List<SliceRecord> rows =
        table.nothingNew().stream()
            .map(
                plan ->
                    run.made(
                        path,
                        plan.slice(),
                        plan.fingerprint(),
                        run.ledger().transaction(path),
                        Counts.rows(0)))
            .toList();
    run.ledger().record(rows);
  }

  private List<Row> profileRows(List<Prepared> prepared) {
    List<Row> rows = new ArrayList<>();
    for (Prepared table : prepared) {
      Map<String, Integer> attempts = attempts(table.judged());
      String path = RunContext.sourceTable(table.name());
      for (Profile profile : table.profiles()) {
        rows.add(run.judged(path, attempts.get(profile.slice())).with(profile.toRow()));
      }
    }
    return rows;
  }

  private static Map<String, Integer> attempts(Optional<JudgedDelivery> judged) {
    Map<String, Integer> attempts = new TreeMap<>();
    judged.ifPresent(
        delivery -> delivery.delivery().plans().forEach(p -> attempts.put(p.slice(), p.attempt())));
    return attempts;
  }

  private List<Row> checkRows(List<JudgedDelivery> judged) {
    List<Row> rows = new ArrayList<>();
    for (JudgedDelivery delivery : judged) {
      Map<String, Integer> attempts = attempts(Optional.of(delivery));
      for (Check check : delivery.checks()) {
        Judged about = run.judged(delivery.delivery().table(), attempts.get(check.slice()));
        rows.add(about.with(check.toRow()));
      }
    }
    return rows;
  }

  private static List<SliceOutcome> outcomes(JudgedDelivery judged, List<SliceRecord> records) {
    List<SliceOutcome> outcomes = new ArrayList<>();
    for (SliceRecord row : records) {
      List<String> warnings = new ArrayList<>();
      row.files().stream()
          .filter(file -> file.problem().isPresent())
          .forEach(
              file ->
                  warnings.add(
                      "file %s is in quarantine: %s".formatted(file.name(), file.problem().get())));
      judged.checks().stream()
          .filter(check -> check.slice().equals(row.slice()))
          .filter(check -> check.severity() == Severity.WARN)
          .filter(check -> check.outcome() != Outcome.PASSED)
          .forEach(check -> warnings.add(check.reason()));
      outcomes.add(
          new SliceOutcome(
              judged.delivery().name(),
              row.slice(),
              row.verdict() == Verdict.COMMITTED ? Kind.WRITTEN : Kind.REFUSED,
              row.counts(),
              row.quarantined(),
              row.reason(),
              warnings));
    }
    return outcomes;
  }
}
