package dev.penstock.jobs;

import static dev.penstock.jobs.airflow.HostileAirflow.dropAfterCommit;
import static dev.penstock.jobs.airflow.HostileAirflow.none;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.jobs.airflow.HostileAirflow;
import dev.penstock.validation.JobCounter;
import dev.penstock.validation.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A decision to retrain reaches Airflow once, whatever happens on the way. */
class DeliverTest extends SparkTest {
  private static final String DAG = "shop.train";

  @TempDir private Path folder;
  private final HostileAirflow airflow = new HostileAirflow("shop", DAG);
  private Shop shop;

  @AfterEach
  void stop() {
    airflow.close();
  }

  private void environment(String warehouse, String url, String password) throws IOException {
    Files.writeString(
        folder.resolve("conf/environments.yaml"),
        "local:\n  warehouse: %s/%s\n  airflow: {url: %s, user: admin, password: %s}\n"
            .formatted(folder, warehouse, url, password));
  }

  /** What the last command said about the trigger. */
  private JsonNode said() throws IOException {
    List<String> lines = shop.out().lines().toList();
    assertThat(lines.get(lines.size() - 1)).startsWith("{\"pipeline\":\"shop\"");
    return new ObjectMapper().readTree(lines.get(lines.size() - 1)).path("trigger");
  }

  /** The next command that status names, and what else it says; its queries. */
  private int status(String next, String... more) throws IOException {
    int queries =
        JobCounter.count(spark(), () -> assertThat(shop.run("status")).as(shop.err()).isZero())
            .queries();
    List<String> lines = shop.out().lines().toList();
    assertThat(lines.get(1)).endsWith("  " + next);
    assertThat(lines.subList(2, lines.size())).containsExactly(more);
    assertThat(shop.run("status", "--json")).isZero();
    assertThat(new ObjectMapper().readTree(shop.out()).at("/0/next").asText()).isEqualTo(next);
    return queries;
  }

  private String undelivered() throws IOException {
    assertThat(shop.run("status", "--json")).isZero();
    return new ObjectMapper().readTree(shop.out()).at("/0/undelivered").toString();
  }

  private int monitor(int day) {
    return shop.run("monitor", "--date", Visits.day(day), "--trigger", "--json");
  }

  private int trigger() {
    return shop.run("trigger", "--json", "--timeout", "1s");
  }

  @Test
  void aDecisionIsKeptUntilItIsDeliveredAndDeliveredOnce() throws IOException {
    Path landing = folder.resolve("landing zone");
    for (int day = 0; day < 8; day++) {
      Visits.write(landing, day);
    }
    shop = new Shop(spark(), folder, Visits.PIPELINE.replace("pipeline: visits", "pipeline: shop"));
    assertThat(shop.run("ingest", "--from", Visits.day(0), "--to", Visits.day(7))).isZero();

    assertThat(monitor(6)).isEqualTo(2);
    assertThat(shop.err())
        .isEqualTo(
            "the environment has no Airflow; add to it in environments.yaml: airflow: {url:"
                + " http://localhost:8080, user: admin, password: \"${secret:AIRFLOW_PASSWORD}\"}\n");

    environment("w", airflow.url(), "pw");
    airflow.pause(DAG);
    assertThat(monitor(6)).isEqualTo(1);
    assertThat(said().path("outcome").asText()).isEqualTo("kept");
    assertThat(said().path("message").asText())
        .isEqualTo(
            "DAG shop.train is paused, a run would stay queued; unpause it in Airflow. The decision"
                + " is kept; deliver it with ./penstock trigger shop");
    int queries =
        status(
            "./penstock trigger shop",
            "shop %s: Airflow has not got the decision (retrain: no champion, and enough history);"
                    .formatted(Visits.day(6))
                + " ./penstock trigger shop delivers it");
    assertThat(undelivered())
        .isEqualTo(
            "{\"slice\":\"%s\",\"reason\":\"retrain: no champion, and enough history\"}"
                .formatted(Visits.day(6)));
    Files.writeString(
        folder.resolve("conf/environments.yaml"), "local: {warehouse: %s/w}".formatted(folder));
    assertThat(status("./penstock train shop --date " + Visits.day(6))).isEqualTo(queries);
    assertThat(undelivered()).isEqualTo("null");

    environment("w", airflow.url(), "wrong");
    assertThat(trigger()).isEqualTo(2);
    assertThat(said().path("message").asText())
        .startsWith("Airflow at %s refuses the password of user admin;".formatted(airflow.url()));
    environment("w", "http://localhost:9", "pw");
    assertThat(trigger()).isEqualTo(1);
    assertThat(said().path("outcome").asText()).isEqualTo("kept");
    Warehouses.copy(folder.resolve("w"), folder.resolve("trained"));
    assertThat(airflow.runIds()).isEmpty();

    environment("w", airflow.url(), "pw");
    airflow.unpause(DAG);
    airflow.next(none(), dropAfterCommit());
    assertThat(monitor(6)).isZero();
    assertThat(said().path("outcome").asText()).isEqualTo("attached");
    String run = said().path("run_id").asText();
    assertThat(run).matches("penstock__" + Visits.day(6) + "__[0-9a-f]{12}");
    assertThat(airflow.runIds()).containsExactly(DAG + "/" + run);
    assertThat(airflow.conf(DAG + "/" + run))
        .contains("\"date\":\"2024-03-07\"")
        .contains("\"reason\":\"retrain: no champion, and enough history\"");

    Map<String, Long> versions = shop.versions();
    String delivered =
        "nothing to deliver: the decision about %s was delivered (run %s)"
            .formatted(Visits.day(6), run);
    assertThat(monitor(6)).isZero();
    assertThat(said().toString())
        .isEqualTo(
            "{\"outcome\":\"attached\",\"date\":\"%s\",\"dag\":\"shop.train\",\"run_id\":\"%s\",\"message\":\"run %s of shop.train was made before\"}"
                .formatted(Visits.day(6), run, run));
    assertThat(shop.run("trigger")).isZero();
    assertThat(shop.out()).isEqualTo("trigger  " + delivered + "\n");
    assertThat(shop.versions()).isEqualTo(versions);

    assertThat(shop.run("monitor", "--date", Visits.day(7))).isZero();
    assertThat(trigger()).isZero();
    assertThat(said().path("outcome").asText()).isEqualTo("created");
    assertThat(said().path("date").asText()).isEqualTo(Visits.day(7));
    assertThat(monitor(6)).isZero();
    assertThat(said().path("outcome").asText()).isEqualTo("attached");
    assertThat(airflow.runIds()).hasSize(2);
    assertThat(shop.run("verify")).as(shop.out()).isZero();
    status("./penstock airflow status shop");
    assertThat(undelivered()).isEqualTo("null");
    assertThat(shop.run("report", "--out", folder.resolve("page.html").toString())).isZero();

    environment("trained", airflow.url(), "pw");
    assertThat(shop.run("train", "--date", Visits.day(7))).as(shop.err()).isZero();
    assertThat(trigger()).isZero();
    assertThat(said().path("message").asText())
        .isEqualTo("nothing to deliver: v1 was trained for " + Visits.day(7));
    assertThat(airflow.runIds()).hasSize(2);
    status("./penstock run shop --date " + Visits.day(8));
  }

