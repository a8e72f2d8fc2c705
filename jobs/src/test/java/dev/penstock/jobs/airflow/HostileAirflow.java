package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * Speaks Airflow's API from memory, and misbehaves as it is told: each request for a run, a DAG or
 * a pool takes the next of {@link #next}, and is answered well when there is none.
 */
public final class HostileAirflow implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  static {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // else 40 ms a response
  }

  /** What a request does to whom it comes from. */
  public interface Mischief {
    /** Whether it has answered, or hung up; false: the request goes on. */
    boolean before(HttpExchange exchange) throws IOException;

    /** Whether the answer never gets back, though what was asked for is done. */
    default boolean dropsAnswer() {
      return false;
    }
  }

  private final HttpServer server;
  private final Deque<Mischief> mischiefs = new ArrayDeque<>();
  private final Map<String, JsonNode> runs = new LinkedHashMap<>();
  private final Map<String, Integer> pools = new LinkedHashMap<>();
  private final List<String> requests = new ArrayList<>();
  private final List<ObjectNode> importErrors = new ArrayList<>();
  private final Map<String, Boolean> pausedByDag = new LinkedHashMap<>();
  private int parsedAfter;
  private int tokens;
  private String state = "queued";

  public HostileAirflow(String... dags) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List.of(dags).forEach(dag -> pausedByDag.put(dag, false));
    server.setExecutor(
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work);
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", this::handle);
    server.start();
  }

  public String url() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  /** The next requests, other than those for tokens, meet these. */
  public HostileAirflow next(Mischief... mischief) {
    mischiefs.addAll(List.of(mischief));
    return this;
  }

  /** Answers with a status, a body and headers in pairs; nothing is done. */
  public static Mischief answer(int status, String body, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      respond(exchange, status, body);
      return true;
    };
  }

  /** Hangs up before anything is done. */
  public static Mischief hangUp() {
    return exchange -> {
      exchange.close();
      return true;
    };
  }

  /** Answers too late, with nothing done. */
  public static Mischief late(long millis) {
    return exchange -> {
      sleep(millis);
      exchange.close();
      return true;
    };
  }

  /** Sends headers and half of a body, then hangs. */
  public static Mischief hangInTheBody(long millis) {
    return exchange -> {
      exchange.sendResponseHeaders(200, 100);
      exchange.getResponseBody().write("{\"dag".getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
      sleep(millis);
      exchange.close();
      return true;
    };
  }

  /** Goes on as if nothing were. */
  public static Mischief none() {
    return exchange -> false;
  }

  /** Does what was asked for and drops the response. */
  public static Mischief dropAfterCommit() {
    return new Mischief() {
      @Override
      public boolean before(HttpExchange exchange) {
        return false;
      }

      @Override
      public boolean dropsAnswer() {
        return true;
      }
    };
  }

  /** All tokens given until now are expired. */
  public Mischief expireTokens() {
    return exchange -> {
      tokens++;
      return false;
    };
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public void pause(String dag) {
    pausedByDag.put(dag, true);
  }

  public void unpause(String dag) {
    pausedByDag.put(dag, false);
  }

  /** The DAGs are unknown to the first so many requests for one. */
  public void parseAfter(int asked) {
    parsedAfter = asked;
  }

  public void importError(String file, String trace) {
    ObjectNode error = JSON.createObjectNode();
    importErrors.add(error.put("filename", file).put("stack_trace", trace));
  }

  public void setState(String all) {
    state = all;
  }

  /** Another client makes a run. */
  public void addRun(String dag, String id, Map<String, String> conf) {
    ObjectNode run = JSON.createObjectNode();
    run.put("dag_id", dag).put("dag_run_id", id);
    run.set("conf", JSON.valueToTree(conf));
    runs.put(dag + "/" + id, run);
  }

  public List<String> runIds() {
    return List.copyOf(runs.keySet());
  }

  public String conf(String run) {
    return runs.get(run).path("conf").toString();
  }

  public Map<String, Integer> pools() {
    return pools;
  }

  /** Method and raw path of all requests. */
  public List<String> requests() {
    return requests;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    JsonNode body = JSON.readTree(exchange.getRequestBody().readAllBytes());
    Mischief mischief;
    synchronized (this) {
      requests.add(exchange.getRequestMethod() + " " + path);
      if (path.equals("/auth/token")) {
        token(exchange, body);
        return;
      }
      mischief = mischiefs.isEmpty() ? none() : mischiefs.removeFirst();
    }
    if (mischief.before(exchange)) {
      return;
    }
    synchronized (this) {
      String bearer = exchange.getRequestHeaders().getFirst("Authorization");
      if (!("Bearer token-" + tokens).equals(bearer)) {
        respond(exchange, 403, "{\"detail\":\"Invalid JWT token\"}");
        return;
      }
      Map.Entry<Integer, Object> answer = api(exchange.getRequestMethod(), path, body);
      if (mischief.dropsAnswer()) {
        exchange.close();
      } else {
        respond(exchange, answer.getKey(), JSON.writeValueAsString(answer.getValue()));
      }
    }
  }

  private void token(HttpExchange exchange, JsonNode body) throws IOException {
    boolean right = body.path("password").asText().equals("pw");
    respond(
        exchange,
        right ? 201 : 401,
        right
            ? "{\"access_token\":\"token-%d\"}".formatted(tokens)
            : "{\"detail\":\"Invalid credentials\"}");
  }

  private Map.Entry<Integer, Object> api(String method, String path, JsonNode body) {
    String[] parts = path.replaceFirst("^/api/v2/", "").split("/");
    for (int i = 0; i < parts.length; i++) {
      parts[i] = URLDecoder.decode(parts[i], StandardCharsets.UTF_8);
    }
    if (parts[0].equals("dags") && parts.length == 2) {
      boolean unknown = !pausedByDag.containsKey(parts[1]) || parsedAfter-- > 0;
      return unknown
          ? notFound()
          : Map.entry(200, Map.of("dag_id", parts[1], "is_paused", pausedByDag.get(parts[1])));
    }
    if (parts[0].equals("dags") && method.equals("POST")) {
      return post(parts[1], body);
    }
    if (parts[0].equals("dags") && parts.length == 4) {
      JsonNode run = runs.get(parts[1] + "/" + parts[3]);
      return run == null ? notFound() : Map.entry(200, withState(run));
    }
    if (parts[0].equals("dags")) {
      List<JsonNode> found =
          runs.values().stream()
              .filter(run -> run.path("dag_id").asText().equals(parts[1]))
              .map(this::withState)
              .toList();
      return Map.entry(200, Map.of("dag_runs", found, "total_entries", found.size()));
    }
    return switch (parts[0]) {
      case "importErrors" ->
          Map.entry(
              200, Map.of("import_errors", importErrors, "total_entries", importErrors.size()));
      case "pools" -> method.equals("POST") ? postPool(body) : Map.entry(200, poolList());
      default ->
          Map.entry(
              200,
              Map.of(
                  "metadatabase",
                  Map.of("status", "healthy"),
                  "scheduler",
                  Map.of("status", "unhealthy")));
    };
  }

  private Map.Entry<Integer, Object> post(String dag, JsonNode body) {
    String id = body.path("dag_run_id").asText();
    if (!pausedByDag.containsKey(dag)) {
      return notFound();
    }
    if (!body.has("logical_date") || !body.path("logical_date").isNull()) {
      return Map.entry(422, Map.of("detail", "logical_date must be null here"));
    }
    if (!body.path("conf").has("date")) {
      return Map.entry(400, Map.of("detail", "No value passed for Param date"));
    }
    if (runs.containsKey(dag + "/" + id)) {
      return Map.entry(409, Map.of("detail", Map.of("reason", "Unique constraint violation")));
    }
    ObjectNode run = body.deepCopy();
    runs.put(dag + "/" + id, run.put("dag_id", dag));
    return Map.entry(200, withState(run));
  }

  private JsonNode withState(JsonNode run) {
    return ((ObjectNode) run.deepCopy()).put("state", state);
  }

  private Map.Entry<Integer, Object> postPool(JsonNode body) {
    String name = body.path("name").asText();
    if (pools.containsKey(name)) {
      return Map.entry(409, Map.of("detail", "Unique constraint violation"));
    }
    pools.put(name, body.path("slots").asInt());
    return Map.entry(201, body);
  }

  private Map<String, Object> poolList() {
    return Map.of(
        "pools",
        pools.entrySet().stream()
            .map(pool -> Map.of("name", pool.getKey(), "slots", pool.getValue()))
            .toList(),
        "total_entries",
        pools.size());
  }

  private static Map.Entry<Integer, Object> notFound() {
    return Map.entry(404, Map.of("detail", "not found"));
  }

  private static void respond(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
