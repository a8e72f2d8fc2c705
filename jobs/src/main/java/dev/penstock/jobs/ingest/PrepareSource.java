package dev.penstock.jobs.ingest;

import static org.apache.spark.sql.functions.col;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.FileBook.PlannedFile;
import dev.penstock.jobs.ingest.JudgeDelivery.Judgement;
import dev.penstock.jobs.ingest.ReadFiles.FileToRead;
import dev.penstock.jobs.ingest.ReadFiles.Parsed;
import dev.penstock.jobs.ledger.SliceFile.Arrival;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.lake.Interval;
import dev.penstock.lake.Lake;
import dev.penstock.lake.Micros;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.lake.Versions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

/** Reads the files of a source that a run takes, and judges them. */
record PrepareSource(RunContext run) {

  /** A source and what a run will do with it; nothing is read yet. */
  record Planned(String name, Source source, PlanSource planner, TablePlan plan) {
    boolean isToRead() {
      return !plan.write().isEmpty();
    }

    /** What there is to say when nothing is read. */
    Prepared unread() {
      return prepared(Optional.empty(), List.of());
    }

    private Prepared prepared(Optional<Judgement> judgement, List<String> ofFiles) {
      List<String> notes = new ArrayList<>();
      if (!plan.waiting().isEmpty()) {
        notes.add(
            "%s: %d files wait for the run of their own interval, the first is %s"
                .formatted(name, plan.waiting().size(), plan.waiting().get(0).name()));
      }
      notes.addAll(ofFiles);
      return new Prepared(name, judgement, plan.nothingNew(), plan.others(), notes);
    }
  }

  Planned plan(String name, List<Interval> intervals, boolean reload) throws IOException {
    Source source = run.pipeline().sources().get(name);
    PlanSource planner = new PlanSource(run, name, source);
    return new Planned(name, source, planner, planner.plan(intervals, reload));
  }

  /** Reads and judges the files of a source that has some to read. */
  Prepared read(Planned planned) throws IOException {
    List<SlicePlan> write = planned.plan().write();
    List<String> notes = new ArrayList<>();
    Judgement judgement = readAndJudge(planned.name(), planned.source(), write, notes);
    Set<String> later = laterWithTheseKeys(judgement.delivery());
    if (!later.isEmpty()) {
      planned.planner().addLater(planned.plan(), later);
      judgement = readAndJudge(planned.name(), planned.source(), write, new ArrayList<>());
    }
    return planned.prepared(Optional.of(judgement), notes);
  }

  /** The later slices whose rows may now equal, or no more equal, the version before them. */
  private Set<String> laterWithTheseKeys(JudgedDelivery judged) {
    String table = judged.delivery().table();
    List<String> key = judged.delivery().versions().key();
    TreeSet<String> planned = judged.slices();
    Set<String> later = laterWithRows(table, planned);
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

  /** The slices that added rows after the first of {@code planned}, which are none of those. */
  Set<String> laterWithRows(String table, TreeSet<String> planned) {
    Set<String> later = new TreeSet<>();
    for (SliceRecord row : run.ledger().all(table)) {
      if (row.slice().compareTo(planned.first()) > 0
          && row.verdict() == Verdict.COMMITTED
          && row.counts().rowsAdded() > 0
          && !planned.contains(row.slice())) {
        later.add(row.slice());
      }
    }
    return later;
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
      Judgement judgement =
          new JudgeDelivery(run).judge(source, delivery(name, source, plans, parsed, history));
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
}
