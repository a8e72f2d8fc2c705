package dev.penstock.jobs.airflow;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * What became of one request: an answer, or why there is none and when to try again.
 *
 * @param answer never 429, 3xx or 5xx, and JSON unless it is a refusal
 * @param problem blank if there is an answer
 * @param retryAfter how long the server wants to be left alone, if it said so
 */
record Attempt(Optional<Answer> answer, String problem, Optional<Duration> retryAfter) {
  private static final int TOO_MANY = 429;

  /**
   * Judges a response.
   *
   * @param url of the server, for people
   * @throws AirflowException if it can't be Airflow that answers
   */
  static Attempt of(HttpResponse<String> response, String url) {
    Answer answer = Answer.of(response);
    int status = answer.status();
    if (status >= 300 && status < 400) {
      throw AirflowException.wrong(
          "%s answers with a redirect to %s; put Airflow's own address under airflow.url in environments.yaml"
              .formatted(url, response.headers().firstValue("Location").orElse("(nowhere)")));
    }
    if (status == TOO_MANY || status >= 500) {
      return failed(status + " " + answer.excerpt(), retryAfter(response.headers()));
    }
    if (!answer.isRefusal() && !answer.body().isObject()) {
      if (answer.isNotFound() || answer.isGood()) {
        return failed("%d, but no JSON: %s".formatted(status, answer.excerpt()), Optional.empty());
      }
      throw AirflowException.wrong(
          "%s answers %d without JSON: %s; is it the address of an Airflow 3 api-server?"
              .formatted(url, status, answer.excerpt()));
    }
    return new Attempt(Optional.of(answer), "", Optional.empty());
  }

  /** No response came in time. */
  static Attempt late(Duration time) {
    return failed("no answer within %d ms".formatted(time.toMillis()), Optional.empty());
  }

  /** The connection was not made, or broke. */
  static Attempt lost(IOException cause) {
    if (cause instanceof ConnectException) {
      return failed("no connection", Optional.empty());
    }
    String message = cause.getMessage();
    return failed(message == null ? cause.getClass().getSimpleName() : message, Optional.empty());
  }

  private static Attempt failed(String problem, Optional<Duration> retryAfter) {
    return new Attempt(Optional.empty(), problem, retryAfter);
  }

  /** Seconds, or a date, which is compared with the server's own. */
  private static Optional<Duration> retryAfter(HttpHeaders headers) {
    Optional<String> header = headers.firstValue("Retry-After");
    if (header.isPresent() && header.get().matches("\\d{1,9}")) {
      return header.map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
    }
    Optional<ZonedDateTime> now = headers.firstValue("Date").flatMap(Attempt::date);
    Optional<ZonedDateTime> until = header.flatMap(Attempt::date);
    return now.flatMap(from -> until.map(to -> Duration.between(from, to)));
  }

  private static Optional<ZonedDateTime> date(String text) {
    try {
      return Optional.of(ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
