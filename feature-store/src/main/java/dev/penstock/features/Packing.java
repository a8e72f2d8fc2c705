package dev.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.shiftleft;
import static org.apache.spark.sql.functions.xxhash64;

import dev.penstock.lake.Constant;
import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/**
 * How the order of a pass fits one BIGINT, which Spark sorts by radix: bits of a hash of the key,
 * the time since {@code first}, the side. Keys that share their bits are told apart by who reads
 * the rows: exact for keys of any type and number.
 *
 * @param first microseconds; earlier times are taken for it
 * @param last microseconds; later times are taken for it
 * @param timeBits that the time since {@code first} takes
 * @param sideBits that the side takes
 */
record Packing(long first, long last, int timeBits, int sideBits) implements Serializable {
  /** Left for the key, if the as-of times alone don't need them: fewer make keys share them. */
  private static final int KEY_BITS = 16;

  /**
   * @param times of the as-of rows; empty: none has one
   * @param reach how far before them the order of events is worth bits; older ones come in any
   * @param sides how many there are
   * @throws IllegalArgumentException if the times alone leave no bit for the key
   */
  static Packing of(Optional<Range> times, Duration reach, int sides) {
    Range range = times.orElse(new Range(0, 0));
    int sideBits = Integer.SIZE - Integer.numberOfLeadingZeros(sides - 1);
    long between = range.latest() - range.earliest();
    if (between < 0 || between >> (Long.SIZE - 1 - sideBits) != 0) {
      throw new IllegalArgumentException(
          "as-of times from %d to %d microseconds since 1970 are too far apart for %d kinds of rows"
              .formatted(range.earliest(), range.latest(), sides));
    }
    long affordable = Math.max(between, (1L << (Long.SIZE - KEY_BITS - sideBits)) - 1);
    long wanted = between + Math.min(Event.micros(reach), Long.MAX_VALUE - between);
    long back = Math.min(wanted, affordable);
    long first = Math.max(range.latest(), Long.MIN_VALUE + back) - back;
    return new Packing(first, range.latest(), bits(range.latest() - first), sideBits);
  }

  private static int bits(long number) {
    return Long.SIZE - Long.numberOfLeadingZeros(number);
  }

  /** What stands for a key. */
  static Column hash(Column[] key) {
    return key.length == 0 ? lit(0L) : xxhash64(key);
  }

  /**
   * @param hash of the key
   * @param time microseconds, null for none
   */
  Column column(Column hash, Column time, int side) {
    Column from = Constant.of(first, DataTypes.LongType);
    Column inside =
        least(greatest(coalesce(time, from), from), Constant.of(last, DataTypes.LongType));
    return shiftleft(hash, timeBits + sideBits)
        .bitwiseOR(shiftleft(inside.minus(from), sideBits))
        .bitwiseOR(lit((long) side));
  }

  /** A hash, but for its last bits, where the side of {@code packed} is. */
  Column withSideOf(Column packed, Column hash) {
    long sides = (1L << sideBits) - 1;
    return hash.bitwiseAND(lit(~sides)).bitwiseOR(packed.bitwiseAND(lit(sides)));
  }

  long withoutSide(long packed) {
    return packed >> sideBits;
  }

  /** What rows of one key have in common. */
  long bucket(long packed) {
    return packed >> bitsBelowKey();
  }

  int bitsBelowKey() {
    return timeBits + sideBits;
  }

  long time(long packed) {
    return first + ((packed >>> sideBits) & ((1L << timeBits) - 1));
  }

  int side(long packed) {
    return (int) packed & ((1 << sideBits) - 1);
  }
}
