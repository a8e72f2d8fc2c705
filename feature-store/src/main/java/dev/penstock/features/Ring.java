package dev.penstock.features;

import dev.penstock.features.GroupPlan.Measure;
import dev.penstock.features.GroupPlan.Span;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The events of one key that a window can still reach, in the order of their event times. Every
 * window is a range of positions that only moves on; sums are differences of exact prefix sums. An
 * event that comes late or is closed moves those after it and has them summed up again.
 *
 * <p>What it can't hold exactly, or would have to move too much for, it refuses; its events then go
 * on elsewhere.
 */
final class Ring {
  private static final int FIRST_CAPACITY = 16;

  /** Positions that an event may have moved on average before queues are cheaper. */
  private static final long MOVES_PER_EVENT = 64;

  private static final long MOVES_AT_FIRST = 100_000;

  /** What an event takes beside its row's bytes: the row's object, places in arrays. */
  private static final int BYTES_BESIDE = 80;

  private static final int BYTES_OF_A_CLOSING = 64;
  private static final int SAMPLED = 64;

  /** How far back it is looked for events that are needed no more. */
  private static final int NEWEST_LOOKS_BACK = 32;

  private record Closing(long until, InternalRow event) {}

  private final GroupPlan plan;
  private final StateMemory memory;
  private final StateMemory.Share share;
  private final Newest newest;
  private final Comparator<InternalRow> order;
  private final Span[] spans;
  private final int latest;
  private final PrefixSums[] sums;
  private final Extreme[] extremes;

  private InternalRow[] events;
  private long[] times;
  private int head;
  private int tail;

  /** Each span's first position, and the one after its last. */
  private final int[] from;

  private final int[] to;
  private boolean settled = true;

  /** Whether nothing before the first event can still be the newest. */
  private boolean isCovered;

  /** The sums are right up to this position. */
  private int summed;

  private PriorityQueue<Closing> closings;
  private long arrived;
  private long moved;

  Ring(GroupPlan plan, StateMemory memory) {
    this.plan = plan;
    this.memory = memory;
    this.share = memory.share();
    int capacity = Math.min(FIRST_CAPACITY, memory.limits().events());
    this.events = new InternalRow[capacity];
    this.times = new long[capacity];
    this.newest = plan.newest().orElse(null);
    this.order = newest == null ? null : Comparator.comparing(plan::event, newest.order());
    this.latest = plan.spans().length;
    this.spans = newest == null ? plan.spans() : Arrays.copyOf(plan.spans(), latest + 1);
    if (newest != null) {
      spans[latest] = new Span(newest.delay(), newest.maxAge());
    }
    this.from = new int[spans.length];
    this.to = new int[spans.length];
    List<Measure> measures = plan.measures();
    this.sums = new PrefixSums[measures.size()];
    this.extremes = new Extreme[measures.size()];
    for (int i = 0; i < sums.length; i++) {
      Measure measure = measures.get(i);
      switch (measure.function()) {
        case MIN, MAX ->
            extremes[i] =
                new Extreme(
                    measure.position(),
                    measure.type(),
                    measure.function() == AggregateFunction.MIN);
        default -> sums[i] = new PrefixSums(measure, capacity);
      }
    }
  }

  /**
   * @param arriving is kept
   * @param now when it is seen; never goes back
   * @return false if it was refused
   */
  boolean arrive(InternalRow arriving, long now) {
    long until = plan.until(arriving);
    if (until <= now) {
      return true;
    }
    if (tail == times.length) {
      moveTo(now);
      if (!makeRoom()) {
        return false;
      }
    }
    // Rows that came together are held together; of many, each is held apart.
    InternalRow event = times.length < Event.APART_FROM ? arriving : arriving.copy();
    long time = plan.time(event);
    int at = tail;
    if (tail > head && time < times[tail - 1]) {
      if (plan.spans().length == 0) {
        moveTo(now);
        if (isCovered && time < times[head]) {
          return true; // it can't be the newest any more
        }
      }
      at = after(time);
      moved += tail - at;
      if (moved > MOVES_AT_FIRST + MOVES_PER_EVENT * arrived) {
        return false;
      }
      System.arraycopy(events, at, events, at + 1, tail - at);
      System.arraycopy(times, at, times, at + 1, tail - at);
      disturb(at);
    }
    events[at] = event;
    times[at] = time;
    tail++;
    arrived++;
    if (until != Long.MAX_VALUE) {
      if (closings == null) {
        closings = new PriorityQueue<>(Comparator.comparingLong(Closing::until));
      }
      closings.add(new Closing(until, event));
    }
    return true;
  }

