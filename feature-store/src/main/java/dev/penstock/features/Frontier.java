package dev.penstock.features;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The best few inputs of a window, in an order of events: the smallest or greatest, the oldest or
 * newest. It keeps those that can still be among them: an event is forgotten when as many better
 * ones stay in the window at least as long. Very many of them wait on disk, best first.
 */
final class Frontier implements Accumulator {
  private static final int BYTES_BESIDE = 120;
  private static final int FIRST_SWEEP = 16;

  private final Window window;
  private final Window.Feature feature;
  private final GroupPlan plan;
  private final StateMemory memory;
  private final int wanted;
  private final StateMemory.Share share;
  private final Comparator<Event> bestFirst;

  /** Equal ones are counted. */
  private final TreeMap<Event, Integer> events;

  private int sweepAbove = FIRST_SWEEP;
  private final List<Run> runs = new ArrayList<>();

  /** Everything that leaves up to this time has left. */
  private long now = Long.MIN_VALUE;

  Frontier(Window window, Window.Feature feature, GroupPlan plan, StateMemory memory) {
    this.window = window;
    this.feature = feature;
    this.plan = plan;
    this.memory = memory;
    this.wanted =
        feature.function() == AggregateFunction.LAST_K
            ? AggregateFunction.number(feature.parameter())
            : 1;
    this.share = memory.share();
    this.bestFirst = bestFirst(feature);
    this.events = new TreeMap<>(bestFirst);
  }

  private static Comparator<Event> bestFirst(Window.Feature feature) {
    Comparator<Object> values = Wire.order(feature.type());
    Comparator<Event> byInput =
        (a, b) -> values.compare(a.value(feature.input()), b.value(feature.input()));
    Comparator<Event> byAge = Newest.order(feature.key()).thenComparing(byInput);
    Comparator<Event> byUntil = Comparator.comparingLong(Event::until);
    Comparator<Event> longestFirst =
        Comparator.comparingLong(Event::time).thenComparing(byUntil).reversed();
    return switch (feature.function()) {
      case MIN -> byInput.thenComparing(longestFirst);
      case MAX -> byInput.reversed().thenComparing(longestFirst);
      case FIRST -> byAge.thenComparing(byUntil);
      default -> byAge.thenComparing(byUntil).reversed();
    };
  }

  /** Events on disk, best first, and the best of them that are in the window. */
  private final class Run {
    private final SpilledRows file;
    private final int level;
    private final SpilledRows.Reader rest;
    private final ArrayDeque<Event> best = new ArrayDeque<>();

    Run(SpilledRows file, int level) {
      this.file = file;
      this.level = level;
      this.rest = file.read();
    }

    /** Its best ones as of {@link #now}, as many as are wanted if it has as many. */
    ArrayDeque<Event> best() {
      best.removeIf(event -> leaves(event) <= now);
      while (best.size() < wanted && rest.left() > 0) {
        UnsafeRow row = rest.next();
        if (rest.number() > now) {
          best.add(plan.event(row));
        }
      }
      return best;
    }
  }

  private long leaves(Event event) {
    return event.leaves(window.delay(), window.length());
  }

  @Override
  public void add(Event event, Object input) {
    events.merge(event, 1, Integer::sum);
    if (events.size() > sweepAbove) {
      sweep();
      int room = Math.max(FIRST_SWEEP, 2 * events.size());
      if (room > memory.uncounted() && !share.hold(room, event, BYTES_BESIDE)) {
        spill();
        room = FIRST_SWEEP;
      }
      sweepAbove = room;
    }
  }

  /** Events go by their times; this one tells how late it is. */
  @Override
  public void remove(Event event, Object input) {
    now = Math.max(now, leaves(event));
  }

  private void sweep() {
    Longest longest = new Longest();
    Iterator<Map.Entry<Event, Integer>> fromBest = events.entrySet().iterator();
    while (fromBest.hasNext()) {
      Map.Entry<Event, Integer> next = fromBest.next();
      if (!longest.add(leaves(next.getKey()), next.getValue())) {
        fromBest.remove();
      }
    }
  }

  /** Of events from the best on, how long those stay that stay longest, as many as are wanted. */
  private final class Longest {
    private final PriorityQueue<Long> times = new PriorityQueue<>();

    /** Whether an event can still be among the best; there may be several equal ones. */
    boolean add(long leaves, int count) {
      if (leaves <= now || (times.size() == wanted && leaves <= times.peek())) {
        return false;
      }
      for (int i = 0; i < Math.min(count, wanted); i++) {
        times.add(leaves);
        if (times.size() > wanted) {
          times.remove();
        }
      }
      return true;
    }
  }

  private void spill() {
    SpilledRows.Writer writer = memory.writer();
    long bytes = 0;
    for (Map.Entry<Event, Integer> next : events.entrySet()) {
      for (int i = 0; i < Math.min(next.getValue(), wanted); i++) {
        bytes += write(writer, next.getKey());
      }
    }
    memory.spilled(bytes);
    share.release();
    events.clear();
    runs.add(new Run(memory.keep(writer), 0));
    for (int level = 0;
        level <= runs.stream().mapToInt(run -> run.level).max().orElse(-1);
        level++) {
      int merged = level;
      List<Run> many = runs.stream().filter(run -> run.level == merged).toList();
      if (many.size() >= Runs.MOST) {
        runs.removeAll(many);
        runs.add(new Run(merged(many), level + 1));
      }
    }
  }

  private int write(SpilledRows.Writer writer, Event event) {
    UnsafeRow row = event.row();
    writer.write(row, leaves(event));
    return row.getSizeInBytes();
  }

  private SpilledRows merged(List<Run> many) {
    SpilledRows.Writer writer = memory.writer();
    Longest longest = new Longest();
    PriorityQueue<Run> heads =
        new PriorityQueue<>((a, b) -> bestFirst.compare(a.best.peek(), b.best.peek()));
    many.stream().filter(run -> !run.best().isEmpty()).forEach(heads::add);
    while (!heads.isEmpty()) {
      Run run = heads.remove();
      Event event = run.best.remove();
      if (longest.add(leaves(event), 1)) {
        write(writer, event);
      }
      if (!run.best().isEmpty()) {
        heads.add(run);
      }
    }
    many.forEach(run -> memory.delete(run.file));
    return memory.keep(writer);
  }

  @Override
  public Object value(long asOf) {
    now = Math.max(now, asOf);
    List<Object> inputs = inputs();
    if (inputs.isEmpty()) {
      return null;
    }
    return feature.function() == AggregateFunction.LAST_K ? inputs : inputs.get(0);
  }

  private List<Object> inputs() {
    List<Event> best = new ArrayList<>();
    Iterator<Map.Entry<Event, Integer>> fromBest = events.entrySet().iterator();
    while (fromBest.hasNext() && best.size() < wanted) {
      Map.Entry<Event, Integer> next = fromBest.next();
      if (leaves(next.getKey()) <= now) {
        fromBest.remove();
      } else {
        for (int i = 0; i < next.getValue() && best.size() < wanted; i++) {
          best.add(next.getKey());
        }
      }
    }
    if (!runs.isEmpty()) {
      runs.forEach(run -> best.addAll(run.best()));
      best.sort(bestFirst);
    }
    return best.stream().limit(wanted).map(event -> event.value(feature.input())).toList();
  }
}
