package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.jobs.pipeline.AirflowServer;
import dev.penstock.jobs.pipeline.Secrets;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * An Airflow 3 over its REST API. Every operation is retried until its deadline, and none does
 * anything twice.
 */
public final class Airflow {
  private static final String API = "/api/v2";
  private static final int PAGE = 100;
  private static final int MISSED_POLLS = 3;
  private static final Duration POLL = Duration.ofSeconds(5);
  private static final Duration LAST_POLL = Duration.ofSeconds(1);

  private final String url;
  private final Connection connection;
  private final Patience patience;

  /**
   * @param server the password may name secrets
   * @throws AirflowException if a secret is missing
   */
  public Airflow(AirflowServer server, Secrets secrets, Patience patience) {
    this.url = server.url();
    this.patience = patience;
    try {
      this.connection =
          new Connection(
              server.url(), secrets.reveal(server.user()), secrets.reveal(server.password()));
    } catch (IllegalArgumentException e) {
      throw AirflowException.wrong("Airflow at %s: %s".formatted(server.url(), e.getMessage()));
    }
  }

  /**
   * Makes one run, however often it is called. Waits for a DAG that is not parsed yet.
   *
   * @param run its id, which must follow from what is to be run: the same id is the same run
   * @param conf also becomes the run's params
   * @throws AirflowException if Airflow can't be reached, or refuses
   */
  public Triggered trigger(String dag, String run, Map<String, String> conf) {
    return new OneRun(this, dag, run, conf, patience.begin()).make();
  }

