package dev.penstock.features;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Events of one key in the order of their times, for several who read them, each at its own place;
 * what all have read is forgotten. Most come in that order and are never closed; it refuses others.
 * What memory has no room for is on disk.
 */
final class EventLog {
  private static final int FIRST_CAPACITY = 16;
  private static final int MOST_IN_A_SEGMENT = 1 << 15;

  /** What an event takes beside its row's bytes: objects and references. */
  private static final int BYTES_BESIDE = 100;

  private final GroupPlan plan;
  private final StateMemory memory;
  private final int mostInASegment;
  private int cursors;
  private boolean areMany;
  private Segment last;
  private long lastTime = Long.MIN_VALUE;

  /** Full ones in memory, oldest first. */
  private final ArrayDeque<Segment> held = new ArrayDeque<>();

  private int heldEvents;
  private final StateMemory.Share share;

  /** Events that follow one another, in memory or on disk. */
  private final class Segment {
    private Event[] events = new Event[Math.min(FIRST_CAPACITY, mostInASegment)];
    private int size;
    private long bytes;
    private SpilledRows file;
    private Segment next;
    private int readers = cursors;

    void add(Event event) {
      if (size == events.length) {
        events = Arrays.copyOf(events, Math.min(2 * size, mostInASegment));
      }
      events[size++] = event;
      bytes += event.row().getSizeInBytes() + BYTES_BESIDE;
    }

    void spill() {
      SpilledRows.Writer writer = memory.writer();
      for (int i = 0; i < size; i++) {
        writer.write(events[i].row(), events[i].time());
      }
      file = memory.keep(writer);
      events = null;
      memory.spilled(bytes);
    }

    void leave() {
      if (--readers > 0) {
        return;
      }
      if (file != null) {
        memory.delete(file);
      } else if (held.remove(this)) {
        share.release(bytes);
        heldEvents -= size;
      }
    }
  }

  EventLog(GroupPlan plan, StateMemory memory) {
    this.plan = plan;
    this.memory = memory;
    this.mostInASegment = Math.min(MOST_IN_A_SEGMENT, memory.limits().events());
    this.share = memory.share();
    this.last = new Segment();
  }

  /** One that reads all events; to be had before the first. */
  Cursor cursor() {
    cursors++;
    last.readers++;
    return new Cursor();
  }

  /**
   * @return false: it does not come in order, or is closed one day
   */
  boolean append(Event event) {
    if (event.until() != Long.MAX_VALUE || event.time() < lastTime) {
      return false;
    }
    if (cursors == 0) {
      return true;
    }
    if (last.size == mostInASegment) {
      hold(last);
      last.next = new Segment();
      last = last.next;
    }
    lastTime = event.time();
    areMany |= last.size == Event.APART_FROM;
    last.add(areMany ? event.apart() : event);
    return true;
  }

  private void hold(Segment full) {
    boolean fits =
        heldEvents + full.size <= memory.limits().events()
            && share.hold(share.bytes() + full.bytes);
    held.add(full);
    heldEvents += full.size;
    if (fits) {
      return;
    }
    held.forEach(Segment::spill);
    share.release();
    held.clear();
    heldEvents = 0;
  }

  /** A place in the log. */
  final class Cursor {
    private Segment segment = last;
    private int at;
    private SpilledRows.Reader reader;
    private Event read;

    /** The event at this place, null if it has not come yet. */
    Event peek() {
      if (at == segment.size) {
        if (segment.next == null) {
          return null;
        }
        close();
        segment.leave();
        segment = segment.next;
        at = 0;
      }
      if (segment.file == null) {
        return segment.events[at];
      }
      if (reader == null) {
        reader = segment.file.read();
        for (int i = 0; i < at; i++) {
          reader.next();
        }
      }
      if (read == null) {
        read = plan.event(reader.next());
      }
      return read;
    }

    void next() {
      at++;
      read = null;
    }

    private void close() {
      if (reader != null) {
        reader.close();
        reader = null;
      }
    }
  }
}
