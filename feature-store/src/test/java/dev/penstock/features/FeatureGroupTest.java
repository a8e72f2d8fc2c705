package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureGroupTest {
  private static final Map<String, Aggregate> FLIGHTS = Map.of("n", Aggregate.parse("count(*)"));

  private static FeatureGroup group(
      List<Duration> windows,
      Map<String, Aggregate> aggregate,
      List<String> latest,
      Optional<Duration> maxAge,
      Duration delay) {
    return new FeatureGroup(
        "g",
        "arrivals",
        List.of("carrier"),
        List.of("carrier"),
        windows,
        aggregate,
        latest,
        false,
        maxAge,
        delay,
        Optional.empty());
  }

  private static FeatureGroup windows(Duration... windows) {
    return group(List.of(windows), FLIGHTS, List.of(), Optional.empty(), Duration.ZERO);
  }

  @Test
  void columnsAreLatestThenAggregatesByWindow() {
    Map<String, Aggregate> aggregate = new LinkedHashMap<>();
    aggregate.put("mean", Aggregate.parse("avg(arr_delay)"));
    aggregate.put("n", Aggregate.parse("count(*)"));
    FeatureGroup group =
        group(
            List.of(Duration.ofMinutes(15), Duration.ofHours(24)),
            aggregate,
            List.of("seats"),
            Optional.empty(),
            Duration.ZERO);
    assertThat(group.columns())
        .containsExactly("g__seats", "g__mean_15m", "g__mean_1d", "g__n_15m", "g__n_1d");
  }

  @Test
  void aWindowIsNamedInItsLargestWholeUnit() {
    assertThat(
            List.of(
                Durations.text(Duration.ofDays(7)),
                Durations.text(Duration.ofHours(36)),
                Durations.text(Duration.ofMinutes(90)),
                Durations.text(Duration.ofSeconds(90)),
                Durations.text(Duration.ofNanos(1_500_000))))
        .containsExactly("7d", "36h", "90m", "90s", "1500us");
  }

  @Test
  void reachIsTheLongestWayBackWithDelays() {
    Duration day = Duration.ofDays(1);
    assertThat(windows(day, day.multipliedBy(7)).reach()).contains(day.multipliedBy(7));
    Map<String, Aggregate> delayed = Map.of("n", FLIGHTS.get("n").delayed(day.multipliedBy(7)));
    assertThat(
            group(List.of(day), delayed, List.of("x"), Optional.of(day.multipliedBy(9)), day)
                .reach())
        .contains(day.multipliedBy(10));
    assertThat(group(List.of(day), delayed, List.of(), Optional.empty(), day).reach())
        .contains(day.multipliedBy(8));
    assertThat(group(List.of(), Map.of(), List.of("x"), Optional.empty(), day).reach()).isEmpty();
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    Optional<Duration> none = Optional.empty();
    Duration zero = Duration.ZERO;
    assertThatThrownBy(() -> windows(zero)).hasMessage("windows must be positive, got PT0S");
    assertThatThrownBy(() -> windows(Duration.ofDays(-1)))
        .hasMessage("windows must be positive, got PT-24H");
    assertThatThrownBy(() -> windows(Duration.ofNanos(1)))
        .hasMessage("windows must be whole microseconds, got PT0.000000001S");
    assertThatThrownBy(() -> windows(Duration.ofHours(24), Duration.ofDays(1)))
        .hasMessage("windows must not give 'PT24H' twice");
    assertThatThrownBy(() -> group(List.of(), Map.of(), List.of(), none, zero))
        .hasMessage("latest or timeSinceLast must be given if there are no windows");
    assertThatThrownBy(() -> group(List.of(Duration.ofDays(1)), Map.of(), List.of(), none, zero))
        .hasMessage("windows need at least one aggregate");
    assertThatThrownBy(() -> group(List.of(), FLIGHTS, List.of("x"), none, zero))
        .hasMessage("aggregate needs at least one window");
    assertThatThrownBy(() -> group(List.of(), Map.of(), List.of("x"), Optional.of(zero), zero))
        .hasMessage("maxAge must be positive, got PT0S");
    assertThatThrownBy(() -> group(List.of(), Map.of(), List.of("x"), none, Duration.ofDays(-1)))
        .hasMessage("delay must not be negative, got PT-24H");
    assertThatThrownBy(
            () -> group(List.of(Duration.ofDays(1)), FLIGHTS, List.of("n_1d"), none, zero))
        .hasMessage("aggregate must not give 'g__n_1d' twice");
  }

  @Test
  void anAggregateIsReadFromItsCall() {
    assertThat(Aggregate.parse(" share( coalesce(a, 0) > 15 ) "))
        .isEqualTo(
            new Aggregate(
                AggregateFunction.SHARE,
                Optional.of("coalesce(a, 0) > 15"),
                Optional.empty(),
                Optional.empty(),
                Duration.ZERO));
    assertThat(Aggregate.parse("COUNT(*)").input()).isEmpty();
    assertThat(Aggregate.parse("max(if(s = ')', 1, 2))").text())
        .isEqualTo("max(if(s = ')', 1, 2))");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mean(x)",
        "avg",
        "avg()",
        "avg(*)",
        "sum(a) / sum(b)",
        "count_distinct(x)",
        "sum(distinct x)",
        "count(distinct)",
        "avg(x",
        ""
      })
  void anythingElseIsRefusedWithTheFunctionsListed(String text) {
    assertThatThrownBy(() -> Aggregate.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot read the aggregate '"
                + text
                + "': expected one of count(*), count(distinct x), sum(x), avg(x), min(x), max(x),"
                + " share(condition), stddev(x), first(x), last(x), last_k(x, 3), top_k(x, 3),"
                + " percentile(x, 0.9), decayed_sum(x, 7d)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "last_k(x) | last_k needs how many values, as last_k(x, 3); got 'last_k(x)'",
        "top_k(x, 0) | expected a whole number of values from 1 to 1000, got '0'",
        "top_k(x, 1001) | expected a whole number of values from 1 to 1000, got '1001'",
        "percentile(x, 90) | expected a share from 0 to 1, as 0.9, got '90'",
        "percentile(x) | percentile needs a share from 0 to 1, as percentile(x, 0.9); got"
            + " 'percentile(x)'",
        "decayed_sum(x, 0d) | a half-life must be longer than 0s",
        "decayed_sum(x, y) | expected a duration, as 15m, 1h or 7d, got 'y'",
      })
  void aWrongParameterIsRefusedWithASentence(String text, String message) {
    assertThatThrownBy(() -> Aggregate.parse(text)).hasMessage(message);
  }

  @Test
  void parametersAreReadAfterTheLastCommaOfTheCall() {
    Aggregate decayed = Aggregate.parse("decayed_sum(coalesce(a, ',', 0), 12h)");
    assertThat(decayed.input()).contains("coalesce(a, ',', 0)");
    assertThat(decayed.parameter()).contains("12h");
    assertThat(decayed.text()).isEqualTo("decayed_sum(coalesce(a, ',', 0), 12h)");
    assertThat(Aggregate.parse("median(a)").text()).isEqualTo("percentile(a, 0.5)");
    assertThat(Aggregate.parse("COUNT(DISTINCT a)").text()).isEqualTo("count(distinct a)");
  }

  @Test
  void aRoleReadsItsKeyInOtherColumns() {
    FeatureGroup role = windows(Duration.ofDays(1)).inRole("mine", Map.of("carrier", "operator"));
    assertThat(role.columns()).containsExactly("mine__n_1d");
    assertThat(role.by()).containsExactly("carrier");
    assertThat(role.asOfBy()).containsExactly("operator");
    assertThatThrownBy(() -> role.inRole("mine", Map.of("operator", "carrier")))
        .hasMessage("operator is no key column of mine, which is by [carrier]");
  }
}
