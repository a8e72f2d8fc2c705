package dev.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.lake.Lake;
import dev.penstock.validation.SparkTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

class RegistryTest extends SparkTest {
  private static final Instant NOON = Instant.parse("2013-02-01T12:00:00Z");

  private static Provenance provenance(String pipeline, String slice, String fingerprint) {
    return new Provenance(
        pipeline, slice, fingerprint, "c0ffee", "{\"x\":1}", "{}", "0.1.0", "{}", "run-1", NOON);
  }

  private Trained trained() {
    return Training.run(
        TrainingTest.trainingSet(spark(), 600)
            .withColumn("label", functions.expr("double(number > 4)")),
        new ModelSpec(
            List.of("id"),
            List.of("x", "color"),
            LabelKind.CLASSIFICATION,
            new Split(Duration.ofDays(1), Duration.ofDays(9), Duration.ofDays(1)),
            List.of(new Candidate(Algorithm.LOGISTIC_REGRESSION, Map.of())),
            Metric.ROC_AUC,
            42,
            List.of(
                new Accept.Threshold(
                    Metric.ROC_AUC,
                    OptionalDouble.of(1.0),
                    OptionalDouble.empty(),
                    Optional.empty(),
                    0))),
        Optional.empty());
  }

  @Test
  void aVersionKeepsItsNumberAndEverythingItWasMadeFrom() {
    Registry registry = new Registry(new Lake(spark(), warehouse.toString()));
    assertThat(registry.versions("flights")).isEmpty();
    assertThat(registry.championOf("flights", "2013-02-01")).isEmpty();

    Trained trained = trained();
    Provenance first = provenance("flights", "2013-02-01", "aa");
    ModelVersion version = registry.register(first, trained, 42);
    assertThat(version.version()).isEqualTo("v1");
    assertThat(registry.register(first, trained, 42)).isEqualTo(version);
    registry.register(provenance("flights", "2013-03-01", "bb"), trained, 42);
    assertThat(registry.register(provenance("fraud", "2013-03-01", "aa"), trained, 42).version())
        .isEqualTo("v1");

    assertThat(registry.versions("flights"))
        .extracting(ModelVersion::version)
        .containsExactly("v1", "v2");
    assertThat(registry.find("flights", "v1")).contains(version);
    assertThat(registry.find("flights", "v3")).isEmpty();
    assertThat(registry.findByFingerprint("flights", "aa")).contains(version);
    assertThat(version.provenance()).isEqualTo(first);
    assertThat(version.modelHash()).isEqualTo(trained.modelHash());
    assertThat(version.metrics()).containsKeys("roc-auc", "pr-auc");
    assertThat(version.parameters()).containsEntry("regParam", "0.01");
    assertThat(version.accepted()).isFalse();
    assertThat(version.reasons()).hasSize(1);
    assertThat(registry.load("flights", "v1").canonicalHash()).isEqualTo(version.modelHash());

    assertPromotionsHoldFromTheirSlice(registry);
  }

  private static void assertPromotionsHoldFromTheirSlice(Registry registry) {
    Promotion first = promote(registry, "v1", "2013-02-02");
    assertThat(promote(registry, "v1", "2013-02-02")).isEqualTo(first);
    Promotion second = promote(registry, "v2", "2013-03-02");
    assertThat(second.previous()).contains("v1");
    assertThat(second.sequence()).isEqualTo(2);
    assertThat(registry.promotions("flights")).containsExactly(first, second);
    assertThat(registry.championOf("flights", "2013-02-01")).isEmpty();
    assertThat(registry.championOf("flights", "2013-02-02")).contains(first);
    assertThat(registry.championOf("flights", "2013-03-01")).contains(first);
    assertThat(registry.championOf("flights", "2013-03-02")).contains(second);
    assertThat(registry.championOf("fraud", "2013-03-02")).isEmpty();

    Promotion back =
        registry.rollback("flights", "2013-03-10", "ada", "too many alarms", "cli", NOON);
    assertThat(back.version()).isEqualTo("v1");
    assertThat(back.previous()).contains("v2");
    assertThat(registry.championOf("flights", "2013-03-09")).contains(second);
    assertThat(registry.championOf("flights", "2013-03-10")).contains(back);
    assertThatThrownBy(
            () -> registry.rollback("flights", "2013-03-11", "ada", "again", "cli", NOON))
        .hasMessage("Cannot roll back flights: there is no champion before v1");
    assertThatThrownBy(() -> promote(registry, "v9", "2013-03-11"))
        .hasMessage("Cannot promote v9 of flights: there is no such version; versions: [v1, v2]");
  }

  private static Promotion promote(Registry registry, String version, String fromSlice) {
    return registry.promote(
        "flights", version, fromSlice, "acceptance", "all rules hold", "{}", "run-1", NOON);
  }
}
