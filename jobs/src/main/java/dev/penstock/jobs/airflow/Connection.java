package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends requests to Airflow's API until one is answered: through lost responses, refused tokens,
 * 429 and 5xx. A request may arrive more than once, so what it asks for must be harmless twice.
 * Whether a token is valid only the server says: no clock of ours decides that.
 */
final class Connection {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int TOO_MANY = 429;
  private static final int EXCERPT = 300;

  /**
   * What Airflow answered; never 401, 403, 429, 3xx or 5xx.
   *
   * @param status of HTTP
   * @param body always JSON
   */
  record Answer(int status, JsonNode body) {
    boolean isGood() {
      return status < 300;
    }

    /** What Airflow says is wrong. */
    String detail() {
      JsonNode detail = body.path("detail");
      return excerpt(detail.isTextual() ? detail.asText() : detail.toString());
    }
  }

  /** What became of one request: an answer, or why there is none and when to try again. */
  private record Attempt(
      Optional<HttpResponse<String>> response, String problem, Optional<Duration> retryAfter) {}

  private final String url;
  private final String user;
  private final String password;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private String token;

  /**
   * @param url without a slash at the end
   * @param password in the clear
   */
  Connection(String url, String user, String password) {
    this.url = url;
    this.user = user;
    this.password = password;
  }

  /**
   * Sends a request.
   *
   * @param path with its query, encoded
   * @throws AirflowException if there is no answer until the deadline, or never will be one
   */
  Answer send(String method, String path, Optional<Object> body, Patience.Operation operation) {
    boolean renewed = false;
    String used = token;
    while (true) {
      if (used == null) {
        used = newToken(operation);
      }
      HttpResponse<String> response = answered(method, path, body, used, operation);
      boolean refused = response.statusCode() == UNAUTHORIZED || response.statusCode() == FORBIDDEN;
      if (!refused) {
        return new Answer(response.statusCode(), json(response.body()).orElseThrow());
      }
      if (renewed) {
        throw AirflowException.wrong(
            "Airflow at %s does not let user %s do this (%s %s: %d %s); give the user a role that may, or name another under airflow: in environments.yaml"
                .formatted(
                    url, user, method, path, response.statusCode(), excerpt(response.body())));
      }
      renewed = true;
      used = null;
    }
  }

  private String newToken(Patience.Operation operation) {
    Map<String, String> login = Map.of("username", user, "password", password);
    HttpResponse<String> response =
        answered("POST", "/auth/token", Optional.of(login), null, operation);
    int status = response.statusCode();
    if (status == UNAUTHORIZED || status == FORBIDDEN) {
      throw AirflowException.wrong(
          "Airflow at %s refuses the password of user %s; correct airflow: in environments.yaml, or the secret that it names"
              .formatted(url, user));
    }
    Optional<String> found =
        json(response.body())
            .map(body -> body.path("access_token").asText(""))
            .filter(t -> !t.isEmpty());
    if (status >= 300 || found.isEmpty()) {
      throw AirflowException.wrong(
          "%s gives no token (POST /auth/token: %d %s); is it the address of an Airflow 3 api-server? correct airflow.url in environments.yaml"
              .formatted(url, status, excerpt(response.body())));
    }
    token = found.get();
    return token;
  }

  /** The response that is neither trouble nor a redirect. */
  private HttpResponse<String> answered(
      String method,
      String path,
      Optional<Object> body,
      String bearer,
      Patience.Operation operation) {
    while (true) {
      Attempt attempt = attempt(request(method, path, body, bearer), operation);
      if (attempt.response().isPresent()) {
        return attempt.response().get();
      }
      if (!operation.pause(attempt.retryAfter())) {
        throw AirflowException.trouble(
            "Airflow at %s cannot be reached or is in trouble (%s %s: %s); is its api-server up, and is airflow.url in environments.yaml right?"
                .formatted(url, method, path, attempt.problem()));
      }
    }
  }

  private HttpRequest request(String method, String path, Optional<Object> body, String bearer) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path)).header("Accept", "application/json");
    if (bearer != null) {
      request.header("Authorization", "Bearer " + bearer);
    }
    body.ifPresent(ignored -> request.header("Content-Type", "application/json"));
    return request
        .method(
            method,
            body.map(content -> BodyPublishers.ofString(text(content)))
                .orElseGet(BodyPublishers::noBody))
        .build();
  }

  private Attempt attempt(HttpRequest request, Patience.Operation operation) {
    CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request, BodyHandlers.ofString());
    Duration time = operation.forRequest();
    try {
      // The request's own timeout would end with the headers; a body may hang as well.
      return judged(sent.get(time.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      sent.cancel(true);
      return failed("no answer within %d ms".formatted(time.toMillis()), Optional.empty());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException lost) {
        return failed(described(lost), Optional.empty());
      }
      throw new IllegalStateException("Cannot ask Airflow at " + url, e.getCause());
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for Airflow", e);
    }
  }

  private static String described(IOException lost) {
    if (lost instanceof ConnectException) {
      return "no connection";
    }
    return lost.getMessage() == null ? lost.getClass().getSimpleName() : lost.getMessage();
  }

  private Attempt judged(HttpResponse<String> response) {
    int status = response.statusCode();
    if (status >= 300 && status < 400) {
      throw AirflowException.wrong(
          "%s answers with a redirect to %s; put Airflow's own address under airflow.url in environments.yaml"
              .formatted(url, response.headers().firstValue("Location").orElse("(nowhere)")));
    }
    if (status == TOO_MANY || status >= 500) {
      return failed(status + " " + excerpt(response.body()), retryAfter(response));
    }
    boolean authority = status == UNAUTHORIZED || status == FORBIDDEN;
    if (!authority && json(response.body()).isEmpty()) {
      if (status == NOT_FOUND || status < 300) {
        return failed(
            "%d, but no JSON: %s".formatted(status, excerpt(response.body())), Optional.empty());
      }
      throw AirflowException.wrong(
          "%s answers %d without JSON: %s; is it the address of an Airflow 3 api-server?"
              .formatted(url, status, excerpt(response.body())));
    }
    return new Attempt(Optional.of(response), "", Optional.empty());
  }

  private static Attempt failed(String problem, Optional<Duration> retryAfter) {
    return new Attempt(Optional.empty(), problem, retryAfter);
  }

  /** Seconds, or a date, which is compared with the server's own. */
  private static Optional<Duration> retryAfter(HttpResponse<String> response) {
    Optional<String> header = response.headers().firstValue("Retry-After");
    if (header.isPresent() && header.get().matches("\\d{1,9}")) {
      return header.map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
    }
    return header.flatMap(
        until ->
            response
                .headers()
                .firstValue("Date")
                .flatMap(
                    now ->
                        date(now)
                            .flatMap(from -> date(until).map(to -> Duration.between(from, to)))));
  }

  private static Optional<ZonedDateTime> date(String text) {
    try {
      return Optional.of(ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<JsonNode> json(String text) {
    try {
      return Optional.of(JSON.readTree(text)).filter(JsonNode::isObject);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static String text(Object content) {
    try {
      return JSON.writeValueAsString(content);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String excerpt(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() > EXCERPT ? line.substring(0, EXCERPT) + "..." : line;
  }
}
