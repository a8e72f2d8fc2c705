package dev.penstock.features;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.expressions.XxHash64Function;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Something computed of the inputs that are there, exactly as long as they are not too many, else
 * of a {@link Sample} of them: an element is a row of the source at a time with an input, so that
 * the same event is drawn in all windows.
 *
 * <p>A sample costs several times as much as the few inputs of most windows, so that it is begun
 * when there are too many, and ended when all have left.
 */
final class SampledInputs implements Accumulator {
  /** The one that Spark's {@code xxhash64} begins with. */
  static final long SEED = 42;

  private final Window window;
  private final Window.Feature feature;
  private final Supplier<CountedInputs> empty;
  private CountedInputs inputs;
  private int count;

  /** While there is no sample: the events that are there, and some that have left. */
  private final List<Event> few = new ArrayList<>();

  /** No event that leaves then or before is there, or about to be taken out. */
  private long gone = Long.MIN_VALUE;

  private Sample<Copies> sample;

  SampledInputs(Window window, Window.Feature feature, Supplier<CountedInputs> empty) {
    this.window = window;
    this.feature = feature;
    this.empty = empty;
    this.inputs = empty.get();
  }

  @Override
  public void add(Event event, Object input) {
    count++;
    if (sample == null && count <= feature.exact()) {
      inputs.add(input, 1);
      few.add(event);
      if (few.size() > count + count / 2 + 16) {
        few.removeIf(each -> leaves(each) <= gone);
      }
      return;
    }
    if (sample == null) {
      drawSample();
    }
    addToSample(event, input);
  }

  private void drawSample() {
    inputs = empty.get();
    sample =
        new Sample<>(
            feature.exact(),
            Wire.order(feature.type()),
            joined -> inputs.add(joined.input(), joined.count()),
            parted -> inputs.remove(parted.input(), parted.count()));
    for (Event event : few) {
      if (leaves(event) > gone) {
        addToSample(event, event.value(feature.input()));
      }
    }
    few.clear();
  }

  private void addToSample(Event event, Object input) {
    Copies known = sample.addIfNew(copies(event, input));
    if (known != null) {
      known.add(leaves(event));
      if (sample.isMember(known)) {
        inputs.add(input, 1);
      }
    }
  }

  @Override
  public void remove(Event event, Object input) {
    count--;
    gone = Math.max(gone, leaves(event));
    if (sample == null) {
      inputs.remove(input, 1);
      return;
    }
    Copies known = sample.find(copies(event, input));
    if (known != null && known.holds(leaves(event))) { // else it was forgotten
      removeFromSample(known, event, input);
    }
    if (count == 0) {
      sample = null;
    }
  }

  private void removeFromSample(Copies known, Event event, Object input) {
    if (known.count() == 1) {
      sample.remove(known);
      return;
    }
    known.remove(leaves(event));
    if (sample.isMember(known)) {
      inputs.remove(input, 1);
    }
  }

  @Override
  public Object value(long now) {
    return inputs.value();
  }

  private Copies copies(Event event, Object input) {
    return new Copies(number(event), input, leaves(event));
  }

  private long leaves(Event event) {
    return event.leaves(window.delay(), window.length());
  }

  /** Without a key of the source, events that are known at one time differ by time and input. */
  private long number(Event event) {
    long hash = SEED;
    for (int i = 0; i < feature.key().size(); i++) {
      hash = hash(event.field(Event.TIMES + i), feature.key().get(i), hash);
    }
    hash = hash(event.time(), DataTypes.LongType, hash);
    return hash(event.field(feature.input()), feature.type(), hash);
  }

  private static long hash(Object value, DataType type, long seed) {
    return XxHash64Function.hash(value, type, seed);
  }

  /** Equal events; they leave together, but for those that were known until different times. */
  private static final class Copies extends Sample.Element {
    private long leaves;
    private int latest = 1;
    private int earlier;
    private TreeMap<Long, Integer> earlierOnes;

    Copies(long number, Object input, long leaves) {
      super(number, input);
      this.leaves = leaves;
    }

    int count() {
      return latest + earlier;
    }

    @Override
    long leaves() {
      return leaves;
    }

    boolean holds(long at) {
      return at == leaves || (earlier > 0 && earlierOnes.containsKey(at));
    }

    void add(long at) {
      if (at == leaves) {
        latest++;
      } else if (at < leaves) {
        addEarlier(at, 1);
      } else {
        addEarlier(leaves, latest);
        leaves = at;
        latest = 1;
      }
    }

    private void addEarlier(long at, int count) {
      if (earlierOnes == null) {
        earlierOnes = new TreeMap<>();
      }
      earlierOnes.merge(at, count, Integer::sum);
      earlier += count;
    }

    /** One that {@link #holds} says is there, and not the only one. */
    void remove(long at) {
      if (at != leaves) {
        earlierOnes.merge(at, -1, (known, one) -> known == 1 ? null : known + one);
        earlier--;
      } else if (--latest == 0) {
        leaves = earlierOnes.lastKey();
        latest = earlierOnes.remove(leaves);
        earlier -= latest;
      }
    }
  }
}