  /**
   * Sets the features as of {@code now}.
   *
   * @return false if an input was refused; no feature is set then
   */
  boolean write(JoinedFeatures features, long now) {
    moveTo(now);
    if (!sum()) {
      return false;
    }
    for (int i = 0; i < sums.length; i++) {
      Measure measure = plan.measures().get(i);
      if (extremes[i] != null) {
        extremes[i].moveTo(first(measure), to[measure.spans()[0]], events);
      }
      for (int j = 0; j < measure.spans().length; j++) {
        int span = measure.spans()[j];
        try {
          if (extremes[i] != null) {
            extremes[i].write(from[span], features, measure.outputs()[j]);
          } else {
            sums[i].write(from[span], to[span], features, measure.outputs()[j]);
          }
        } catch (ArithmeticException e) {
          throw new ArithmeticException(measure.columns()[j] + ": " + e.getMessage());
        }
      }
    }
    if (newest != null) {
      writeLatest(features, now);
    }
    return true;
  }

  /** All windows of a measure end at one position. */
  private int first(Measure measure) {
    int first = Integer.MAX_VALUE;
    for (int span : measure.spans()) {
      first = Math.min(first, from[span]);
    }
    return first;
  }

  private void writeLatest(JoinedFeatures features, long now) {
    int end = to[latest];
    while (end > from[latest]) {
      InternalRow best = null;
      int start = end;
      do {
        start--;
        InternalRow event = events[start];
        if (!newest.isOwn(plan, event, features.row())
            && (best == null || order.compare(event, best) > 0)) {
          best = event;
        }
      } while (start > from[latest] && times[start - 1] == times[end - 1]);
      if (best != null) {
        int first = Event.TIMES + newest.key().size();
        for (int i = 0; i < newest.values().size(); i++) {
          features.put(newest.output() + i, plan.field(best, first + i));
        }
        newest.writeTimeSince(features, now, times[end - 1]);
        return;
      }
      end = start;
    }
  }

  private void moveTo(long now) {
    while (closings != null && !closings.isEmpty() && closings.peek().until() <= now) {
      close(closings.poll().event());
    }
    int needed = tail;
    for (int i = 0; i < spans.length; i++) {
      long last = minus(now, spans[i].delay());
      long before = minus(last, spans[i].length());
      if (settled) {
        if (i > 0 && spans[i].delay() == spans[i - 1].delay()) {
          to[i] = to[i - 1];
        }
        while (to[i] < tail && times[to[i]] <= last) {
          to[i]++;
        }
        from[i] = Math.max(from[i], head);
        while (from[i] < to[i] && times[from[i]] <= before) {
          from[i]++;
        }
      } else {
        to[i] = after(last);
        from[i] = spans[i].length() == Long.MAX_VALUE ? head : after(before);
      }
      int first = from[i];
      if (i == latest) {
        int cover = newestNeeded(to[i]);
        isCovered = cover >= from[i];
        first = Math.max(first, cover);
      }
      needed = Math.min(needed, first);
    }
    settled = true;
    forget(needed);
  }

