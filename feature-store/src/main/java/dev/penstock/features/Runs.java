package dev.penstock.features;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * Runs of rows on disk, each in the order of its numbers, read as one. Rows of one number come in
 * any order.
 */
final class Runs {
  /** Of one level at most; as many are merged into one of the next. */
  static final int MOST = 16;

  /** The next row of each run, the first of them first. */
  private final PriorityQueue<Head> heads =
      new PriorityQueue<>(Comparator.comparingLong(Head::number));

  private record Head(
      UnsafeRow row, long number, SpilledRows rows, SpilledRows.Reader reader, int level) {}

  void add(SpilledRows run) {
    add(run, run.read(), 0);
  }

  private void add(SpilledRows run, SpilledRows.Reader reader, int level) {
    if (reader.left() > 0) {
      UnsafeRow row = reader.next();
      heads.add(new Head(row, reader.number(), run, reader, level));
    }
  }

  /** How many of them are not read to their end. */
  int size() {
    return heads.size();
  }

  /** Of the row that comes next; there must be one. */
  long number() {
    return heads.peek().number();
  }

  UnsafeRow next() {
    Head head = heads.remove();
    add(head.rows(), head.reader(), head.level());
    return head.row();
  }

  /** Makes one of many, so that few are open, and each row is rewritten few times. */
  void mergeWhereMany(StateMemory memory) {
    for (int level = 0; level <= heads.stream().mapToInt(Head::level).max().orElse(-1); level++) {
      int merged = level;
      List<Head> many = heads.stream().filter(head -> head.level() == merged).toList();
      if (many.size() < MOST) {
        continue;
      }
      heads.removeAll(many);
      Runs together = new Runs();
      together.heads.addAll(many);
      SpilledRows.Writer writer = memory.writer();
      while (together.size() > 0) {
        long number = together.number();
        writer.write(together.next(), number);
      }
      many.forEach(head -> memory.delete(head.rows()));
      SpilledRows one = memory.keep(writer);
      add(one, one.read(), level + 1);
    }
  }
}
