package dev.penstock.features;

import java.math.BigDecimal;
import java.math.MathContext;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;

/**
 * The value of one aggregate over the inputs that are in its window now. Inputs come and go in any
 * order; the value depends on which are there and on nothing else, to the bit.
 */
interface Accumulator {
  /**
   * Takes an input in.
   *
   * @param event that it is of
   * @param input never null
   */
  void add(Event event, Object input);

  /** Takes an input out that was taken in. */
  void remove(Event event, Object input);

  /**
   * The aggregate, null if there is none.
   *
   * @param now as-of time, microseconds
   */
  Object value(long now);

  /** An empty one. */
  static Accumulator of(Window window, Window.Feature feature, GroupPlan plan, StateMemory memory) {
    DataType type = feature.type();
    return switch (feature.function()) {
      case COUNT -> new Count();
      case SHARE -> new Share();
      case SUM, AVG -> sum(type, feature.function() == AggregateFunction.AVG);
      case MIN, MAX, FIRST, LAST, LAST_K -> new Frontier(window, feature, plan, memory);
      case COUNT_DISTINCT -> new DistinctCount(window, feature);
      case TOP_K -> new SampledInputs(window, feature, () -> new MostFrequent(feature));
      case STDDEV -> new Deviation();
      case PERCENTILE -> {
        double share = AggregateFunction.share(feature.parameter());
        yield new SampledInputs(window, feature, () -> new Quantile(share));
      }
      case DECAYED_SUM ->
          new Decay(window.delay(), AggregateFunction.halfLife(feature.parameter()));
    };
  }

  private static Accumulator sum(DataType type, boolean mean) {
    if (type instanceof DecimalType) {
      return new DecimalSum(mean, (DecimalType) AggregateFunction.SUM.result(type).orElseThrow());
    }
    return type.equals(DataTypes.DoubleType) || type.equals(DataTypes.FloatType)
        ? new DoubleSum(mean)
        : new IntegerSum(mean);
  }

  /** Inputs that are there. */
  final class Count implements Accumulator {
    private long count;

    @Override
    public void add(Event event, Object input) {
      count++;
    }

    @Override
    public void remove(Event event, Object input) {
      count--;
    }

    @Override
    public Object value(long now) {
      return count;
    }
  }

  /** Conditions that are true, of all. */
  final class Share implements Accumulator {
    private long count;
    private long holding;

    @Override
    public void add(Event event, Object input) {
      count++;
      holding += (Boolean) input ? 1 : 0;
    }

    @Override
    public void remove(Event event, Object input) {
      count--;
      holding -= (Boolean) input ? 1 : 0;
    }

    @Override
    public Object value(long now) {
      return count == 0 ? null : (Object) ((double) holding / count);
    }
  }

  /** Integers, added up in 128 bits. */
  final class IntegerSum implements Accumulator {
    private final boolean mean;
    private long count;
    private long high;
    private long low;

    IntegerSum(boolean mean) {
      this.mean = mean;
    }

    @Override
    public void add(Event event, Object input) {
      long value = ((Number) input).longValue();
      count++;
      low += value;
      high += (value >> 63) + (Long.compareUnsigned(low, value) < 0 ? 1 : 0);
    }

    @Override
    public void remove(Event event, Object input) {
      long value = ((Number) input).longValue();
      count--;
      high -= (value >> 63) + (Long.compareUnsigned(low, value) < 0 ? 1 : 0);
      low -= value;
    }

    @Override
    public Object value(long now) {
      if (count == 0) {
        return null;
      }
      return mean ? (Object) Int128.mean(high, low, count) : (Object) Int128.toLong(high, low);
    }
  }

  /** Decimals. */
  final class DecimalSum implements Accumulator {
    private final boolean mean;
    private final DecimalType result;
    private long count;
    private BigDecimal sum;

    DecimalSum(boolean mean, DecimalType result) {
      this.mean = mean;
      this.result = result;
      this.sum = BigDecimal.ZERO.setScale(result.scale());
    }

    @Override
    public void add(Event event, Object input) {
      count++;
      sum = sum.add((BigDecimal) input);
    }

    @Override
    public void remove(Event event, Object input) {
      count--;
      sum = sum.subtract((BigDecimal) input);
    }

    @Override
    public Object value(long now) {
      if (count == 0) {
        return null;
      }
      return mean ? (Object) mean(sum, count) : fitting(sum, result);
    }

    /**
     * The same sum.
     *
     * @throws ArithmeticException if the type has too few digits for it
     */
    static BigDecimal fitting(BigDecimal sum, DecimalType result) {
      if (sum.precision() > result.precision()) {
        throw new ArithmeticException("the sum " + sum + " does not fit " + result.sql());
      }
      return sum;
    }

    static double mean(BigDecimal sum, long count) {
      return sum.divide(BigDecimal.valueOf(count), MathContext.DECIMAL128).doubleValue();
    }
  }

  /** Doubles and floats; a mean is the rounded sum divided by the count. */
  final class DoubleSum implements Accumulator {
    private final boolean mean;
    private final ExactSum sum = new ExactSum();
    private long count;

    DoubleSum(boolean mean) {
      this.mean = mean;
    }

    @Override
    public void add(Event event, Object input) {
      count++;
      sum.add(((Number) input).doubleValue());
    }

    @Override
    public void remove(Event event, Object input) {
      count--;
      sum.subtract(((Number) input).doubleValue());
    }

    @Override
    public Object value(long now) {
      if (count == 0) {
        return null;
      }
      return mean ? sum.value() / count : sum.value();
    }
  }
}