  /** Asks for a run; the answer may be that there is one, or that it can't be made. */
  Answer post(String dag, String run, Map<String, String> conf, Patience.Operation operation) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("dag_run_id", run);
    body.put("logical_date", null); // two runs of one date would be one, and the conf has the date
    body.put("conf", conf);
    return connection.send("POST", runs(dag), Optional.of(body), operation);
  }

  /** A DAG; empty if Airflow doesn't know it. */
  public Optional<Dag> dag(String dag) {
    return dag(dag, patience.begin());
  }

  Optional<Dag> dag(String dag, Patience.Operation operation) {
    return find("/dags/" + encoded(dag), operation).map(Dag::of);
  }

  /** A run; empty if there is none. */
  public Optional<DagRun> run(String dag, String run) {
    return run(dag, run, patience.begin());
  }

  Optional<DagRun> run(String dag, String run, Patience.Operation operation) {
    return find("/dags/%s/dagRuns/%s".formatted(encoded(dag), encoded(run)), operation)
        .map(DagRun::of);
  }

  /** The newest runs of a DAG, the newest first. */
  public List<DagRun> newestRuns(String dag, int count) {
    return runs(dag, "order_by=-run_after&limit=" + count);
  }

  /**
   * Runs for an interval, scheduled or triggered.
   *
   * @param slice the interval's name
   * @param start its first instant, in ISO 8601
   */
  public List<DagRun> runsFor(String dag, String slice, String start) {
    List<DagRun> found = new ArrayList<>();
    String at = encoded(start);
    found.addAll(
        runs(dag, "logical_date_gte=%s&logical_date_lte=%s&limit=%d".formatted(at, at, PAGE)));
    runs(dag, "order_by=-run_after&limit=%d&conf_contains=%s".formatted(PAGE, encoded(slice)))
        .stream()
        .filter(run -> slice.equals(run.conf().get("date")) && !found.contains(run))
        .forEach(found::add);
    return found;
  }

  private List<DagRun> runs(String dag, String query) {
    return find(runs(dag).substring(API.length()) + "?" + query, patience.begin())
        .map(
            body ->
                StreamSupport.stream(body.path("dag_runs").spliterator(), false)
                    .map(DagRun::of)
                    .toList())
        .orElse(List.of());
  }

  /**
   * Waits for the end of a run. An Airflow that is away for a while is waited for as well.
   *
   * @param dags of which one has the run
   * @param time at most; of its last second nothing but an answer is expected
   * @param states told each state that is new
   * @return the run at its end, or as it was last seen when the time was over
   * @throws AirflowException if there is no such run
   */
  public DagRun await(List<String> dags, String run, Duration time, Consumer<DagRun> states) {
    Patience.Operation whole = patience.begin(time);
    DagRun seen = null;
    int missed = 0;
    while (true) {
      try {
        DagRun now =
            dags.stream()
                .flatMap(dag -> run(dag, run, whole.part()).stream())
                .findFirst()
                .orElseThrow(() -> noSuchRun(dags, run));
        missed = 0;
        if (seen == null || !seen.state().equals(now.state())) {
          states.accept(now);
        }
        seen = now;
      } catch (AirflowException e) {
        boolean isLast = ++missed == MISSED_POLLS || whole.left().compareTo(LAST_POLL) <= 0;
        if (!e.mayPass() || seen == null || isLast) {
          throw e;
        }
      }
      Duration rest = whole.left().minus(LAST_POLL);
      if (seen.isOver() || rest.isNegative() || rest.isZero()) {
        return seen;
      }
      patience.sleep().accept(Patience.shorter(POLL, rest));
    }
  }

  private static AirflowException noSuchRun(List<String> dags, String run) {
    return AirflowException.wrong(
        "no run %s of %s is there; ./penstock airflow status names the newest"
            .formatted(run, String.join(" or ", dags)));
  }

  /** Slots of all pools, by name. */
  public Map<String, Integer> pools() {
    Map<String, Integer> pools = new LinkedHashMap<>();
    all("/pools", "pools", pool -> pool)
        .forEach(pool -> pools.put(pool.path("name").asText(), pool.path("slots").asInt()));
    return pools;
  }

  /** Makes a pool of one slot; false if one of that name is there, which is left as it is. */
  public boolean createPool(String name, String description) {
    Answer answer =
        connection.send(
            "POST",
            API + "/pools",
            Optional.of(Map.of("name", name, "slots", 1, "description", description)),
            patience.begin());
    if (!answer.isGood() && !answer.isConflict()) {
      throw refused("pool " + name, answer);
    }
    return answer.isGood();
  }

  /** Status of each component, as {@code scheduler: healthy}. */
  public Map<String, String> health() {
    Map<String, String> health = new LinkedHashMap<>();
    find("/monitor/health", patience.begin())
        .ifPresent(
            body ->
                body.fields()
                    .forEachRemaining(
                        part -> {
                          if (!part.getValue().isNull()) {
                            health.put(
                                part.getKey(), part.getValue().path("status").asText("unknown"));
                          }
                        }));
    return health;
  }

  /** Files that can't be imported, of all pipelines and others. */
  public List<ImportError> importErrors() {
    return all("/importErrors", "import_errors", ImportError::of);
  }

  /** Where a person sees a run. */
  public String page(DagRun run) {
    return "%s/dags/%s/runs/%s".formatted(url, encoded(run.dag()), encoded(run.id()));
  }

  private <T> List<T> all(String path, String field, Function<JsonNode, T> item) {
    List<T> all = new ArrayList<>();
    while (true) {
      JsonNode page =
          find("%s?limit=%d&offset=%d".formatted(path, PAGE, all.size()), patience.begin())
              .orElseThrow(
                  () ->
                      AirflowException.wrong(
                          "%s has no %s%s; is it the address of an Airflow 3 api-server?"
                              .formatted(url, API, path)));
      Stream<JsonNode> items = StreamSupport.stream(page.path(field).spliterator(), false);
      int before = all.size();
      items.map(item).forEach(all::add);
      if (all.size() == before || all.size() >= page.path("total_entries").asInt()) {
        return all;
      }
    }
  }

  private Optional<JsonNode> find(String path, Patience.Operation operation) {
    Answer answer = connection.send("GET", API + path, Optional.empty(), operation);
    if (answer.isNotFound()) {
      return Optional.empty();
    }
    if (!answer.isGood()) {
      throw refused("GET " + path, answer);
    }
    return Optional.of(answer.body());
  }

  AirflowException refused(String what, Answer answer) {
    return AirflowException.wrong(
        "Airflow at %s refuses the %s: %d %s"
            .formatted(url, what, answer.status(), answer.detail()));
  }

  private static String runs(String dag) {
    return "%s/dags/%s/dagRuns".formatted(API, encoded(dag));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
