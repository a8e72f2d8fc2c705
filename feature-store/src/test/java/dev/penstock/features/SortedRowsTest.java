package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.TaskContext;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.TaskMemoryManager;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;

class SortedRowsTest extends SparkTest {
  private static final long ROWS = 10_000;

  /** Three rows to a number, negative ones too. */
  private Dataset<Row> rows() {
    return spark()
        .range(0, ROWS, 1, 1)
        .selectExpr("pmod(id * 7919, %d) DIV 3 - 1000 AS number".formatted(ROWS), "id");
  }

  /**
   * Number, id, and the bytes of the task that have been spilled when the row was given.
   *
   * @param hungryAfter so many rows another consumer of memory takes all that it can get
   */
  private List<long[]> sorted(long hungryAfter) {
    return rows()
        .queryExecution()
        .toRdd()
        .toJavaRDD()
        .mapPartitions(
            unsorted -> {
              TaskContext task = TaskContext.get();
              List<Object> copies = new ArrayList<>();
              unsorted.forEachRemaining(row -> copies.add(row.copy()));
              SortedRows sorted =
                  new SortedRows(JavaConverters.asScalaIterator(copies.iterator()), 2);
              Hungry hungry = new Hungry(task.taskMemoryManager());
              List<long[]> given = new ArrayList<>();
              List<UnsafeRow> kept = new ArrayList<>();
              while (sorted.hasNext()) {
                if (kept.size() == hungryAfter) {
                  hungry.acquireMemory(Long.MAX_VALUE / 2);
                }
                kept.add(sorted.next());
                given.add(new long[] {0, 0, task.taskMetrics().memoryBytesSpilled()});
              }
              hungry.freeMemory(hungry.getUsed());
              for (int i = 0; i < kept.size(); i++) {
                given.get(i)[0] = kept.get(i).getLong(0);
                given.get(i)[1] = kept.get(i).getLong(1);
              }
              return given.iterator();
            })
        .collect();
  }

  private static final class Hungry extends MemoryConsumer {
    Hungry(TaskMemoryManager memory) {
      super(memory, memory.getTungstenMemoryMode());
    }

    @Override
    public long spill(long size, MemoryConsumer by) {
      return 0;
    }
  }

  private static void assertAllInOrder(List<long[]> given) {
    assertThat(given).isSortedAccordingTo(Comparator.comparingLong((long[] row) -> row[0]));
    assertThat(given.stream().mapToLong(row -> row[1]).sorted())
        .containsExactlyElementsOf(LongStream.range(0, ROWS).boxed().toList());
    assertThat(given).allMatch(row -> row[0] == row[1] * 7919 % ROWS / 3 - 1000);
  }

  @Test
  void rowsComeInTheOrderOfTheirNumberAndCanBeKept() {
    List<long[]> given = sorted(-1);
    assertAllInOrder(given);
    assertThat(given.get(given.size() - 1)[2]).isZero();
  }

  @Test
  void memoryThatAnotherOperatorNeedsIsGivenBackAmidTheRows() {
    for (long hungryAfter : List.of(0L, 1L, 1000L, 1024L, ROWS - 1)) {
      List<long[]> given = sorted(hungryAfter);
      assertAllInOrder(given);
      if (hungryAfter > 0) {
        assertThat(given.get((int) hungryAfter - 1)[2]).isZero();
      }
      // What is left of the last rows has been copied out, so nothing had to be written.
      assertThat(given.get((int) hungryAfter)[2] > 0).isEqualTo(hungryAfter < ROWS - 1);
    }
  }
}
