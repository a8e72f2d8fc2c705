package dev.penstock.features;

import dev.penstock.features.GroupPlan.Measure;
import java.math.BigDecimal;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;

/**
 * How many inputs, and their sum in 128 bits, lie before each position: a window's sum is a
 * difference of two, exact also if the sums before have run over. Integers and decimals count in
 * units of their last digit, conditions that are true in ones, doubles in units of 2^-72.
 */
final class PrefixSums {
  /** Doubles from some 10^-6 to 2^28 are whole numbers of this power of two. */
  private static final int UNIT = -72;

  private static final int GREATEST = 28;
  private static final int MANTISSA_BITS = 52;

  private enum Kind {
    NOTHING,
    CONDITION,
    INTEGER,
    DECIMAL,
    DOUBLE,
    REFUSED
  }

  private final Measure measure;
  private final Kind kind;
  private int[] count;
  private long[] low;
  private long[] high;

  PrefixSums(Measure measure, int capacity) {
    this.measure = measure;
    this.kind = kind(measure);
    allocate(capacity);
  }

  private static Kind kind(Measure measure) {
    if (measure.function() == AggregateFunction.COUNT) {
      return Kind.NOTHING;
    }
    if (measure.function() == AggregateFunction.SHARE) {
      return Kind.CONDITION;
    }
    if (measure.type() instanceof DecimalType decimal) {
      return holds(decimal) ? Kind.DECIMAL : Kind.REFUSED;
    }
    return measure.type() instanceof DoubleType || measure.type() instanceof FloatType
        ? Kind.DOUBLE
        : Kind.INTEGER;
  }

  /** False if sums of no input of the type are held here. */
  static boolean holds(DataType type) {
    return !(type instanceof DecimalType decimal)
        || decimal.precision() <= Decimal.MAX_LONG_DIGITS();
  }

  private void allocate(int capacity) {
    count = new int[capacity + 1];
    if (kind != Kind.NOTHING) {
      low = new long[capacity + 1];
      high = new long[capacity + 1];
    }
  }

  /** Takes the positions from {@code head} to {@code tail} to the beginning. */
  void moveDown(int head, int tail, int capacity) {
    int[] counts = count;
    long[] lows = low;
    long[] highs = high;
    allocate(capacity);
    System.arraycopy(counts, head, count, 0, tail - head + 1);
    if (kind != Kind.NOTHING) {
      System.arraycopy(lows, head, low, 0, tail - head + 1);
      System.arraycopy(highs, head, high, 0, tail - head + 1);
    }
  }

  /**
   * Adds the event at a position to what lies before it.
   *
   * @return false if its input does not fit
   */
  boolean take(InternalRow event, int at) {
    if (kind == Kind.NOTHING) {
      count[at + 1] = count[at] + (event.isNullAt(measure.position()) ? 0 : 1);
      return true;
    }
    if (event.isNullAt(measure.position())) {
      count[at + 1] = count[at];
      low[at + 1] = low[at];
      high[at + 1] = high[at];
      return true;
    }
    count[at + 1] = count[at] + 1;
    switch (kind) {
      case CONDITION -> add(at, event.getBoolean(measure.position()) ? 1 : 0, 0);
      case INTEGER -> {
        long value = integer(event);
        add(at, value, value >> 63);
      }
      case DECIMAL -> {
        DecimalType type = (DecimalType) measure.type();
        long value =
            event.getDecimal(measure.position(), type.precision(), type.scale()).toUnscaledLong();
        add(at, value, value >> 63);
      }
      case DOUBLE -> {
        return addDouble(at, number(event));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private long integer(InternalRow event) {
    return switch (measure.type().defaultSize()) {
      case Byte.BYTES -> event.getByte(measure.position());
      case Short.BYTES -> event.getShort(measure.position());
      case Integer.BYTES -> event.getInt(measure.position());
      default -> event.getLong(measure.position());
    };
  }

  private double number(InternalRow event) {
    return measure.type() instanceof FloatType
        ? event.getFloat(measure.position())
        : event.getDouble(measure.position());
  }

  private void add(int at, long lowPart, long highPart) {
    low[at + 1] = low[at] + lowPart;
    high[at + 1] = high[at] + highPart + (Long.compareUnsigned(low[at + 1], lowPart) < 0 ? 1 : 0);
  }

  private boolean addDouble(int at, double value) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >>> MANTISSA_BITS) & 0x7FF;
    long mantissa = bits & 0xF_FFFF_FFFF_FFFFL;
    if (exponent == 0 && mantissa == 0) {
      add(at, 0, 0);
      return true;
    }
    int power = exponent - Double.MAX_EXPONENT - MANTISSA_BITS; // of the mantissa's last bit
    if (exponent == 0 || power + MANTISSA_BITS >= GREATEST) {
      return false; // below the normal numbers, too great, infinite, or none
    }
    mantissa |= 1L << MANTISSA_BITS;
    int shift = power - UNIT;
    if (shift < 0) {
      if (Long.numberOfTrailingZeros(mantissa) < -shift) {
        return false;
      }
      mantissa >>= -shift;
      shift = 0;
    }
    long lowPart = shift >= Long.SIZE ? 0 : mantissa << shift;
    long highPart =
        shift == 0 ? 0 : shift >= Long.SIZE ? mantissa << shift : mantissa >>> (Long.SIZE - shift);
    if (bits < 0) {
      lowPart = -lowPart;
      highPart = ~highPart + (lowPart == 0 ? 1 : 0);
    }
    add(at, lowPart, highPart);
    return true;
  }

  /** Sets a feature to the aggregate over the positions from {@code from} to before {@code to}. */
  void write(int from, int to, JoinedFeatures features, int feature) {
    long inputs = count[to] - count[from];
    if (kind == Kind.NOTHING) {
      features.putLong(feature, inputs);
      return;
    }
    if (inputs == 0) {
      return;
    }
    long lowPart = low[to] - low[from];
    long highPart = high[to] - high[from] - (Long.compareUnsigned(low[to], low[from]) < 0 ? 1 : 0);
    boolean mean = measure.function() == AggregateFunction.AVG;
    switch (kind) {
      case CONDITION -> features.putDouble(feature, (double) lowPart / inputs);
      case DOUBLE -> {
        double sum = Int128.nearest(highPart, lowPart, UNIT);
        features.putDouble(feature, mean ? sum / inputs : sum);
      }
      case INTEGER -> {
        if (mean) {
          features.putDouble(feature, Int128.mean(highPart, lowPart, inputs));
        } else {
          features.putLong(feature, Int128.toLong(highPart, lowPart));
        }
      }
      default -> {
        BigDecimal sum = new BigDecimal(Int128.exact(highPart, lowPart), scale());
        features.put(feature, decimal(sum, inputs));
      }
    }
  }

  private int scale() {
    return ((DecimalType) measure.type()).scale();
  }

  private Object decimal(BigDecimal sum, long inputs) {
    if (measure.function() == AggregateFunction.AVG) {
      return Accumulator.DecimalSum.mean(sum, inputs);
    }
    DecimalType result = (DecimalType) measure.function().result(measure.type()).orElseThrow();
    return Decimal.apply(
        Accumulator.DecimalSum.fitting(sum, result), result.precision(), result.scale());
  }
}
