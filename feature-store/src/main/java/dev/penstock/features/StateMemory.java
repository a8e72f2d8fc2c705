package dev.penstock.features;

import java.util.HashSet;
import java.util.Set;
import org.apache.spark.TaskContext;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.MemoryMode;
import org.apache.spark.util.TaskCompletionListener;

/**
 * What the windows of the keys in work hold of a task's memory, from some thousand events on; and
 * the files of what it has no room for. Rows that wait for their turn give way to it.
 */
final class StateMemory extends MemoryConsumer {
  /** Fewer events of one user are not counted. */
  static final int UNCOUNTED = 1 << 14;

  private final TaskContext task;
  private final Limits limits;
  private final int columns;
  private final Set<SpilledRows> files = new HashSet<>();

  private StateMemory(TaskContext task, Limits limits, int columns) {
    super(task.taskMemoryManager(), MemoryMode.ON_HEAP);
    this.task = task;
    this.limits = limits;
    this.columns = columns;
  }

  /** Of the task that runs; all is given back at the task's end. */
  static StateMemory ofTask(Limits limits, int columns) {
    StateMemory memory = new StateMemory(TaskContext.get(), limits, columns);
    TaskCompletionListener clearing = ended -> memory.clear();
    memory.task.addTaskCompletionListener(clearing);
    return memory;
  }

  /** What one of its users holds of it. */
  final class Share {
    private long bytes;

    /**
     * Whether there is memory for so many events of the size of one; it is held then.
     *
     * @param beside bytes that each takes beside those of its row
     */
    boolean hold(int events, Event one, long beside) {
      return events <= limits.events() && hold(events * (one.row().getSizeInBytes() + beside));
    }

    /** Whether there is as much memory; it is held then, together with what was held before. */
    boolean hold(long wanted) {
      long more = wanted - bytes;
      if (more > 0) {
        long taken = acquireMemory(more);
        if (taken < more) {
          freeMemory(taken);
          return false;
        }
        bytes = wanted;
      }
      return true;
    }

    /** Gives so much back. */
    void release(long released) {
      freeMemory(released);
      bytes -= released;
    }

    /** Gives all back. */
    void release() {
      release(bytes);
    }

    long bytes() {
      return bytes;
    }
  }

  Limits limits() {
    return limits;
  }

  /** How many events one of its users may hold without asking. */
  int uncounted() {
    return Math.min(UNCOUNTED, limits.events());
  }

  Share share() {
    return new Share();
  }

  /** To write rows that leave memory. */
  SpilledRows.Writer writer() {
    return new SpilledRows.Writer(task, columns);
  }

  /** What was written, until {@link #delete} or {@link #clear}. */
  SpilledRows keep(SpilledRows.Writer writer) {
    SpilledRows rows = writer.end();
    files.add(rows);
    return rows;
  }

  /** Notes that this much went to disk. */
  void spilled(long bytes) {
    task.taskMetrics().incMemoryBytesSpilled(bytes);
  }

  void delete(SpilledRows rows) {
    files.remove(rows);
    rows.delete();
  }

  /** Gives all back: the keys that needed it are done. */
  void clear() {
    if (getUsed() > 0) {
      freeMemory(getUsed());
    }
    if (!files.isEmpty()) {
      files.forEach(SpilledRows::delete);
      files.clear();
    }
  }

  @Override
  public long spill(long size, MemoryConsumer by) {
    return 0; // what a window holds can be asked for with the next row
  }
}
