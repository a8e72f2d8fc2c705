package dev.penstock.jobs.airflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.net.http.HttpResponse;

/**
 * What Airflow answered.
 *
 * @param status of HTTP
 * @param text as it came
 * @param body the JSON object in it; missing if it is none
 */
record Answer(int status, String text, JsonNode body) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int EXCERPT = 300;

  static Answer of(HttpResponse<String> response) {
    return new Answer(response.statusCode(), response.body(), object(response.body()));
  }

  private static JsonNode object(String text) {
    try {
      JsonNode found = JSON.readTree(text);
      return found.isObject() ? found : MissingNode.getInstance();
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  boolean isGood() {
    return status < 300;
  }

  /** Whether it is the token, or the user, that Airflow does not want. */
  boolean isRefusal() {
    return status == UNAUTHORIZED || status == FORBIDDEN;
  }

  boolean isNotFound() {
    return status == NOT_FOUND;
  }

  boolean isConflict() {
    return status == CONFLICT;
  }

  /** What Airflow says is wrong. */
  String detail() {
    JsonNode detail = body.path("detail");
    return shortened(detail.isTextual() ? detail.asText() : detail.toString());
  }

  /** The text in one line, not all of a long one. */
  String excerpt() {
    return shortened(text);
  }

  private static String shortened(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() > EXCERPT ? line.substring(0, EXCERPT) + "..." : line;
  }
}