  @Test
  void peopleAskAirflowWithoutSpark() throws IOException {
    shop = new Shop(spark(), folder, Visits.PIPELINE.replace("pipeline: visits", "pipeline: shop"));
    environment("w", airflow.url(), "pw");
    assertThat(shop.run("airflow trigger", "--date", Visits.day(6), "--reason", "a try")).isZero();
    String run = airflow.runIds().get(0).substring(DAG.length() + 1);
    assertThat(shop.out())
        .isEqualTo(
            "created run %s of shop.train\nfollow it: ./penstock airflow wait shop %s\n"
                .formatted(run, run));
    assertThat(shop.run("airflow trigger", "--date", Visits.day(6), "--reason", "a try")).isZero();
    assertThat(shop.out()).startsWith("run %s of shop.train is there already".formatted(run));
    airflow.setState("failed");
    assertThat(shop.run("airflow wait", run)).isEqualTo(1);
    assertThat(shop.out()).isEqualTo("shop.train %s is failed\n".formatted(run));
    assertThat(shop.err())
        .isEqualTo(
            "it failed; its logs: %s/dags/shop.train/runs/%s\n".formatted(airflow.url(), run));
    airflow.setState("success");
    assertThat(shop.run("airflow wait", run)).isZero();
    assertThat(shop.run("airflow wait", "nothing")).isEqualTo(2);
    assertThat(shop.err())
        .isEqualTo(
            "no run nothing of shop.train or shop is there; ./penstock airflow status names the newest\n");
    airflow.pause("shop");
    assertThat(shop.run("airflow status")).isZero();
    assertThat(shop.out().lines())
        .contains("shop: paused: its runs stay queued", "shop.train: on", "  success  " + run);
    assertThat(shop.run("airflow status", "--json", "--date", Visits.day(6))).isZero();
    assertThat(new ObjectMapper().readTree(shop.out()).at("/dags/1/runs/0/conf/reason").asText())
        .isEqualTo("a try");
    assertThat(shop.run("airflow pools")).isZero();
    assertThat(shop.out().lines())
        .containsExactly(
            "created penstock.shop.sources",
            "created penstock.shop.features",
            "created penstock.shop.predictions",
            "created penstock.shop.decisions",
            "created penstock.shop.models");
    assertThat(shop.run("airflow pools")).isZero();
    assertThat(shop.out().lines()).hasSize(5).allMatch(line -> line.startsWith("there   penstock"));
    assertThat(airflow.pools()).hasSize(5).containsValue(1);
  }
}
