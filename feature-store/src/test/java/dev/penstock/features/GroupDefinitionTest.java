package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GroupDefinitionTest {
  private static final GroupDefinition ALL =
      new GroupDefinition(
          FeatureGroup.named("g")
              .over("arrivals")
              .by("carrier")
              .by("origin")
              .window("90m")
              .window("7d")
              .aggregate("late", Aggregate.parse("share(arr_delay > 15)").where("dest <> 'JFK'"))
              .aggregate("n", Aggregate.parse("count(*)").delayed(Duration.ofHours(3)))
              .aggregate("typical", "median(arr_delay)")
              .latest("tailnum")
              .timeSinceLast()
              .maxAge("2d")
              .delay("1h")
              .where("flight LIKE '\"%'")
              .build(),
          List.of("flight", "day"),
          "arrived",
          Optional.of("How late it is."),
          Map.of("n", "Flights"));

  @Test
  void theTextHasTheKeysOfAPipelineFile() {
    assertThat(ALL.text())
        .isEqualTo(
            """
            {"group":"g","description":"How late it is.","from":"arrivals","key":["flight","day"],\
            "event-time":"arrived","by":["carrier","origin"],"where":"flight LIKE '\\"%'",\
            "delay":"1h","windows":["90m","7d"],"aggregate":{\
            "late":{"value":"share(arr_delay > 15)","where":"dest <> 'JFK'"},\
            "n":{"value":"count(*)","delay":"3h"},\
            "typical":{"value":"percentile(arr_delay, 0.5)"}},"latest":["tailnum"],\
            "time-since-last":true,"max-age":"2d",\
            "descriptions":{"n":"Flights"}}""");
  }

  @Test
  void theTextSaysAll() {
    GroupDefinition least =
        new GroupDefinition(
            FeatureGroup.named("g").over("planes").latest("seats").build(),
            List.of(),
            "known_from",
            Optional.empty(),
            Map.of());
    for (GroupDefinition each : List.of(ALL, least)) {
      assertThat(GroupDefinition.parse(each.text())).isEqualTo(each);
    }
  }

  @Test
  void delaysAndConditionsArePartOfTheMeaning() {
    assertThat(ALL.features())
        .extracting(Feature::column)
        .containsExactlyElementsOf(ALL.group().columns());
    assertThat(ALL.features())
        .extracting(Feature::meaning)
        .startsWith(
            "newest tailnum until 1h before if at most 2d old, from arrivals by carrier, origin"
                + " where flight LIKE '\"%'",
            "seconds since the newest event until 1h before if at most 2d old, from arrivals by"
                + " carrier, origin where flight LIKE '\"%'",
            "share(arr_delay > 15) where dest <> 'JFK' over 90m until 1h before, from arrivals by"
                + " carrier, origin where flight LIKE '\"%'")
        .contains(
            "Flights (count(*) over 7d until 3h before, from arrivals by carrier, origin where"
                + " flight LIKE '\"%')");
  }

  @Test
  void aTextOfAnotherVersionIsNotReadHalf() {
    assertThatThrownBy(() -> GroupDefinition.parse(ALL.text().replace("\"max-age\"", "\"oldest\"")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot read the definition of the feature group g: this version of Penstock does not"
                + " know 'oldest'; use the version that wrote the table");
    assertThatThrownBy(() -> GroupDefinition.parse("{"))
        .hasMessage("Cannot read the definition of a feature group");
  }

  @Test
  void aGroupNeedsOnlyWhatIsAskedOfIt() {
    FeatureGroup group = ALL.group();
    assertThat(group.only(List.of("g__n_7d")).columns()).containsExactly("g__n_7d");
    assertThat(group.only(List.of("g__n_7d")).reach())
        .isEqualTo(Optional.of(Duration.ofDays(7).plusHours(3)));
    for (String column : List.of("g__tailnum", "g__seconds_since_last")) {
      assertThat(group.only(List.of(column)).columns()).containsExactly(column);
      assertThat(group.only(List.of(column)).maxAge()).contains(Duration.ofDays(2));
    }
    assertThat(group.only(group.columns())).isEqualTo(group);
  }

  @Test
  void aGroupThatIsMadeStepByStepIsChecked() {
    assertThatThrownBy(() -> FeatureGroup.named("g").latest("x").build())
        .hasMessage("from must not be blank");
    assertThatThrownBy(() -> FeatureGroup.named("g").window("week"))
        .hasMessage("expected a duration, as 15m, 1h or 7d, got 'week'");
  }
}
