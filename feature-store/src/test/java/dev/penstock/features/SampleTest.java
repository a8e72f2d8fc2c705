package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.XxHash64Function;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

class SampleTest {
  private static final DataType LONG = DataTypes.LongType;
  private static final int KEY = Event.TIMES;
  private static final int INPUT = KEY + 1;
  private static final GroupPlan PLAN =
      new GroupPlan(
          new int[] {0, 1, KEY, INPUT},
          new DataType[] {LONG, LONG, LONG, LONG},
          Optional.empty(),
          List.of(),
          Long.MIN_VALUE);

  private static Event event(long time, long until, long key, long input) {
    return PLAN.event(new GenericInternalRow(new Object[] {time, until, key, input}));
  }

  private static Window.Feature feature(AggregateFunction function, String parameter, int exact) {
    return new Window.Feature("f", function, parameter, INPUT, LONG, List.of(LONG), exact, 0);
  }

  private static Accumulator over(
      long window, AggregateFunction function, String parameter, int exact) {
    return Accumulator.of(
        new Window(0, window, List.of()),
        feature(function, parameter, exact),
        PLAN,
        null); // samples hold no memory of a task
  }

  /** What the accumulators of a key see: events that come and leave again. */
  private static final class Live {
    private final long window;
    private final PriorityQueue<Event> events;

    Live(long window) {
      this.window = window;
      this.events = new PriorityQueue<>(Comparator.comparingLong(this::leaves));
    }

    long leaves(Event event) {
      return event.leaves(0, window);
    }

    void advance(long now, List<Accumulator> accumulators) {
      while (!events.isEmpty() && leaves(events.peek()) <= now) {
        Event event = events.poll();
        accumulators.forEach(each -> each.remove(event, event.value(INPUT)));
      }
    }

    void add(Event event, List<Accumulator> accumulators) {
      events.add(event);
      accumulators.forEach(each -> each.add(event, event.value(INPUT)));
    }
  }

  /** How often each input is a member's. */
  private static final class Counts implements CountedInputs {
    private final TreeMap<Object, Integer> counts = new TreeMap<>();

    @Override
    public void add(Object input, int times) {
      counts.merge(input, times, Integer::sum);
    }

    @Override
    public void remove(Object input, int times) {
      counts.merge(input, -times, (a, b) -> a + b == 0 ? null : a + b);
    }

    @Override
    public Object value() {
      return Map.copyOf(counts);
    }
  }

