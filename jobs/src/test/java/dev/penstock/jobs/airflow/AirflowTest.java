package dev.penstock.jobs.airflow;

import static dev.penstock.jobs.airflow.HostileAirflow.answer;
import static dev.penstock.jobs.airflow.HostileAirflow.dropAfterCommit;
import static dev.penstock.jobs.airflow.HostileAirflow.hangInTheBody;
import static dev.penstock.jobs.airflow.HostileAirflow.hangUp;
import static dev.penstock.jobs.airflow.HostileAirflow.late;
import static dev.penstock.jobs.airflow.HostileAirflow.none;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.jobs.airflow.Triggered.Attached;
import dev.penstock.jobs.airflow.Triggered.Conflict;
import dev.penstock.jobs.airflow.Triggered.Created;
import dev.penstock.jobs.airflow.Triggered.NotParsed;
import dev.penstock.jobs.airflow.Triggered.Paused;
import dev.penstock.jobs.pipeline.AirflowServer;
import dev.penstock.jobs.pipeline.Secrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AirflowTest {
  private static final String DAG = "visits.train";
  private static final String RUN = "penstock__2024-03-09__0123456789ab";
  private static final Map<String, String> CONF =
      Map.of("date", "2024-03-09", "reason", "retrain: \"drift\" of 5%");

  private final HostileAirflow server = new HostileAirflow("visits", DAG);
  private final List<Duration> pauses = new ArrayList<>();
  private long nanos;

  /** Time passes only where the client pauses; a request may take 300 ms of real time. */
  private final Patience patience =
      new Patience(
          Duration.ofMinutes(2),
          Duration.ofMillis(300),
          () -> nanos,
          time -> {
            pauses.add(time);
            nanos += time.toNanos();
          },
          () -> 0.5);

  private final Airflow airflow = airflow("pw");

  private Airflow airflow(String password) {
    return new Airflow(
        new AirflowServer(server.url() + "/", "admin", password),
        new Secrets(Map.of("AIRFLOW_PASSWORD", "pw")::get),
        patience);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Triggered trigger() {
    return airflow.trigger(DAG, RUN, CONF);
  }

  private void assertThatThereIsOneRun() {
    assertThat(server.runIds()).containsExactly(DAG + "/" + RUN);
  }

  @Test
  void theSameRunIsCreatedOnceAndAttachedThen() {
    assertThat(trigger())
        .isInstanceOf(Created.class)
        .extracting(Triggered::message)
        .isEqualTo("created run %s of visits.train".formatted(RUN));
    assertThat(trigger())
        .isInstanceOf(Attached.class)
        .extracting(Triggered::message)
        .isEqualTo("run %s of visits.train is there already (queued)".formatted(RUN));
    server.setState("failed");
    assertThat(trigger().message())
        .isEqualTo(
            "run %s of visits.train is there already (failed); to try it again, clear it in Airflow"
                .formatted(RUN));
    assertThatThereIsOneRun();
    assertThat(server.requests()).filteredOn(r -> r.equals("POST /auth/token")).hasSize(1);
    assertThat(pauses).isEmpty();
  }

  @Test
  void anotherConfIsAConflict() {
    server.addRun(DAG, RUN, Map.of("date", "2024-03-08"));
    assertThat(trigger())
        .isInstanceOf(Conflict.class)
        .extracting(Triggered::message)
        .isEqualTo(
            "run %s of visits.train is there with another conf, {date=2024-03-08}; delete it in Airflow"
                .formatted(RUN));
    assertThatThereIsOneRun();
  }

  @Test
  void aResponseThatIsLostAfterTheCommitMakesNoSecondRun() {
    server.next(none(), dropAfterCommit(), dropAfterCommit(), dropAfterCommit());
    assertThat(trigger()).isInstanceOf(Attached.class);
    assertThatThereIsOneRun();
    assertThat(server.conf(DAG + "/" + RUN))
        .contains("\"date\":\"2024-03-09\"", "\"reason\":\"retrain: \\\"drift\\\" of 5%\"");
    assertThat(pauses).startsWith(Duration.ofMillis(375), Duration.ofMillis(750));
  }

  @Test
  void aConflictWithoutThatRunIsTriedAgain() {
    server.next(none(), answer(409, "{\"detail\":\"Unique constraint violation\"}"));
    assertThat(trigger()).isInstanceOf(Created.class);
    assertThat(pauses).hasSize(1);
    assertThatThereIsOneRun();
  }

  @Test
  void whateverHappensThereIsOneRun() {
    Random random = new Random(7);
    for (int round = 0; round < 100; round++) {
      String run = "penstock__2024-03-09__" + round;
      List<Supplier<HostileAirflow.Mischief>> all =
          List.of(
              HostileAirflow::none,
              HostileAirflow::hangUp,
              HostileAirflow::dropAfterCommit,
              () -> answer(500, "{}"),
              () -> answer(429, "", "Retry-After", "1"),
              () -> answer(200, "<html>"),
              () -> answer(404, "{}"),
              server::expireTokens);
      for (int i = random.nextInt(8); i > 0; i--) {
        server.next(all.get(random.nextInt(all.size())).get(), none());
      }
      nanos = 0;
      Triggered first = airflow.trigger(DAG, run, CONF);
      Triggered second = airflow.trigger(DAG, run, CONF);
      assertThat(first instanceof Created || first instanceof Attached)
          .as("%d %s", round, first)
          .isTrue();
      assertThat(second).as("round %d", round).isInstanceOf(Attached.class);
      assertThat(server.runIds()).hasSize(round + 1);
    }
  }

  @Test
  void troubleBeforeTheCommitIsTriedAgain() {
    server.next(
        hangUp(),
        answer(500, "{\"detail\":\"no database\"}"),
        answer(502, "<html>bad gateway</html>"),
        late(400),
        none(),
        hangInTheBody(400),
        answer(200, "<html>welcome</html>"),
        answer(200, ""));
    assertThat(trigger()).isInstanceOf(Created.class);
    assertThatThereIsOneRun();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void aRefusedTokenIsRenewedOncePerRequest(int status) {
    server.next(answer(status, "{}"), none(), server.expireTokens());
    assertThat(trigger()).isInstanceOf(Created.class);
    assertThatThereIsOneRun();
    assertThat(pauses).isEmpty();

    server.next(answer(status, "{}"), answer(status, "{\"detail\":\"Forbidden\"}"));
    assertThatThrownBy(this::trigger)
        .isInstanceOf(AirflowException.class)
        .hasMessage(
            ("Airflow at %s does not let user admin do this (GET /api/v2/dags/visits.train: %d"
                    + " {\"detail\":\"Forbidden\"}); give the user a role that may, or name another"
                    + " under airflow: in environments.yaml")
                .formatted(server.url(), status));
  }

  @Test
  void aWrongPasswordIsSaidAtOnceAndNeverPrinted() {
    assertThatThrownBy(() -> airflow("wrong-one").trigger(DAG, RUN, CONF))
        .isInstanceOfSatisfying(AirflowException.class, e -> assertThat(e.mayPass()).isFalse())
        .hasMessage(
            "Airflow at %s refuses the password of user admin; correct airflow: in environments.yaml, or the secret that it names"
                .formatted(server.url()));
    assertThat(pauses).isEmpty();
    assertThat(airflow("${secret:AIRFLOW_PASSWORD}").trigger(DAG, RUN, CONF))
        .isInstanceOf(Created.class);
    assertThatThrownBy(() -> airflow("${secret:OTHER}"))
        .hasMessage(
            "Airflow at %s: the secret OTHER is missing; set it in the process environment, or as the file /run/secrets/OTHER"
                .formatted(server.url()));
  }

  @Test
  void theServerSaysHowLongToWait() {
    server.next(
        answer(429, "", "Retry-After", "7"),
        answer(
            503,
            "",
            "Date",
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Retry-After",
            "Wed, 21 Oct 2015 07:28:30 GMT"),
        answer(429, "", "Retry-After", "soon"));
    assertThat(trigger()).isInstanceOf(Created.class);
    assertThat(pauses.get(0)).isEqualTo(Duration.ofSeconds(7));
    assertThat(pauses.get(1)).isGreaterThan(Duration.ofMillis(700));
    server.next(answer(429, "{}", "Retry-After", "3600"));
    assertThatThrownBy(this::trigger)
        .isInstanceOfSatisfying(AirflowException.class, e -> assertThat(e.mayPass()).isTrue())
        .hasMessage(
            "Airflow at %s cannot be reached or is in trouble (GET /api/v2/dags/visits.train: 429 {}); is its api-server up, and is airflow.url in environments.yaml right?"
                .formatted(server.url()));
  }

  @Test
  void aDeadAirflowIsGivenUpAtTheDeadline() {
    server.close();
    assertThatThrownBy(this::trigger)
        .isInstanceOfSatisfying(AirflowException.class, e -> assertThat(e.mayPass()).isTrue())
        .hasMessage(
            "Airflow at %s cannot be reached or is in trouble (POST /auth/token: no connection); is its api-server up, and is airflow.url in environments.yaml right?"
                .formatted(server.url()));
    assertThat(Duration.ofNanos(nanos)).isBetween(Duration.ofSeconds(100), Duration.ofSeconds(120));
    assertThat(pauses.get(pauses.size() - 1)).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void aPausedDagGetsNoRun() {
    server.pause(DAG);
    assertThat(trigger())
        .isInstanceOf(Paused.class)
        .extracting(Triggered::message)
        .isEqualTo("DAG visits.train is paused, a run would stay queued; unpause it in Airflow");
    assertThat(server.runIds()).isEmpty();
    server.addRun(DAG, RUN, CONF);
    assertThat(trigger()).isInstanceOf(Paused.class);
    server.setState("running");
    assertThat(trigger()).isInstanceOf(Attached.class);
    assertThatThereIsOneRun();
  }

  @Test
  void aDagThatIsNotParsedIsWaitedForWhateverOtherFilesAre() {
    server.importError("dags/other.py", "Traceback\n  line 1\nNameError: name 'x'\n");
    server.parseAfter(3);
    assertThat(trigger()).isInstanceOf(Created.class);
    assertThat(pauses).hasSize(3);

    assertThat(airflow.trigger("nobody.train", RUN, CONF))
        .isInstanceOf(NotParsed.class)
        .extracting(Triggered::message)
        .isEqualTo(
            "Airflow knows no DAG nobody.train; write it with ./penstock dags, put it into Airflow's DAG folder and give Airflow a minute (it cannot import dags/other.py)");
    server.importError("/opt/dags/nobody.py", "Traceback\n  line 1\nSyntaxError: bad\n");
    assertThat(airflow.trigger("nobody.train", RUN, CONF).message())
        .isEqualTo(
            "Airflow cannot import /opt/dags/nobody.py, the file of DAG nobody.train: SyntaxError: bad; mend it (./penstock dags writes it again)");
    assertThatThereIsOneRun();
  }

  @Test
  void whatAirflowRefusesIsSaid() {
    assertThatThrownBy(() -> airflow.trigger(DAG, RUN, Map.of("reason", "none")))
        .isInstanceOfSatisfying(AirflowException.class, e -> assertThat(e.mayPass()).isFalse())
        .hasMessage(
            "Airflow at %s refuses the run of visits.train: 400 No value passed for Param date"
                .formatted(server.url()));
    server.next(answer(302, "", "Location", "https://login.example/"));
    assertThatThrownBy(this::trigger)
        .hasMessage(
            "%s answers with a redirect to https://login.example/; put Airflow's own address under airflow.url in environments.yaml"
                .formatted(server.url()));
  }

  @Test
  void idsAreEncoded() {
    try (HostileAirflow other = new HostileAirflow("a/b ?#%.train")) {
      Airflow there =
          new Airflow(
              new AirflowServer(other.url(), "admin", "pw"), new Secrets(name -> null), patience);
      String run = "2024-03-09T00:00:00+00:00 x/y";
      assertThat(there.trigger("a/b ?#%.train", run, CONF)).isInstanceOf(Created.class);
      assertThat(there.run("a/b ?#%.train", run).orElseThrow().id()).isEqualTo(run);
      assertThat(other.requests())
          .contains(
              "GET /api/v2/dags/a%2Fb%20%3F%23%25.train/dagRuns/2024-03-09T00%3A00%3A00%2B00%3A00%20x%2Fy");
    }
  }

  @Test
  void theEndOfARunIsAwaited() {
    trigger();
    List<String> states = new ArrayList<>();
    server.next(none(), none(), hangUp());
    DagRun last =
        airflow.await(
            List.of("visits", DAG),
            RUN,
            Duration.ofHours(1),
            run -> {
              states.add(run.state());
              server.setState(run.state().equals("queued") ? "running" : "success");
            });
    assertThat(states).containsExactly("queued", "running", "success");
    assertThat(last.isSuccess()).isTrue();
    server.setState("running");
    pauses.clear();
    assertThat(await(Duration.ofSeconds(12)).isOver()).isFalse();
    assertThat(pauses)
        .containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(1));
    assertThatThrownBy(
            () -> airflow.await(List.of(DAG, "visits"), "none", Duration.ofHours(1), run -> {}))
        .hasMessage(
            "no run none of visits.train or visits is there; ./penstock airflow status names the newest");
  }

  private DagRun await(Duration time) {
    return airflow.await(List.of(DAG), RUN, time, run -> {});
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 100, 300})
  void anAirflowThatIsAwayIsNotAwaitedBeyondTheDeadline(int seconds) {
    Duration time = Duration.ofSeconds(seconds);
    trigger();
    assertThatThrownBy(() -> airflow.await(List.of(DAG), RUN, time, run -> server.close()))
        .isInstanceOfSatisfying(AirflowException.class, e -> assertThat(e.mayPass()).isTrue());
    assertThat(Duration.ofNanos(nanos)).isLessThanOrEqualTo(time);
    nanos = 0;
    assertThatThrownBy(() -> await(time)).hasMessageContaining("no connection");
    assertThat(Duration.ofNanos(nanos)).isLessThanOrEqualTo(time);
  }

  @Test
  void poolsAreMadeOnceAndHealthIsRead() {
    server.next(dropAfterCommit());
    assertThat(airflow.createPool("penstock.visits.models", "d")).isFalse();
    assertThat(airflow.createPool("penstock.visits.features", "d")).isTrue();
    assertThat(airflow.pools())
        .isEqualTo(Map.of("penstock.visits.models", 1, "penstock.visits.features", 1));
    assertThat(airflow.health())
        .isEqualTo(Map.of("metadatabase", "healthy", "scheduler", "unhealthy"));
  }
}
