package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.validation.SparkTest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.TaskMemoryManager;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.junit.jupiter.api.Test;
import scala.collection.Iterator;
import scala.collection.JavaConverters;

class SortedRowsTest extends SparkTest {
  private static final long ROWS = 10_000;

  /** A row as it was given, and what the task had spilled by then. */
  private record Given(long number, long id, long spilled) implements java.io.Serializable {}

  /** Who takes memory from the rows, and when. */
  private interface Taking extends java.io.Serializable {
    void take(long rowsGiven, Hungry hungry);
  }

  /** Three rows to a number, negative ones too. */
  private Dataset<Row> rows(int letters) {
    return spark()
        .range(0, ROWS, 1, 1)
        .selectExpr(
            "pmod(id * 7919, %d) DIV 3 - 1000 AS number".formatted(ROWS),
            "id",
            "repeat('x', %d) AS text".formatted(letters));
  }

  private static List<Given> sorted(Dataset<Row> rows, Taking taking) {
    return rows.queryExecution()
        .toRdd()
        .toJavaRDD()
        .mapPartitions(unsorted -> sortedInTask(unsorted, taking).iterator())
        .collect();
  }

  private static List<Given> sortedInTask(java.util.Iterator<InternalRow> unsorted, Taking taking) {
    TaskContext task = TaskContext.get();
    Hungry hungry = new Hungry(task.taskMemoryManager());
    taking.take(-1, hungry);
    @SuppressWarnings("unchecked")
    Iterator<Object> untyped =
        (Iterator<Object>) (Iterator<?>) JavaConverters.asScalaIterator(unsorted);
    SortedRows sorted = new SortedRows(untyped, 3);
    List<UnsafeRow> kept = new ArrayList<>();
    List<Long> spilled = new ArrayList<>();
    while (sorted.hasNext()) {
      taking.take(kept.size(), hungry);
      kept.add(sorted.next());
      spilled.add(task.taskMetrics().memoryBytesSpilled());
    }
    hungry.freeMemory(hungry.getUsed());
    List<Given> given = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) { // as they are after all others were given
      given.add(new Given(kept.get(i).getLong(0), kept.get(i).getLong(1), spilled.get(i)));
    }
    return given;
  }

  private static final class Hungry extends MemoryConsumer {
    Hungry(TaskMemoryManager memory) {
      super(memory, memory.getTungstenMemoryMode());
    }

    @Override
    public long spill(long size, MemoryConsumer by) {
      return 0;
    }

    void takeAllBut(long bytes) {
      acquireMemory(Long.MAX_VALUE / 2);
      freeMemory(Math.min(getUsed(), bytes));
    }
  }

  private static void assertAllInOrder(List<Given> given) {
    assertThat(given).isSortedAccordingTo(Comparator.comparingLong(Given::number));
    assertThat(given.stream().map(Given::id).sorted())
        .containsExactlyElementsOf(LongStream.range(0, ROWS).boxed().toList());
    assertThat(given).allMatch(row -> row.number == row.id * 7919 % ROWS / 3 - 1000);
  }

  @Test
  void rowsComeInTheOrderOfTheirNumberAndCanBeKept() {
    List<Given> given = sorted(rows(1), (rowsGiven, hungry) -> {});
    assertAllInOrder(given);
    assertThat(given).allMatch(row -> row.spilled == 0);
  }

  @Test
  void memoryThatAnotherOperatorNeedsIsGivenBackAmidTheRows() {
    for (long when : List.of(0L, 1L, 1000L, 1024L, ROWS - 1)) {
      List<Given> given =
          sorted(
              rows(1),
              (rowsGiven, hungry) -> {
                if (rowsGiven == when) {
                  hungry.takeAllBut(0);
                }
              });
      assertAllInOrder(given);
      assertThat(given.subList(0, (int) when)).allMatch(row -> row.spilled == 0);
      // The last rows have been copied out by then: nothing has to be written for them.
      assertThat(given.get((int) when).spilled > 0).isEqualTo(when < ROWS - 1);
    }
  }

  @Test
  void whatTheMemoryOfTheTaskDoesNotHoldIsWrittenInRuns() {
    List<Given> given =
        sorted(
            rows(20_000),
            (rowsGiven, hungry) -> {
              if (rowsGiven == -1) {
                hungry.takeAllBut(100L << 20); // 200 MB of rows
              }
            });
    assertAllInOrder(given);
    assertThat(given.get(0).spilled).isBetween(50L << 20, 400L << 20);
  }

  @Test
  void runsAndMemoryAreMergedAlsoWhenMemoryIsGivenBackMeanwhile() {
    String rowsInMemory = "spark.shuffle.spill.numElementsForceSpillThreshold";
    SparkEnv.get().conf().set(rowsInMemory, "4000");
    try {
      List<Given> given =
          sorted(
              rows(1),
              (rowsGiven, hungry) -> {
                if (rowsGiven == 5000) {
                  hungry.takeAllBut(0);
                }
              });
      assertAllInOrder(given);
      assertThat(given.get(4999).spilled).isPositive().isLessThan(given.get(5000).spilled);
    } finally {
      SparkEnv.get().conf().remove(rowsInMemory);
    }
  }
}