  @Test
  void whatCameAndWentBeforeDoesNotMatter() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 400; i++) {
      int exact = 1 + random.nextInt(4);
      long length = 1 + random.nextInt(60);
      int keys = 1 + random.nextInt(random.nextBoolean() ? 30 : 3);
      long often = 1 + random.nextInt((int) length);
      Window window = new Window(0, length, List.of());
      List<Accumulator> accumulators =
          List.of(
              new SampledInputs(window, feature(AggregateFunction.TOP_K, "1", exact), Counts::new),
              over(length, AggregateFunction.COUNT_DISTINCT, "", exact));
      Live live = new Live(length);
      for (long now = 0; now < 150; now++) {
        live.advance(now, accumulators);
        for (int k = random.nextInt(4); k > 0; k--) {
          long time = now - now % often; // that of many, or of few
          long until = random.nextBoolean() ? Long.MAX_VALUE : now + 1 + random.nextInt(80);
          live.add(
              event(time, until, random.nextInt(keys), random.nextInt(1 + keys)), accumulators);
        }
        List<Event> there = List.copyOf(live.events);
        assertThat(accumulators.stream().map(each -> each.value(0)))
            .as("-Dpenstock.seed=%d, %d at %d", seed, i, now)
            .containsExactly(members(there, exact), different(there, exact));
      }
    }
  }

  /** Hashes of 64 bits, of which no two are the same here. */
  private static Object members(List<Event> events, int exact) {
    TreeMap<Long, List<Object>> equal = new TreeMap<>(Long::compareUnsigned);
    for (Event event : events) {
      long number = hash(event.value(INPUT), hash(event.time(), hash(event.value(KEY), 42)));
      equal.computeIfAbsent(number, n -> new ArrayList<>()).add(event.value(INPUT));
    }
    Counts counts = new Counts();
    equal.values().stream().limit(exact).forEach(all -> all.forEach(x -> counts.add(x, 1)));
    return counts.value();
  }

  private static long different(List<Event> events, int exact) {
    List<Long> numbers =
        events.stream()
            .map(event -> hash(event.value(INPUT), 42))
            .distinct()
            .sorted(Long::compareUnsigned)
            .toList();
    return numbers.size() <= exact
        ? numbers.size()
        : Math.max(exact + 1, Math.round((exact - 1) * 0x1p53 / (numbers.get(exact - 1) >>> 11)));
  }

  private static long hash(Object value, long seed) {
    return XxHash64Function.hash(value, LONG, seed);
  }

  /** An element that is told when it leaves. */
  private static final class Leaving extends Sample.Element {
    private final long leaves;

    Leaving(long number, long leaves) {
      super(number, number);
      this.leaves = leaves;
    }

    @Override
    long leaves() {
      return leaves;
    }
  }

  /** The most that are kept of so many as they come one after the other, each leaving then. */
  private static int kept(int most, int count, LongUnaryOperator leaves) {
    Sample<Leaving> sample = new Sample<>(most, Wire.order(LONG), joined -> {}, parted -> {});
    PriorityQueue<Leaving> leaving = new PriorityQueue<>(Comparator.comparingLong(Leaving::leaves));
    int kept = 0;
    for (long now = 0; now < count; now++) {
      while (!leaving.isEmpty() && leaving.peek().leaves() <= now) {
        Leaving known = sample.find(leaving.poll());
        if (known != null) {
          sample.remove(known);
        }
      }
      Leaving next = new Leaving(hash(now, 42), leaves.applyAsLong(now));
      leaving.add(next);
      sample.addIfNew(next);
      kept = Math.max(kept, sample.size());
    }
    return kept;
  }

  @Test
  void fewAreKeptInWhateverOrderTheyLeave() {
    int most = 256;
    int count = 100_000;
    Random random = new Random(7);
    double expected = most * (1 + Math.log((double) count / most));
    int[] kept = {
      kept(most, count, now -> Long.MAX_VALUE), // never
      kept(most, count, now -> count + now), // as they came
      kept(most, count, now -> 3L * count - now), // the last that came first
      kept(most, count, now -> now + count / 3), // of a window that moves on
      kept(most, count, now -> now + 1 + random.nextInt(2 * count))
    };
    assertThat(IntStream.of(kept).max().orElseThrow())
        .isLessThan((int) (1.5 * expected + 2 * most));
    assertThat(kept[0]).isEqualTo(2 * most);
  }

  @Test
  void estimatesAreAsNearAsPromised() {
    int exact = Limits.DEFAULT.exact();
    int count = 200_000;
    List<String> shares = List.of("0.01", "0.5", "0.9");
    List<Accumulator> accumulators = new ArrayList<>();
    accumulators.add(over(Long.MAX_VALUE, AggregateFunction.COUNT_DISTINCT, "", exact));
    for (String share : shares) {
      accumulators.add(over(Long.MAX_VALUE, AggregateFunction.PERCENTILE, share, exact));
    }
    List<Integer> inputs = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(inputs, new Random(7));
    Live live = new Live(Long.MAX_VALUE);
    for (int input : inputs) {
      live.add(event(0, Long.MAX_VALUE, input, input), accumulators);
    }

    assertThat(accumulators.stream().map(each -> each.value(0)))
        .containsExactly(201_774L, 2_434.3, 101_878.5, 180_564.7);
    double different = ((Long) accumulators.get(0).value(0)).doubleValue();
    assertThat(Math.abs(different / count - 1)).isLessThan(4 / Math.sqrt(exact - 2));
    for (int i = 0; i < shares.size(); i++) {
      double share = Double.parseDouble(shares.get(i));
      double quantile = (double) accumulators.get(i + 1).value(0);
      assertThat(Math.abs(quantile / count - share))
          .as(shares.get(i))
          .isLessThan(4 * Math.sqrt(share * (1 - share) / exact));
    }
  }

  @Test
  void mostFrequentValuesOfManyInputsAreThoseOfTheSample() {
    Accumulator frequent = over(Long.MAX_VALUE, AggregateFunction.TOP_K, "3", 1_000);
    Live live = new Live(Long.MAX_VALUE);
    for (int i = 0; i < 50_000; i++) {
      int input = i % 10 < 4 ? 7 : i % 10 < 7 ? 3 : i % 10 < 9 ? 5 : i;
      live.add(event(i, Long.MAX_VALUE, i, input), List.of(frequent));
    }
    assertThat(frequent.value(0)).isEqualTo(List.of(7L, 3L, 5L));
  }
}
