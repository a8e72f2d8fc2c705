package dev.penstock.features;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * Events that are due at a time each. Cheap where they come in the order of their times; those that
 * don't cost a heap operation; very many wait on disk.
 */
final class TimedQueue {
  private static final int BYTES_BESIDE = 140;
  private static final Comparator<Timed> BY_TIME = Comparator.comparingLong(Timed::time);

  private record Timed(long time, Event event) {}

  private final GroupPlan plan;
  private final StateMemory memory;
  private final StateMemory.Share share;
  private final ArrayDeque<Timed> inOrder = new ArrayDeque<>();
  private final PriorityQueue<Timed> others = new PriorityQueue<>(BY_TIME);
  private int room;
  private Runs runs;

  TimedQueue(GroupPlan plan, StateMemory memory) {
    this.plan = plan;
    this.memory = memory;
    this.share = memory.share();
    this.room = memory.uncounted();
  }

  void add(long time, Event event) {
    Timed timed = new Timed(time, event);
    if (inOrder.isEmpty() || inOrder.peekLast().time() <= time) {
      inOrder.addLast(timed);
    } else {
      others.add(timed);
    }
    if (inOrder.size() + others.size() > room) {
      if (share.hold(2 * room, event, BYTES_BESIDE)) {
        room *= 2;
      } else {
        spill();
      }
    }
  }

  private void spill() {
    List<Timed> all = new ArrayList<>(inOrder);
    all.addAll(others);
    all.sort(BY_TIME);
    inOrder.clear();
    others.clear();
    SpilledRows.Writer writer = memory.writer();
    long bytes = 0;
    for (Timed timed : all) {
      UnsafeRow row = timed.event().row();
      writer.write(row, timed.time());
      bytes += row.getSizeInBytes();
    }
    memory.spilled(bytes);
    share.release();
    room = memory.uncounted();
    if (runs == null) {
      runs = new Runs();
    }
    runs.add(memory.keep(writer));
    runs.mergeWhereMany(memory);
  }

  /** Takes out an event that is due at {@code now}, the earliest first; null if none is. */
  Event pollDue(long now) {
    Timed first = inOrder.peekFirst();
    Timed other = others.peek();
    boolean isOther = first == null || (other != null && other.time() < first.time());
    Timed earliest = isOther ? other : first;
    if (runs != null && runs.size() > 0 && (earliest == null || runs.number() < earliest.time())) {
      return runs.number() <= now ? plan.event(runs.next()) : null;
    }
    if (earliest == null || earliest.time() > now) {
      return null;
    }
    return (isOther ? others : inOrder).poll().event();
  }
}
