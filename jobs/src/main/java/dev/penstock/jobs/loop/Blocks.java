package dev.penstock.jobs.loop;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.loop.RunRange.Stage;
import dev.penstock.jobs.pipeline.Model;
import dev.penstock.lake.Interval;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a range is cut: history before the first possible training or scoring into blocks, the rest
 * into single intervals.
 *
 * @param models of the pipeline; empty if it has no model
 * @param stages what is to be done
 * @param reload whether files are taken as they are now
 */
record Blocks(RunContext run, Optional<Models> models, Set<Stage> stages, boolean reload) {
  /** The most intervals that one commit loads. */
  private static final int BLOCK = 31;

  /**
   * The intervals from {@code next} on that are loaded together; at least one.
   *
   * @param historyFrom where the predicted table's history begins; empty without a slice
   */
  List<Interval> from(List<Interval> intervals, int next, Optional<Instant> historyFrom) {
    int size = 0;
    while (size < BLOCK
        && next + size < intervals.size()
        && isHistory(intervals.get(next + size), intervals.get(next), historyFrom)) {
      size++;
    }
    return intervals.subList(next, next + Math.max(1, size));
  }

  /** Whether the feature tables are written now for the intervals that wait for it. */
  static boolean isFull(List<Interval> waiting) {
    return waiting.size() >= BLOCK;
  }

  private boolean isHistory(Interval interval, Interval first, Optional<Instant> historyFrom) {
    if (reload || !stages.contains(Stage.INGEST)) {
      return false;
    }
    if (models.isEmpty() || !stages.contains(Stage.SCORE)) {
      return true;
    }
    Model model = run.pipeline().model().orElseThrow();
    Instant begin = historyFrom.filter(from -> from.isBefore(first.start())).orElse(first.start());
    return models.get().championOf(interval.slice()).isEmpty()
        && !TrainInterval.split(model).enoughHistory(begin, interval.end());
  }
}