  private void close(InternalRow event) {
    for (int at = after(plan.time(event)) - 1; at >= head && times[at] == plan.time(event); at--) {
      if (events[at] == event) {
        System.arraycopy(events, at + 1, events, at, tail - at - 1);
        System.arraycopy(times, at + 1, times, at, tail - at - 1);
        tail--;
        events[tail] = null;
        moved += tail - at;
        disturb(at);
        return;
      }
    }
  }

  /** The first position of what can still be the newest before {@code end}; -1 if not found. */
  private int newestNeeded(int end) {
    InternalRow newer = null;
    for (int at = end - 1; at >= head && at > end - NEWEST_LOOKS_BACK; at--) {
      if (plan.until(events[at]) != Long.MAX_VALUE) {
        continue; // when it is closed, one before it is the newest
      }
      if (newest.own().isEmpty() || (newer != null && !newest.sameKey(plan, newer, events[at]))) {
        long time = times[at];
        while (at > head && times[at - 1] == time) {
          at--;
        }
        return at;
      }
      newer = newer == null ? events[at] : newer;
    }
    return -1;
  }

  private void forget(int before) {
    while (head < before) {
      events[head++] = null;
    }
    summed = Math.max(summed, head);
  }

  /** The positions from {@code at} on hold other events than before. */
  private void disturb(int at) {
    settled = false;
    summed = Math.max(head, Math.min(summed, at));
    for (Extreme extreme : extremes) {
      if (extreme != null) {
        extreme.reset();
      }
    }
  }

  private boolean sum() {
    for (; summed < tail; summed++) {
      for (PrefixSums each : sums) {
        if (each != null && !each.take(events[summed], summed)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The first position with a time after this one. */
  private int after(long time) {
    int low = head;
    int high = tail;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (times[middle] <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** False: there is none. */
  private boolean makeRoom() {
    int size = tail - head;
    int capacity = times.length;
    if (size > capacity / 2) {
      capacity *= 2;
      if (size >= memory.limits().events() || !hasMemoryFor(capacity)) {
        return false;
      }
    }
    InternalRow[] roomyEvents = new InternalRow[capacity];
    long[] roomyTimes = new long[capacity];
    System.arraycopy(events, head, roomyEvents, 0, size);
    System.arraycopy(times, head, roomyTimes, 0, size);
    for (int i = 0; i < sums.length; i++) {
      if (sums[i] != null) {
        sums[i].moveDown(head, tail, capacity);
      } else {
        extremes[i].moveDown(head);
      }
    }
    for (int i = 0; i < spans.length; i++) {
      from[i] = Math.max(0, from[i] - head);
      to[i] = Math.max(0, to[i] - head);
    }
    summed -= head;
    events = roomyEvents;
    times = roomyTimes;
    head = 0;
    tail = size;
    return true;
  }

  private boolean hasMemoryFor(int capacity) {
    if (capacity < StateMemory.UNCOUNTED) {
      return true;
    }
    long bytes = 0;
    for (int i = 0; i < SAMPLED; i++) {
      int at = head + (int) ((long) i * (tail - head) / SAMPLED);
      bytes += ((UnsafeRow) events[at]).getSizeInBytes() + BYTES_BESIDE;
    }
    bytes = capacity * (bytes / SAMPLED + plan.bytesOfMeasures());
    bytes += closings == null ? 0 : (long) BYTES_OF_A_CLOSING * closings.size();
    return share.hold(bytes);
  }

  /**
   * Gives away what it holds, oldest first, and its memory: of no use any more. Each event is let
   * go as it is given, as it may be copied.
   */
  void drain(Consumer<InternalRow> to) {
    share.release();
    closings = null;
    Arrays.fill(sums, null);
    Arrays.fill(extremes, null);
    while (head < tail) {
      InternalRow event = events[head];
      events[head++] = null;
      to.accept(event);
    }
  }

  /** Microseconds earlier, or the beginning of all time. */
  private static long minus(long time, long length) {
    boolean before = length == Long.MAX_VALUE || time < Long.MIN_VALUE + length;
    return before ? Long.MIN_VALUE : time - length;
  }
}
