package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
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
   * @return never 401, 403, 429, 3xx or 5xx, and always JSON
   * @throws AirflowException if there is no answer until the deadline, or never will be one
   */
  Answer send(String method, String path, Optional<Object> body, Patience.Operation operation) {
    boolean renewed = false;
    String used = token;
    while (true) {
      if (used == null) {
        used = newToken(operation);
      }
      Answer answer = answered(method, path, body, used, operation);
      if (!answer.isRefusal()) {
        return answer;
      }
      if (renewed) {
        throw AirflowException.wrong(
            "Airflow at %s does not let user %s do this (%s %s: %d %s); give the user a role that may, or name another under airflow: in environments.yaml"
                .formatted(url, user, method, path, answer.status(), answer.excerpt()));
      }
      renewed = true;
      used = null;
    }
  }

  private String newToken(Patience.Operation operation) {
    Map<String, String> login = Map.of("username", user, "password", password);
    Answer answer = answered("POST", "/auth/token", Optional.of(login), null, operation);
    if (answer.isRefusal()) {
      throw AirflowException.wrong(
          "Airflow at %s refuses the password of user %s; correct airflow: in environments.yaml, or the secret that it names"
              .formatted(url, user));
    }
    String found = answer.body().path("access_token").asText("");
    if (!answer.isGood() || found.isEmpty()) {
      throw AirflowException.wrong(
          "%s gives no token (POST /auth/token: %d %s); is it the address of an Airflow 3 api-server? correct airflow.url in environments.yaml"
              .formatted(url, answer.status(), answer.excerpt()));
    }
    token = found;
    return token;
  }

  private Answer answered(
      String method,
      String path,
      Optional<Object> body,
      String bearer,
      Patience.Operation operation) {
    while (true) {
      Attempt attempt = attempt(request(method, path, body, bearer), operation);
      if (attempt.answer().isPresent()) {
        return attempt.answer().get();
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
      return Attempt.of(sent.get(time.toMillis(), TimeUnit.MILLISECONDS), url);
    } catch (TimeoutException e) {
      sent.cancel(true);
      return Attempt.late(time);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException lost) {
        return Attempt.lost(lost);
      }
      throw new IllegalStateException("Cannot ask Airflow at " + url, e.getCause());
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for Airflow", e);
    }
  }

  private static String text(Object content) {
    try {
      return JSON.writeValueAsString(content);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
