package dev.penstock.features;

import java.util.Map;
import java.util.TreeMap;

/**
 * An exponentially decayed sum. With t = q h + r (h the half-life, 0 &lt;= r &lt; h) an input x at
 * time t weighs x 2^(r/h) among those of its q, whose sum is exact; from the oldest on, each sum is
 * halved for every half-life until the next. So the result is the same for the same events,
 * whatever came and went before.
 */
final class Decay implements Accumulator {
  private final long delay;
  private final double halfLifeMicros;
  private final long halfLife;
  private final TreeMap<Long, Sum> sums = new TreeMap<>();

  private static final class Sum {
    private final ExactSum weights = new ExactSum();
    private long count;
  }

  /**
   * @param delay of the window, microseconds
   * @param halfLife microseconds, positive
   */
  Decay(long delay, long halfLife) {
    this.delay = delay;
    this.halfLife = halfLife;
    this.halfLifeMicros = halfLife;
  }

  @Override
  public void add(Event event, Object input) {
    Sum sum = sums.computeIfAbsent(Math.floorDiv(event.time(), halfLife), q -> new Sum());
    sum.weights.add(weight(event, input));
    sum.count++;
  }

  @Override
  public void remove(Event event, Object input) {
    long q = Math.floorDiv(event.time(), halfLife);
    Sum sum = sums.get(q);
    sum.weights.subtract(weight(event, input));
    if (--sum.count == 0) {
      sums.remove(q);
    }
  }

  private double weight(Event event, Object input) {
    return ((Number) input).doubleValue() * power(Math.floorMod(event.time(), halfLife));
  }

  /** 2^(micros / half-life), the same bits on every machine. */
  private double power(long micros) {
    return StrictMath.pow(2, micros / halfLifeMicros);
  }

  @Override
  public Object value(long now) {
    if (sums.isEmpty()) {
      return null;
    }
    long end = now < Long.MIN_VALUE + delay ? Long.MIN_VALUE : now - delay;
    double total = 0;
    long at = sums.firstKey();
    for (Map.Entry<Long, Sum> each : sums.entrySet()) {
      total = halved(total, each.getKey() - at) + each.getValue().weights.value();
      at = each.getKey();
    }
    return halved(total, Math.floorDiv(end, halfLife) - at) * power(-Math.floorMod(end, halfLife));
  }

  private static double halved(double value, long times) {
    return Math.scalb(value, (int) -Math.min(times, Short.MAX_VALUE));
  }
}
