package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.FileBook.PlannedFile;
import dev.penstock.jobs.ingest.ReadFiles.FileToRead;
import dev.penstock.jobs.ingest.ReadFiles.Parsed;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.jobs.ledger.SliceFile.Arrival;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Counts;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.jobs.pipeline.Table;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Lake;
import dev.penstock.lake.Micros;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import dev.penstock.validation.Check;
import dev.penstock.validation.Outcome;
import dev.penstock.validation.Profile;
import dev.penstock.validation.Profiles;
import dev.penstock.validation.Severity;
import dev.penstock.validation.SliceFacts;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

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

  public Ingest(RunContext run) {
    this.run = run;
    this.write = new WriteSlices(run);
    this.fingerprints = new Fingerprints(run);
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
      for (List<String> level : levels()) {
        List<Callable<Prepared>> tasks = new ArrayList<>();
        for (String name : level) {
          tasks.add(() -> prepareSource(name, intervals, reload));
        }
        outcomes.addAll(finish(Parallel.all(tasks)));
      }
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
      List<SliceOutcome> some =
          finish(List.of(new Derive(run, fingerprints).prepare(name, rest, this::judge)));
      String last = some.get(some.size() - 1).slice();
      rest = rest.stream().filter(interval -> interval.slice().compareTo(last) > 0).toList();
      outcomes.addAll(some);
    }
    return outcomes;
  }

  /**
   * A table's part of a run, staged and judged.
   *
   * @param name the table
   * @param judgement what is to be written; empty if nothing
   * @param nothingNew slices that are only recorded
   * @param outcomes what is known already
   * @param notes what a person should know
   */
  record Prepared(
      String name,
      Optional<Judgement> judgement,
      List<SlicePlan> nothingNew,
      List<SliceOutcome> outcomes,
      List<String> notes) {

    Optional<JudgedDelivery> judged() {
      return judgement.map(Judgement::delivery);
    }

    List<Profile> profiles() {
      return judgement.map(Judgement::profiles).orElse(List.of());
    }
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

  private Prepared prepareSource(String name, List<Interval> intervals, boolean reload)
      throws IOException {
    Source source = run.pipeline().sources().get(name);
    PlanSource planSource = new PlanSource(run, name, source);
    PlanSource.Plan plan = planSource.plan(intervals, reload);
    List<String> notes = new ArrayList<>();
    if (!plan.waiting().isEmpty()) {
      notes.add(
          "%s: %d files wait for the run of their own interval, the first is %s"
              .formatted(name, plan.waiting().size(), plan.waiting().get(0).name()));
    }
    Optional<Judgement> judgement = Optional.empty();
    if (!plan.write().isEmpty()) {
      Judgement first = readAndJudge(name, source, plan.write(), notes);
      Set<String> later = laterWithTheseKeys(first.delivery());
      if (!later.isEmpty()) {
        planSource.addLater(plan, later);
        first = readAndJudge(name, source, plan.write(), new ArrayList<>());
      }
      judgement = Optional.of(first);
    }
    return new Prepared(name, judgement, plan.nothingNew(), plan.others(), notes);
  }

  /** The later slices whose rows may now equal, or no more equal, the version before them. */
  private Set<String> laterWithTheseKeys(JudgedDelivery judged) {
    String table = judged.delivery().table();
    List<String> key = judged.delivery().versions().key();
    TreeSet<String> planned = judged.slices();
    Set<String> later = new TreeSet<>();
    for (SliceRecord row : run.ledger().all(table)) {
      if (row.slice().compareTo(planned.first()) > 0
          && row.verdict() == Verdict.COMMITTED
          && row.counts().rowsAdded() > 0
          && !planned.contains(row.slice())) {
        later.add(row.slice());
      }
    }
    if (later.isEmpty() || key.isEmpty()) {
      return Set.of();
    }
    Column[] columns = key.stream().map(name -> col(name)).toArray(Column[]::new);
    Dataset<Row> stored = run.lake().read(table);
    Dataset<Row> keys =
        judged
            .staged()
            .select(columns)
            .union(stored.where(Lake.inSlices(planned)).select(columns))
            .distinct();
    Set<String> found = new TreeSet<>();
    stored
        .where(Lake.inSlices(later))
        .join(keys, JavaConverters.asScalaBuffer(key).toList(), "left_semi")
        .select(TableDefinition.SLICE)
        .distinct()
        .collectAsList()
        .forEach(row -> found.add(row.getString(0)));
    return found;
  }

  /**
   * Reads and judges slices. Declared times are trusted up to the first slice committed; in a new
   * table that is the first one that passes, so the rest is read again if others come before it.
   */
  private Judgement readAndJudge(
      String name, Source source, List<SlicePlan> plans, List<String> notes) {
    Opened opened = run.lake().open(RunContext.sourceTable(name));
    boolean isNew = opened.transaction() == 0;
    String history =
        isNew ? plans.get(0).slice() : opened.properties().get(TableDefinition.FIRST_SLICE);
    while (true) {
      Parsed parsed = new ReadFiles(run.spark(), source).apply(filesToRead(plans, history));
      Judgement judgement = judge(source, delivery(name, source, plans, parsed, history));
      TreeSet<String> passed = judgement.delivery().passed();
      if (!isNew || passed.isEmpty() || passed.first().equals(history)) {
        parsed.notes().forEach(note -> notes.add(name + ": " + note));
        return judgement;
      }
      history = passed.first();
    }
  }

  private Delivery delivery(
      String name, Source source, List<SlicePlan> plans, Parsed parsed, String history) {
    return new Delivery(
        RunContext.sourceTable(name),
        source.schema(),
        new Versions(
            Arrays.asList(source.schema().fieldNames()),
            source.key(),
            source.newestBy(),
            source.snapshot() ? Optional.empty() : source.eventTime(),
            run.cadence()),
        source.gate().toGate(),
        plans,
        parsed.rows(),
        parsed.problems(),
        wholePaths(source, plans, parsed),
        Map.of(),
        history);
  }

  private static List<FileToRead> filesToRead(List<SlicePlan> plans, String history) {
    List<FileToRead> files = new ArrayList<>();
    for (SlicePlan plan : plans) {
      for (PlannedFile file : plan.files()) {
        files.add(
            new FileToRead(
                file.landed(),
                plan.slice(),
                Micros.of(plan.interval().start()),
                Micros.of(plan.interval().lastInstant()),
                plan.slice().compareTo(history) <= 0,
                file.file().arrival() == Arrival.CHANGED));
      }
    }
    return files;
  }

  private static Map<String, Set<String>> wholePaths(
      Source source, List<SlicePlan> plans, Parsed parsed) {
    Map<String, Set<String>> whole = new HashMap<>();
    for (SlicePlan plan : plans) {
      for (PlannedFile file : plan.files()) {
        boolean read = !parsed.problems().containsKey(file.file().name());
        if (read && (source.snapshot() || file.file().arrival() == Arrival.CHANGED)) {
          whole.computeIfAbsent(plan.slice(), slice -> new TreeSet<>()).add(file.file().name());
        }
      }
    }
    return whole;
  }

  /** What a gate said. */
  record Judgement(JudgedDelivery delivery, List<Profile> profiles) {}

  /** The tables that a gate looks values up in, by name; empty if they are not there yet. */
  static Map<String, Dataset<Row>> referenced(RunContext run, Table table) {
    Map<String, Dataset<Row>> referenced = new HashMap<>();
    for (String name : Fingerprints.referencedTables(table)) {
      referenced.put(
          name,
          run.lake()
              .read(
                  RunContext.sourceTable(name), Versions.schema(run.loaded().schemas().get(name))));
    }
    return referenced;
  }

  /** Stages the rows, once, and judges every slice. */
  Judgement judge(Table table, Delivery delivery) {
    Map<String, Dataset<Row>> referenced = referenced(run, table);
    Dataset<Row> marked =
        delivery
            .gate()
            .mark(delivery.rows(), referenced)
            .withColumn(
                ReadFiles.RAW, when(size(col(ReadFiles.BROKEN_RULES)).gt(0), col(ReadFiles.RAW)));
    Dataset<Row> staged = run.lake().stage(run.token(), delivery.name(), marked);
    Dataset<Row> news = delivery.news(staged);
    List<Row> rules = JudgedDelivery.countRules(news, delivery.versions().key());
    Optional<String> eventTime = delivery.versions().eventTime();
    List<Check> checks =
        new ArrayList<>(delivery.gate().judge(news, eventTime, facts(table, delivery), referenced));
    JudgedDelivery judged = new JudgedDelivery(delivery, staged, news, checks, rules);
    if (table instanceof Source source && source.snapshot()) {
      checks.addAll(emptySnapshots(judged));
    }
    List<Profile> profiles =
        Profiles.of(
            news.where(size(col(ReadFiles.BROKEN_RULES)).equalTo(0)),
            Arrays.asList(delivery.declared().fieldNames()),
            TableDefinition.SLICE);
    return new Judgement(judged, profiles);
  }

  private static List<Check> emptySnapshots(JudgedDelivery judged) {
    return judged.delivery().plans().stream()
        .filter(plan -> !plan.files().isEmpty() && judged.rowsLeft(plan.slice()) == 0)
        .map(
            plan ->
                new Check(
                    plan.slice(),
                    Severity.REFUSE,
                    "empty-snapshot",
                    "",
                    Outcome.FAILED,
                    0.0,
                    "at least 1",
                    0,
                    null,
                    null,
                    "the snapshot has no row that can be read; an empty one would close every key"))
        .toList();
  }

  /** A source's slice without a file is not judged: nothing came. */
  private List<SliceFacts> facts(Table table, Delivery delivery) {
    List<SliceFacts.Earlier> earlier = new ArrayList<>();
    Set<String> planned = new TreeSet<>();
    delivery.plans().forEach(plan -> planned.add(plan.slice()));
    for (SliceRecord row : run.ledger().all(delivery.table())) {
      if (row.verdict() == Verdict.COMMITTED
          && !planned.contains(row.slice())
          && row.counts().filesSeen() + row.counts().rowsSeen() > 0) {
        Instant end = run.cadence().named(row.slice()).lastInstant();
        Counts counts = row.counts();
        earlier.add(new SliceFacts.Earlier(end, counts.rowsSeen() - counts.rowsQuarantined()));
      }
    }
    return delivery.plans().stream()
        .filter(plan -> !(table instanceof Source) || !plan.files().isEmpty())
        .map(plan -> new SliceFacts(plan.slice(), plan.interval().lastInstant(), earlier))
        .toList();
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
      recordNothingNew(table);
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
                    new SliceRecord(
                        path,
                        plan.slice(),
                        run.pipeline().pipeline(),
                        Verdict.COMMITTED,
                        plan.fingerprint(),
                        run.ledger().transaction(path),
                        plan.attempt(),
                        List.of(),
                        new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0),
                        Map.of(),
                        "",
                        "",
                        run.token(),
                        run.codeVersion()))
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
