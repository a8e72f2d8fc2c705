package dev.penstock.jobs.ingest;

import dev.penstock.jobs.Parallel;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.PlannedSlice.Action;
import dev.penstock.jobs.ingest.SliceOutcome.Kind;
import dev.penstock.jobs.pipeline.Table;
import dev.penstock.lake.Interval;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;

/** Says what {@link Ingest} would do about intervals, by what decides it. Writes nothing. */
public final class PlanIngest {
  private static final String JOB = "ingest";

  private final RunContext run;
  private final PlannedWrites writes;
  private final List<WaitingFiles> waiting = new ArrayList<>();
  private final List<SliceOutcome> used = new ArrayList<>();

  /**
   * @param writes takes the slices that would be written
   */
  public PlanIngest(RunContext run, PlannedWrites writes) {
    this.run = run;
    this.writes = writes;
  }

  /**
   * What would become of each slice of each source and derived table, in the order in which a run
   * takes the tables; slices that are computed again with an earlier one are among them, and those
   * of used tables that can't be read.
   */
  public List<PlannedSlice> plan(List<Interval> intervals, boolean reload) {
    UsedSlices others = new UsedSlices(run.loaded(), run.ledger(), intervals);
    used.addAll(others.outcomes());
    List<String> sources =
        new SourceOrder(run.pipeline())
            .names().stream().filter(name -> !others.ready(name).isEmpty()).toList();
    List<Callable<TablePlan>> plans = new ArrayList<>();
    PrepareSource prepare = new PrepareSource(run);
    sources.forEach(name -> plans.add(() -> prepare.plan(name, others.ready(name), reload).plan()));
    List<TablePlan> planned = Parallel.all(plans);
    List<PlannedSlice> slices = new ArrayList<>(unreadable());
    for (int i = 0; i < sources.size(); i++) {
      String name = sources.get(i);
      if (!planned.get(i).waiting().isEmpty()) {
        waiting.add(WaitingFiles.of(name, planned.get(i).waiting()));
      }
      Table source = run.pipeline().sources().get(name);
      Set<String> later = later(name, source, planned.get(i));
      slices.addAll(slices(name, planned.get(i), upstream(name, source, Set.of()), later));
    }
    Derive derive = new Derive(run, new Fingerprints(run));
    for (String name : new DerivedOrder(run.pipeline()).names()) {
      var table = run.pipeline().tables().get(name);
      Set<String> upstream = upstream(name, table, table.reads().keySet());
      if (!others.ready(name).isEmpty()) {
        slices.addAll(slices(name, derive.plan(name, others.ready(name)), upstream, Set.of()));
      }
    }
    return slices;
  }

  private List<PlannedSlice> unreadable() {
    return used.stream()
        .filter(outcome -> !outcome.isReadable())
        .map(
            outcome -> {
              Action action =
                  switch (outcome.kind()) {
                    case REFUSED -> Action.REFUSED;
                    case AWAITED -> Action.AWAITED;
                    default -> Action.MISSING;
                  };
              return PlannedSlice.of(
                  JOB, outcome.table(), outcome.slice(), action, outcome.message());
            })
        .sorted(Comparator.comparing(PlannedSlice::table).thenComparing(PlannedSlice::slice))
        .toList();
  }

  /** The files dated up to the last interval whose own was never run, nor is now. */
  public List<WaitingFiles> waiting() {
    return waiting;
  }

  /** The slices of used tables as they are, which a run reads or misses. */
  public List<SliceOutcome> used() {
    return used;
  }

  private static Set<String> upstream(String name, Table table, Set<String> reads) {
    Set<String> upstream = new TreeSet<>();
    reads.forEach(read -> upstream.add(RunContext.sourceTable(read)));
    Fingerprints.referencedTables(table).stream()
        .filter(referenced -> !referenced.equals(name))
        .forEach(referenced -> upstream.add(RunContext.sourceTable(referenced)));
    return upstream;
  }

  /** The slices that hold rows and come after the first that is written. */
  private Set<String> later(String name, Table source, TablePlan plan) {
    TreeSet<String> planned = new TreeSet<>();
    plan.write().forEach(slice -> planned.add(slice.slice()));
    return planned.isEmpty() || source.key().isEmpty()
        ? Set.of()
        : new PrepareSource(run).laterWithRows(RunContext.sourceTable(name), planned);
  }

  private List<PlannedSlice> slices(
      String name, TablePlan plan, Set<String> upstream, Set<String> later) {
    String path = RunContext.sourceTable(name);
    List<PlannedSlice> slices = new ArrayList<>();
    Set<String> written = new TreeSet<>();
    for (SlicePlan slice : plan.write()) {
      written.add(slice.slice());
      String why =
          run.ledger()
              .staleness(path, slice.slice(), slice.fingerprint())
              .orElse("an earlier slice that it was compared with is written");
      slices.add(new PlannedSlice(JOB, name, slice.slice(), Action.WRITE, why, slice.sliceFiles()));
    }
    for (SlicePlan slice : plan.nothingNew()) {
      slices.add(PlannedSlice.of(JOB, name, slice.slice(), Action.RECORD, "nothing came"));
    }
    Set<String> undecided = new TreeSet<>(later);
    for (SliceOutcome outcome : plan.others()) {
      if (!written.contains(outcome.slice())) { // was current, until one before it is written
        undecided.remove(outcome.slice());
        slices.add(other(name, outcome, upstream, later));
      }
    }
    for (String slice : undecided) {
      slices.add(sharesKeys(name, slice));
    }
    slices.stream()
        .filter(slice -> slice.action() == Action.WRITE || slice.action() == Action.DEPENDS)
        .forEach(slice -> writes.add(path, slice.slice()));
    slices.sort(Comparator.comparing(PlannedSlice::slice));
    return slices;
  }

  private static PlannedSlice sharesKeys(String name, String slice) {
    return PlannedSlice.of(
        JOB, name, slice, Action.DEPENDS, "computed again if it has keys of a slice written");
  }

  /** What is known of a slice holds unless something that it is made from is written before. */
  private PlannedSlice other(
      String name, SliceOutcome outcome, Set<String> upstream, Set<String> later) {
    String slice = outcome.slice();
    if (outcome.kind() == Kind.MISSING) {
      return PlannedSlice.of(JOB, name, slice, Action.MISSING, outcome.message());
    }
    boolean stays = !outcome.warnings().isEmpty(); // its files are not what they were
    Optional<String> before = stays ? Optional.empty() : writes.before(upstream, slice);
    if (before.isPresent()) {
      return PlannedSlice.of(JOB, name, slice, Action.DEPENDS, before.get());
    }
    if (!stays && later.contains(slice)) {
      return sharesKeys(name, slice);
    }
    return outcome.kind() == Kind.REFUSED
        ? PlannedSlice.of(
            JOB, name, slice, Action.REFUSED, "again from the same inputs: " + outcome.message())
        : PlannedSlice.of(JOB, name, slice, Action.CURRENT, String.join("; ", outcome.warnings()));
  }
}
