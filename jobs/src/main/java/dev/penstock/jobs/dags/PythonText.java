package dev.penstock.jobs.dags;

import dev.penstock.features.Durations;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Values as Python literals: whatever a text holds, it stays a text. */
final class PythonText {
  private PythonText() {}

  /** {@code "text"}. */
  static String of(String text) {
    return '"' + escaped(text).replace("\n", "\\n") + '"';
  }

  /** {@code ["a", "b"]}. */
  static String of(List<String> texts) {
    return texts.stream().map(PythonText::of).collect(Collectors.joining(", ", "[", "]"));
  }

  /** {@code timedelta(minutes=5)}. */
  static String of(Duration duration) {
    String text = Durations.text(duration);
    String amount = text.substring(0, text.length() - 1);
    return switch (text.charAt(text.length() - 1)) {
      case 'd' -> "timedelta(days=%s)".formatted(amount);
      case 'h' -> "timedelta(hours=%s)".formatted(amount);
      case 'm' -> "timedelta(minutes=%s)".formatted(amount);
      default -> "timedelta(seconds=%d)".formatted(duration.toSeconds());
    };
  }

  /** {@code """text"""}. */
  static String docstring(String text) {
    return "\"\"\"" + escaped(text) + "\"\"\"";
  }

  /** {@code """text"""}, over several lines. */
  static String block(String text) {
    return "\"\"\"\n" + escaped(text) + "\"\"\"";
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> escaped.append("\\\\");
                case '"' -> escaped.append("\\\"");
                case '\n' -> escaped.append('\n');
                default -> {
                  if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
                    escaped.append("\\u%04x".formatted(c));
                  } else {
                    escaped.appendCodePoint(c);
                  }
                }
              }
            });
    return escaped.toString();
  }
}
