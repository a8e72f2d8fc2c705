package dev.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.validation.SparkTest;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class TimeSplitTest extends SparkTest {
  private static final Instant END = Instant.parse("2013-03-02T00:00:00Z");
  private final TimeSplit split =
      new TimeSplit(
          new Split(Duration.ofDays(30), Duration.ofDays(40), Duration.ofDays(14)),
          Duration.ofDays(2));

  @Test
  void theGapIsTheLabelsMaturity() {
    assertThat(split.at(END))
        .isEqualTo(
            new TimeSplit.Parts(
                Instant.parse("2013-01-03T00:00:00Z"),
                Instant.parse("2013-02-12T00:00:00Z"),
                Instant.parse("2013-02-14T00:00:00Z"),
                Instant.parse("2013-02-28T00:00:00Z")));
  }

  @Test
  void historyIsEnoughFromTheLeastTrainPartOn() {
    Instant needed = Instant.parse("2013-01-13T00:00:00Z");
    assertThat(split.earliestNeeded(END)).isEqualTo(needed);
    assertThat(split.enoughHistory(needed, END)).isTrue();
    assertThat(split.enoughHistory(needed.plusNanos(1000), END)).isFalse();
  }

  @Test
  void rowsAtTheEdgesBelongToOnePart() {
    assertThat(
            split
                .at(END)
                .apply(
                    rows(
                        "as_of_time TIMESTAMP",
                        at("2013-01-02T23:59:59.999999Z"),
                        at("2013-01-03T00:00:00Z"),
                        at("2013-02-11T23:59:59.999999Z"),
                        at("2013-02-12T00:00:00Z"),
                        at("2013-02-13T23:59:59.999999Z"),
                        at("2013-02-14T00:00:00Z"),
                        at("2013-02-27T23:59:59.999999Z"),
                        at("2013-02-28T00:00:00Z")))
                .collectAsList())
        .containsExactly(
            RowFactory.create(time("2013-01-03T00:00:00Z"), "train"),
            RowFactory.create(time("2013-02-11T23:59:59.999999Z"), "train"),
            RowFactory.create(time("2013-02-14T00:00:00Z"), "holdout"),
            RowFactory.create(time("2013-02-27T23:59:59.999999Z"), "holdout"));
  }

  @Test
  void lengthsMakeSense() {
    assertThatThrownBy(() -> new Split(Duration.ofDays(3), Duration.ofDays(2), Duration.ofDays(1)))
        .hasMessage("train must not end below its start, got PT72H..PT48H");
    assertThatThrownBy(() -> new Split(Duration.ofDays(1), Duration.ofDays(1), Duration.ZERO))
        .hasMessage("holdout must be longer than 0s, got PT0S");
  }

  private static Row at(String instant) {
    return RowFactory.create(time(instant));
  }

  private static Timestamp time(String instant) {
    return Timestamp.from(Instant.parse(instant));
  }
}
