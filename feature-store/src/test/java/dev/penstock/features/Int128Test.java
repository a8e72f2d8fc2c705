package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Int128Test {
  private static final int UNIT = -72;

  @Test
  void theNearestDoubleIsThatOfTheExactNumber() {
    long seed = Long.getLong("penstock.seed", System.nanoTime());
    System.out.println("penstock.seed=" + seed);
    Random random = new Random(seed);
    BigDecimal unit = BigDecimal.ONE.divide(new BigDecimal(BigInteger.TWO.pow(-UNIT)));
    for (int i = 0; i < 200_000; i++) {
      long high = random.nextLong() >> random.nextInt(64);
      long low = random.nextInt(4) == 0 ? 0 : random.nextLong() >>> random.nextInt(64);
      if (random.nextInt(4) == 0) { // halfway between two doubles, or next to it
        int at = random.nextInt(64);
        high = 0;
        low = (1L << at) | (at > 53 ? (1L << (at - 53)) + random.nextInt(3) - 1 : 0);
      }
      BigDecimal exact = new BigDecimal(Int128.exact(high, low)).multiply(unit);
      assertThat(Int128.nearest(high, low, UNIT))
          .as("seed %d: %s", seed, exact)
          .isEqualTo(exact.doubleValue());
    }
  }

  @Test
  void aSumOfMoreThan64BitsIsAnErrorAndItsMeanIsNot() {
    assertThat(Int128.toLong(-1, -5)).isEqualTo(-5);
    assertThatThrownBy(() -> Int128.toLong(0, -5))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("the sum 18446744073709551611 does not fit BIGINT");
    assertThat(Int128.mean(0, -6, 2)).isEqualTo(9.223372036854776E18);
    assertThat(Int128.mean(-1, -6, 4)).isEqualTo(-1.5);
  }
}
