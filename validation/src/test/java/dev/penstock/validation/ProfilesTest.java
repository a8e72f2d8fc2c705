package dev.penstock.validation;

import static org.apache.spark.sql.RowFactory.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.penstock.validation.Profile.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

class ProfilesTest extends SparkTest {
  @Test
  void everyColumnOfEveryGroupInOneJob() {
    Dataset<Row> rows =
        rows(
            "slice STRING, distance INT, carrier STRING, late BOOLEAN, speed DOUBLE, at TIMESTAMP",
            create("b", 10, "AA", true, 1.5, GateMarkTest.at("1970-01-01T00:00:01.500Z")),
            create("a", 1, "AA", true, Double.NaN, null),
            create("a", 2, "BB", false, Double.POSITIVE_INFINITY, null),
            create("a", 6, "AA", null, 2.0, null),
            create("a", null, null, null, null, null),
            create("a", null, "", null, null, null));
    Dataset<Row> parts = rows.repartition(3).persist();
    parts.count();

    JobCounter.Counted<List<Profile>> counted =
        JobCounter.count(
            spark(),
            () ->
                Profiles.of(parts, List.of("distance", "carrier", "late", "speed", "at"), "slice"));

    List<Profile> profiles = counted.result();
    assertThat(counted.jobs()).isEqualTo(1);
    assertThat(profiles)
        .extracting(Profile::toString)
        .containsExactly(
            "Profile[a.distance, number, count=5, nulls=2]",
            "Profile[a.carrier, text, count=5, nulls=1]",
            "Profile[a.late, number, count=5, nulls=3]",
            "Profile[a.speed, number, count=5, nulls=4]",
            "Profile[a.at, number, count=5, nulls=5]",
            "Profile[b.distance, number, count=1, nulls=0]",
            "Profile[b.carrier, text, count=1, nulls=0]",
            "Profile[b.late, number, count=1, nulls=0]",
            "Profile[b.speed, number, count=1, nulls=0]",
            "Profile[b.at, number, count=1, nulls=0]");
    Profile distance = profiles.get(0);
    assertThat(distance.mean().getAsDouble()).isCloseTo(3, within(1e-12));
    assertThat(distance.stddev().getAsDouble()).isCloseTo(Math.sqrt(14 / 3.0), within(1e-12));
    assertThat(distance.min()).hasValue(1);
    assertThat(distance.max()).hasValue(6);
    assertThat(distance.quantile(0.5)).hasValue(2);
    assertThat(distance.distinctValues()).isCloseTo(3, within(0.01));
    assertThat(distance.frequentValues()).isEmpty();
    Profile carrier = profiles.get(1);
    assertThat(carrier.frequentValues().entrySet())
        .containsExactly(Map.entry("AA", 2L), Map.entry("", 1L), Map.entry("BB", 1L));
    assertThat(carrier.distinctValues()).isCloseTo(3, within(0.01));
    assertThat(carrier.mean()).isEmpty();
    assertThat(profiles.get(4).mean()).isEmpty();
    assertThat(profiles.get(9).mean()).hasValue(1.5);
    parts.unpersist();
  }

  @Test
  void aProfileSurvivesItsRowAndMerging() {
    Dataset<Row> rows =
        spark()
            .range(0, 3000, 1, 3)
            .selectExpr(
                "cast(id % 3 as string) as slice",
                "id as number", "cast(id % 2 as string) as text", "cast(null as int) as nothing");
    List<String> columns = List.of("number", "text", "nothing");
    List<Profile> parts = Profiles.of(rows, columns, "slice");
    Dataset<Row> stored =
        spark()
            .createDataFrame(parts.stream().map(Profile::toRow).toList(), Profile.SCHEMA)
            .orderBy("slice");
    List<Profile> read = stored.collectAsList().stream().map(Profile::fromRow).toList();

    Profile number = Profile.merge("all", of("number", read));
    assertThat(number.count()).isEqualTo(3000);
    assertThat(number.mean().getAsDouble()).isCloseTo(1499.5, within(1e-9));
    assertThat(number.stddev().getAsDouble())
        .isCloseTo(Math.sqrt((3000.0 * 3000 - 1) / 12), within(1e-9));
    assertThat(number.min()).hasValue(0);
    assertThat(number.max()).hasValue(2999);
    assertThat(number.quantile(0.5).getAsDouble()).isCloseTo(1500, within(40.0));
    assertThat(number.distinctValues()).isCloseTo(3000, within(150.0));
    assertThat(Profile.merge("all", of("text", read)).frequentValues())
        .containsExactly(Map.entry("0", 1500L), Map.entry("1", 1500L));
    Profile nothing = Profile.merge("all", of("nothing", read));
    assertThat(nothing.nulls()).isEqualTo(3000);
    assertThat(nothing.mean()).isEmpty();
    assertThat(read).extracting(Profile::kind).contains(Kind.NUMBER, Kind.TEXT);
  }

