package dev.penstock.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A quantile of the inputs that are there, which are kept sorted in blocks, each with how often it
 * is there: exact, and an input moves no more than a block.
 */
final class Quantile implements CountedInputs {
  private static final int MOST_IN_A_BLOCK = 512;

  private static final class Block {
    private double[] values = new double[8];
    private int[] times = new int[8];
    private int size;
    private long count;

    double last() {
      return values[size - 1];
    }

    void insert(double value, int more) {
      count += more;
      int at = Arrays.binarySearch(values, 0, size, value);
      if (at >= 0) {
        times[at] += more;
        return;
      }
      at = -at - 1;
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
        times = Arrays.copyOf(times, size * 2);
      }
      System.arraycopy(values, at, values, at + 1, size - at);
      System.arraycopy(times, at, times, at + 1, size - at);
      values[at] = value;
      times[at] = more;
      size++;
    }

    void remove(double value, int fewer) {
      count -= fewer;
      int at = Arrays.binarySearch(values, 0, size, value);
      times[at] -= fewer;
      if (times[at] == 0) {
        System.arraycopy(values, at + 1, values, at, size - at - 1);
        System.arraycopy(times, at + 1, times, at, size - at - 1);
        size--;
      }
    }

    /** Takes the upper half out. */
    Block split() {
      Block upper = new Block();
      upper.values = Arrays.copyOfRange(values, size / 2, size);
      upper.times = Arrays.copyOfRange(times, size / 2, size);
      upper.size = size - size / 2;
      upper.count = Arrays.stream(upper.times).asLongStream().sum();
      size /= 2;
      count -= upper.count;
      return upper;
    }

    double at(long rank) {
      long left = rank;
      int at = 0;
      while (left >= times[at]) {
        left -= times[at++];
      }
      return values[at];
    }
  }

  private final double share;
  private final List<Block> blocks = new ArrayList<>();
  private long count;

  /**
   * @param share from 0 to 1
   */
  Quantile(double share) {
    this.share = share;
  }

  @Override
  public void add(Object input, int times) {
    double value = ((Number) input).doubleValue();
    count += times;
    if (blocks.isEmpty()) {
      blocks.add(new Block());
    }
    int at = Math.min(blockOf(value), blocks.size() - 1);
    Block block = blocks.get(at);
    block.insert(value, times);
    if (block.size > MOST_IN_A_BLOCK) {
      blocks.add(at + 1, block.split());
    }
  }

  @Override
  public void remove(Object input, int times) {
    double value = ((Number) input).doubleValue();
    count -= times;
    int at = blockOf(value);
    blocks.get(at).remove(value, times);
    if (blocks.get(at).size == 0) {
      blocks.remove(at);
    }
  }

  /** The first block that doesn't end below a value. */
  private int blockOf(double value) {
    int low = 0;
    int high = blocks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Block block = blocks.get(middle);
      if (block.size > 0 && Double.compare(block.last(), value) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public Object value() {
    if (count == 0) {
      return null;
    }
    double position = share * (count - 1);
    long lower = (long) Math.floor(position);
    long upper = (long) Math.ceil(position);
    double below = at(lower);
    double above = at(upper);
    return lower == upper || Double.compare(below, above) == 0
        ? below
        : (upper - position) * below + (position - lower) * above;
  }

  private double at(long rank) {
    long left = rank;
    int block = 0;
    while (left >= blocks.get(block).count) {
      left -= blocks.get(block++).count;
    }
    return blocks.get(block).at(left);
  }
}
