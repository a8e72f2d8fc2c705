package dev.penstock.jobs.ingest;

import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.ComputeVersions.Computed;
import dev.penstock.jobs.ingest.PrepareSource.Planned;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.lake.Interval;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Profile;
import dev.penstock.validation.Severity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
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
  private final Predicate<String> wanted;
  private final WriteSlices write;
  private final Fingerprints fingerprints;
  private final PrepareSource prepare;

  /**
   * @param tables the sources and derived tables to bring in; empty: all
   */
  public Ingest(RunContext run, Set<String> tables) {
    this.run = run;
    this.wanted = name -> tables.isEmpty() || tables.contains(name);
    this.write = new WriteSlices(run);
    this.fingerprints = new Fingerprints(run);
    this.prepare = new PrepareSource(run);
  }

  /**
   * Brings in the slices of {@code intervals}, each table in one commit. A derived table that a
   * refused slice feeds is made without it; what needs a slice that another pipeline has yet to
   * make is left alone.
   *
   * @param intervals in order, without a gap; one, or a block of history
   * @param reload takes the files of a single interval as they are now
   * @return what became of each slice of each table; the ledger's rows of them are not stored yet
   */
  public List<SliceOutcome> run(List<Interval> intervals, boolean reload) {
    UsedSlices used = new UsedSlices(run.loaded(), run.ledger(), intervals);
    List<SliceOutcome> outcomes = new ArrayList<>(used.outcomes());
    try {
      Set<String> rest = new LinkedHashSet<>(run.pipeline().sources().keySet());
      rest.removeIf(name -> !wanted.test(name) || used.ready(name).isEmpty());
      while (!rest.isEmpty()) {
        outcomes.addAll(finish(prepare(rest, used, reload)));
      }
      for (String name : new DerivedOrder(run.pipeline()).names()) {
        if (wanted.test(name)) {
          outcomes.addAll(derive(name, used.ready(name)));
        }
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

  /**
   * Takes from {@code rest} the sources whose gates look into none that is still to be written, and
   * prepares them side by side.
   */
  private List<Prepared> prepare(Set<String> rest, UsedSlices used, boolean reload) {
    List<Prepared> prepared = new ArrayList<>();
    Map<String, Planned> toRead = new LinkedHashMap<>();
    Set<String> unsettled = new TreeSet<>(rest);
    SourceOrder order = new SourceOrder(run.pipeline());
    for (List<String> ready = order.ready(rest, unsettled);
        !ready.isEmpty();
        ready = order.ready(rest, unsettled)) {
      for (Planned planned :
          Parallel.all(tasks(ready, n -> prepare.plan(n, used.ready(n), reload)))) {
        rest.remove(planned.name());
        if (planned.isToRead()) {
          toRead.put(planned.name(), planned);
        } else {
          unsettled.remove(planned.name());
          recordNothingNew(planned.unread());
          prepared.add(planned.unread());
        }
      }
    }
    if (toRead.isEmpty() && !rest.isEmpty()) {
      throw SourceOrder.circle(rest);
    }
    List<Prepared> read =
        Parallel.all(tasks(toRead.keySet(), name -> prepare.read(toRead.get(name))));
    read.forEach(this::recordNothingNew);
    prepared.addAll(read);
    return prepared;
  }

  private interface Task<T> {
    T of(String name) throws Exception;
  }

  private static <T> List<Callable<T>> tasks(Collection<String> names, Task<T> task) {
    List<Callable<T>> tasks = new ArrayList<>();
    names.forEach(name -> tasks.add(() -> task.of(name)));
    return tasks;
  }

  /**
   * Quarantine, profiles, checks, tables, ledger: in this order; versions are computed beside it.
   */
  private List<SliceOutcome> finish(List<Prepared> prepared) {
    List<SliceOutcome> outcomes = new ArrayList<>();
    List<JudgedDelivery> judged =
        prepared.stream().map(Prepared::judged).flatMap(Optional::stream).toList();
    List<Optional<Computed>> computed = new ArrayList<>();
    Parallel.run(
        List.of(
            () -> store(prepared, judged), () -> computed.addAll(Parallel.all(compute(judged)))));
    List<Callable<List<SliceRecord>>> commits = new ArrayList<>();
    for (int i = 0; i < judged.size(); i++) {
      JudgedDelivery delivery = judged.get(i);
      Optional<Computed> versions = computed.get(i);
      commits.add(() -> write.commit(delivery, versions));
    }
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

  /** Quarantine, then profiles and checks. */
  private void store(List<Prepared> prepared, List<JudgedDelivery> judged) {
    List<Runnable> quarantines = new ArrayList<>();
    judged.forEach(delivery -> quarantines.add(() -> write.quarantine(delivery)));
    Parallel.run(quarantines);
    Parallel.run(
        List.of(
            () -> run.ledger().append(PROFILES, Profile.SCHEMA, profileRows(prepared)),
            () -> run.ledger().append(CHECKS, Check.SCHEMA, checkRows(judged))));
  }

  private List<Callable<Optional<Computed>>> compute(List<JudgedDelivery> judged) {
    ComputeVersions versions = new ComputeVersions(run);
    List<Callable<Optional<Computed>>> tasks = new ArrayList<>();
    judged.forEach(delivery -> tasks.add(() -> versions.of(delivery)));
    return tasks;
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
