package dev.penstock.jobs.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A headless Chromium, driven by its debugging protocol: the package that a bare machine gets it
 * from is built without {@code --dump-dom}.
 */
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SECONDS = 60;
  private static final String LISTENING = "DevTools listening on ";

  private final Process process;
  private final WebSocket socket;
  private final LinkedBlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final String session;
  private int commands;

  /**
   * Starts a browser, and installs it first if there is none.
   *
   * @param profile an empty folder
   */
  Browser(Path profile) throws Exception {
    Path log = Files.createFile(profile.resolve("chromium.log"));
    process =
        new ProcessBuilder(
                Path.of("src/test/bin/chromium").toAbsolutePath().toString(),
                "--remote-debugging-port=0",
                "--user-data-dir=" + Files.createDirectory(profile.resolve("data")),
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(address(log), new Texts())
            .get(SECONDS, TimeUnit.SECONDS);
    JsonNode targets = send("Target.getTargets", Map.of(), "").get("targetInfos");
    String page = "";
    for (JsonNode target : targets) {
      page = target.get("type").asText().equals("page") ? target.get("targetId").asText() : page;
    }
    session =
        send("Target.attachToTarget", Map.of("targetId", page, "flatten", true), "")
            .get("sessionId")
            .asText();
  }

  /** Waits for the line that names the port: an installation may go before it. */
  private URI address(Path log) throws Exception {
    for (int tenths = 0; tenths < 3000; tenths++) {
      for (String line : Files.readAllLines(log)) {
        if (line.startsWith(LISTENING)) {
          return URI.create(line.substring(LISTENING.length()).trim());
        }
      }
      if (!process.isAlive()) {
        break;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException("Chromium does not start: " + Files.readString(log));
  }

  /** Opens a page and waits until its script has run. */
  void open(URI page) throws Exception {
    send("Page.navigate", Map.of("url", page.toString()), session);
    for (int tenths = 0; tenths < 10 * SECONDS; tenths++) {
      if (evaluate("document.documentElement?.dataset.ready ?? ''").asText().equals("true")) {
        return;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException(page + " is not ready after " + SECONDS + " s");
  }

  /** The value of an expression in the page. */
  JsonNode evaluate(String expression) throws Exception {
    JsonNode answer =
        send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true), session);
    if (answer.has("exceptionDetails")) {
      throw new IllegalStateException(answer.get("exceptionDetails").toString());
    }
    return answer.get("result").path("value");
  }

  /** The texts of all elements that a selector finds. */
  List<String> texts(String selector) throws Exception {
    List<String> texts = new ArrayList<>();
    evaluate(
            "[...document.querySelectorAll(%s)].map(e => e.textContent.trim())"
                .formatted(JSON.writeValueAsString(selector)))
        .forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** Sends a command. */
  JsonNode send(String method, Map<String, Object> parameters, String session) throws Exception {
    int id = ++commands;
    Map<String, Object> command =
        session.isEmpty()
            ? Map.of("id", id, "method", method, "params", parameters)
            : Map.of("id", id, "method", method, "params", parameters, "sessionId", session);
    socket.sendText(JSON.writeValueAsString(command), true).get(SECONDS, TimeUnit.SECONDS);
    while (true) {
      JsonNode message = messages.poll(SECONDS, TimeUnit.SECONDS);
      if (message == null) {
        throw new IllegalStateException(method + " is not answered after " + SECONDS + " s");
      }
      if (message.path("id").asInt() == id) {
        return message.get("result");
      }
    }
  }

  /** Moves the pointer. */
  void point(double x, double y) throws Exception {
    send("Input.dispatchMouseEvent", Map.of("type", "mouseMoved", "x", x, "y", y), session);
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private final class Texts implements WebSocket.Listener {
    private final StringBuilder parts = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.append(data);
      if (last) {
        try {
          messages.add(JSON.readTree(parts.toString()));
        } catch (IOException e) {
          return CompletableFuture.failedFuture(e);
        }
        parts.setLength(0);
      }
      from.request(1);
      return null;
    }
  }
}
