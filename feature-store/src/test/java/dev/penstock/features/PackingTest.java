package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PackingTest {
  private static final long DAY = 86_400_000_000L;

  @Test
  void timesInReachAreToldApart() {
    Packing packing = Packing.of(range(100 * DAY, 130 * DAY), Duration.ofDays(30), 5);
    assertThat(packing).isEqualTo(new Packing(70 * DAY, 130 * DAY, 43, 3));
    long packed = 77L << 46 | (12 * DAY + 5) << 3 | 4;
    assertThat(packing.bucket(packed)).isEqualTo(77);
    assertThat(packing.time(packed)).isEqualTo(82 * DAY + 5);
    assertThat(packing.side(packed)).isEqualTo(4);
  }

  @Test
  void aLongReachLeavesBitsForTheKey() {
    Packing packing = Packing.of(range(0, DAY), Duration.ofDays(36_500_000), 2);
    assertThat(packing.timeBits()).isEqualTo(47);
    assertThat(packing.first()).isEqualTo(DAY - (1L << 47) + 1);
  }

  @Test
  void asOfTimesFarApartTakeBitsOfTheKey() {
    long tenThousandYears = 3_652_500 * DAY;
    Packing packing = Packing.of(range(0, tenThousandYears), Duration.ofDays(30), 2);
    assertThat(packing.first()).isZero();
    assertThat(packing.timeBits()).isEqualTo(59);
    assertThatThrownBy(
            () -> Packing.of(range(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2), Duration.ZERO, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "as-of times from -4611686018427387904 to 4611686018427387903 microseconds since 1970"
                + " are too far apart for 2 kinds of rows");
  }

  @Test
  void nothingIsBeforeTheBeginningOfTime() {
    Packing packing = Packing.of(range(Long.MIN_VALUE, Long.MIN_VALUE + 7), Duration.ofDays(1), 2);
    assertThat(packing).isEqualTo(new Packing(Long.MIN_VALUE, Long.MIN_VALUE + 7, 3, 1));
  }

  private static Optional<Range> range(long earliest, long latest) {
    return Optional.of(new Range(earliest, latest));
  }
}