  @Test
  void theOrderOfTheRowsAndTheirPartitionsChangeNothing() {
    Dataset<Row> rows =
        spark()
            .range(0, 6000, 1, 1)
            .selectExpr(
                "if(id % 3 = 0, 'a', 'b') as slice",
                "id % 5 as few",
                "id % 300 as hundreds",
                "if(id % 7 = 0, null, pow(id - 3000, 9) / 7) as wide",
                "1e9 + sin(id) as narrow",
                "cast(id % 5 as string) as few_texts",
                "cast(id % 300 as string) as hundreds_of_texts",
                "if(id % 4 = 0, 'often', if(id % 100 = 1, 'rarely', cast(id as string))) as texts",
                "uuid() as only_once")
            .persist();
    List<String> columns = List.of(rows.drop("slice").columns());

    Dataset<Row> shuffled = rows.orderBy(functions.rand(1));

    Map<String, String> parts = parts(Profiles.of(rows, columns, "slice"));

    assertThat(parts).containsKeys("a.few.mean", "b.only_once.hll");
    assertThat(differing(parts, Profiles.of(shuffled.coalesce(1), columns, "slice"))).isEmpty();
    assertThat(differing(parts, Profiles.of(shuffled.repartition(7), columns, "slice"))).isEmpty();
    assertThat(differing(parts, Profiles.of(rows.repartition(2).sort("wide"), columns, "slice")))
        .isEmpty();
    rows.unpersist();
  }

  @Test
  void momentsAreRoundedOnce() {
    Profile far = numbers("a", 0, 1e300, 1, -1e300, 1, Double.MIN_VALUE, -Double.MIN_VALUE);
    assertThat(far.mean()).hasValue(1 / 3.0);
    Profile near = numbers("a", 0, 1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4);
    assertThat(near.stddev()).hasValue(Math.sqrt(1.25));
    assertThat(numbers("a", 0, -3, -3, -3).mean()).hasValue(-3);
    assertThat(numbers("a", 0, 0.1, 0.1, 0.1).stddev()).hasValue(0);
  }

  @Test
  void anEmptyFrameHasNoProfiles() {
    assertThat(
            Profiles.of(
                rows("slice STRING, x INT", create("a", 1)).where("false"), List.of("x"), "slice"))
        .isEmpty();
  }

  @Test
  void manyTextsStayBounded() {
    Dataset<Row> rows =
        spark()
            .range(0, 20_000, 1, 2)
            .select(
                functions.lit("a").as("slice"),
                functions.expr("if(id % 4 = 0, 'often', concat(id, repeat('x', 300)))").as("text"));

    Profile profile = Profiles.of(rows, List.of("text"), "slice").get(0);

    assertThat(profile.knowsAllValues()).isFalse();
    assertThat(profile.frequent().length).isLessThan(768 * 300);
    assertThat(profile.frequentValues()).isEqualTo(Map.of("often", 5000L));
  }

  @Test
  void keysAreNotCountedAgain() {
    Dataset<Row> rows = spark().range(0, 20_000, 1, 2).selectExpr("'a' as slice", "uuid() as key");

    JobCounter.Counted<List<Profile>> counted =
        JobCounter.count(spark(), () -> Profiles.of(rows, List.of("key"), "slice"));

    assertThat(counted.jobs()).isEqualTo(1);
    assertThat(counted.result().get(0).frequentValues()).isEmpty();
  }

  @Test
  void aColumnWithoutAProfileIsRefused() {
    Dataset<Row> rows = rows("slice STRING, x ARRAY<INT>", create("a", new Integer[] {1}));

    assertThatThrownBy(() -> Profiles.of(rows, List.of("x"), "slice"))
        .hasMessage("Cannot profile column x: it is ARRAY<INT>");
    assertThatThrownBy(() -> Profiles.of(rows, List.of("y"), "slice"))
        .hasMessage("Cannot profile column y: there is only slice, x");
  }

  private static List<Profile> of(String column, List<Profile> profiles) {
    return profiles.stream().filter(profile -> profile.column().equals(column)).toList();
  }

  private static List<String> differing(Map<String, String> parts, List<Profile> profiles) {
    Map<String, String> others = parts(profiles);
    assertThat(others.keySet()).isEqualTo(parts.keySet());
    return parts.keySet().stream()
        .filter(name -> !parts.get(name).equals(others.get(name)))
        .toList();
  }

  /** Every part of every profile as {@code slice.column.part}. */
  static Map<String, String> parts(List<Profile> profiles) {
    Map<String, String> parts = new TreeMap<>();
    for (Profile profile : profiles) {
      Row row = profile.toRow();
      for (int i = 0; i < row.size(); i++) {
        String name = Profile.SCHEMA.fieldNames()[i];
        String value =
            row.get(i) instanceof byte[] bytes
                ? Arrays.toString(bytes)
                : String.valueOf(row.get(i));
        parts.put(profile.slice() + "." + profile.column() + "." + name, value);
      }
    }
    return parts;
  }

  static Profile numbers(String slice, int nulls, double... values) {
    Sketches sketches = new Sketches(Kind.NUMBER);
    IntStream.range(0, nulls).forEach(i -> sketches.addNull());
    for (double value : values) {
      sketches.add(value);
    }
    return sketches.profile(slice, "number");
  }

  static Profile texts(String slice, int nulls, List<String> values) {
    Sketches sketches = new Sketches(Kind.TEXT);
    IntStream.range(0, nulls).forEach(i -> sketches.addNull());
    values.forEach(sketches::add);
    return sketches.profile(slice, "text");
  }
}
