package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.features.Window.Feature;
import dev.penstock.validation.SparkTest;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.MemoryMode;
import org.apache.spark.memory.TaskMemoryManager;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;

/** What the windows of a key hold where the task has no memory for it. */
class StateMemoryTest extends SparkTest {
  private static final int EVENTS = 200_000;
  private static final int LENGTH = 120_000;
  private static final int EVERY = 1_000;
  private static final int COLUMNS = 4;
  private static final List<AggregateFunction> FUNCTIONS =
      List.of(
          AggregateFunction.COUNT,
          AggregateFunction.SUM,
          AggregateFunction.MAX,
          AggregateFunction.FIRST);

  /** What came of a task, and what it left behind. */
  private record Outcome(List<List<Long>> features, long spilled, long held, int files, long open)
      implements Serializable {}

  private static final class Hungry extends MemoryConsumer {
    Hungry(TaskMemoryManager memory) {
      super(memory, MemoryMode.ON_HEAP);
    }

    @Override
    public long spill(long size, MemoryConsumer by) {
      return 0;
    }
  }

  private static GroupPlan plan() {
    List<Feature> features = new ArrayList<>();
    for (AggregateFunction function : FUNCTIONS) {
      features.add(
          new Feature(
              function.text(),
              function,
              "",
              Event.TIMES,
              DataTypes.LongType,
              List.of(DataTypes.LongType),
              Limits.DEFAULT.exact(),
              features.size()));
    }
    DataType[] types = {DataTypes.LongType, DataTypes.LongType, DataTypes.LongType};
    return new GroupPlan(
        new int[] {1, 2, 3},
        types,
        Optional.empty(),
        List.of(new Window(0, LENGTH, features)),
        Long.MIN_VALUE);
  }

  /** One event a microsecond, each with a smaller number, so that every one can be the greatest. */
  private static Outcome inTask(boolean hasMemory) {
    TaskContext task = TaskContext.get();
    Hungry hungry = new Hungry(task.taskMemoryManager());
    if (!hasMemory) {
      hungry.acquireMemory(Long.MAX_VALUE / 2);
    }
    DataType[] types = new DataType[COLUMNS];
    Arrays.fill(types, DataTypes.LongType);
    UnsafeProjection unsafe = UnsafeProjection.create(types);
    StateMemory memory = StateMemory.ofTask(Limits.DEFAULT, COLUMNS);
    int before = files();
    GroupState state = new GroupState(plan(), memory);
    JoinedFeatures joined = new JoinedFeatures(COLUMNS, FUNCTIONS.size());
    List<List<Long>> features = new ArrayList<>();
    long held = 0;
    for (long i = 0; i < EVENTS; i++) {
      Object[] values = {0L, i, Long.MAX_VALUE, -i};
      UnsafeRow row = unsafe.apply(new GenericInternalRow(values)).copy();
      state.arrive(row, i);
      if (i % EVERY == 0) {
        joined.begin(row);
        state.write(joined, i);
        List<Long> each = new ArrayList<>();
        for (int feature = 0; feature < FUNCTIONS.size(); feature++) {
          each.add(joined.getLong(COLUMNS + feature));
        }
        features.add(each);
      }
      held = Math.max(held, memory.getUsed());
    }
    long spilled = task.taskMetrics().diskBytesSpilled();
    memory.clear();
    hungry.freeMemory(hungry.getUsed());
    assertThat(memory.getUsed()).isZero();
    return new Outcome(features, spilled, held, files() - before, open());
  }

  private static int files() {
    return JavaConverters.seqAsJavaList(
            SparkEnv.get().blockManager().diskBlockManager().getAllFiles().toSeq())
        .stream()
        .filter(file -> file.getName().startsWith("temp_local_"))
        .toList()
        .size();
  }

  /** Temporary files that this process holds open. */
  private static long open() {
    long open = 0;
    for (File each : Objects.requireNonNull(new File("/proc/self/fd").listFiles())) {
      try {
        open += Files.readSymbolicLink(each.toPath()).toString().contains("temp_local_") ? 1 : 0;
      } catch (IOException e) {
        // closed meanwhile
      }
    }
    return open;
  }

  private Outcome outcome(boolean hasMemory) {
    return JavaSparkContext.fromSparkContext(spark().sparkContext())
        .parallelize(List.of(hasMemory), 1)
        .map(StateMemoryTest::inTask)
        .first();
  }

  private static List<List<Long>> expected() {
    List<List<Long>> expected = new ArrayList<>();
    for (long now = 0; now < EVENTS; now += EVERY) {
      long first = Math.max(0, now - LENGTH + 1);
      long count = now - first + 1;
      expected.add(List.of(count, -(first + now) * count / 2, -first, -first));
    }
    return expected;
  }

  @Test
  void windowsHoldTheirEventsInTheMemoryOfTheTask() {
    Outcome outcome = outcome(true);
    assertThat(outcome.features).isEqualTo(expected());
    assertThat(outcome.spilled).isZero();
    assertThat(outcome.held).isBetween(100L * LENGTH, 800L * LENGTH);
  }

  @Test
  void withoutMemoryTheEventsOfWindowsGoToDiskAndNothingIsLeftOfThem() {
    Outcome outcome = outcome(false);
    assertThat(outcome.features).isEqualTo(expected());
    assertThat(outcome.spilled).isPositive();
    assertThat(outcome.held).isZero();
    assertThat(outcome.files).isZero();
    assertThat(outcome.open).isZero();
  }
}
