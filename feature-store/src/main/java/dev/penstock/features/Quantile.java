package dev.penstock.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A quantile of the inputs that are there, which are kept sorted in blocks: exact, and an input
 * moves no more than a block.
 */
final class Quantile implements Accumulator {
  private static final int MOST_IN_A_BLOCK = 512;

  private static final class Block {
    private double[] values = new double[8];
    private int size;

    double last() {
      return values[size - 1];
    }

    void insert(double value) {
      int at = Arrays.binarySearch(values, 0, size, value);
      at = at < 0 ? -at - 1 : at;
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      System.arraycopy(values, at, values, at + 1, size - at);
      values[at] = value;
      size++;
    }

    void remove(double value) {
      int at = Arrays.binarySearch(values, 0, size, value);
      System.arraycopy(values, at + 1, values, at, size - at - 1);
      size--;
    }

    /** Takes the upper half out. */
    Block split() {
      Block upper = new Block();
      upper.values = Arrays.copyOfRange(values, size / 2, size);
      upper.size = size - size / 2;
      size /= 2;
      return upper;
    }
  }

  private final double share;
  private final List<Block> blocks = new ArrayList<>();
  private int size;

  /**
   * @param share from 0 to 1
   */
  Quantile(double share) {
    this.share = share;
  }

  @Override
  public void add(Event event, Object input) {
    double value = ((Number) input).doubleValue();
    size++;
    if (blocks.isEmpty()) {
      blocks.add(new Block());
    }
    int at = Math.min(blockOf(value), blocks.size() - 1);
    Block block = blocks.get(at);
    block.insert(value);
    if (block.size > MOST_IN_A_BLOCK) {
      blocks.add(at + 1, block.split());
    }
  }

  @Override
  public void remove(Event event, Object input) {
    double value = ((Number) input).doubleValue();
    size--;
    int at = blockOf(value);
    blocks.get(at).remove(value);
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
  public Object value(long now) {
    if (size == 0) {
      return null;
    }
    double position = share * (size - 1);
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
    while (left >= blocks.get(block).size) {
      left -= blocks.get(block++).size;
    }
    return blocks.get(block).values[(int) left];
  }
}
