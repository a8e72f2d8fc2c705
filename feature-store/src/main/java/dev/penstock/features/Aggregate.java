package dev.penstock.features;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is computed over the events of a window.
 *
 * @param function how the inputs become one value
 * @param input SQL over the source row; empty only for {@code count(*)}; an event whose input is
 *     null is left out
 * @param parameter what some functions take beside their input, as {@link AggregateFunction} says;
 *     empty for the others
 * @param where SQL condition; only events for which it is true are seen, null is not true
 * @param delay how long before the as-of time the window ends; zero takes the group's delay
 */
public record Aggregate(
    AggregateFunction function,
    Optional<String> input,
    Optional<String> parameter,
    Optional<String> where,
    Duration delay) {
  /** The sum of a delay and a window still fits 64 bits of microseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500_000);

  private static final Pattern CALL =
      Pattern.compile("\\s*(\\w+)\\s*\\((.*)\\)\\s*", Pattern.DOTALL);

  private static final Pattern DISTINCT =
      Pattern.compile("distinct\\b\\s*(.*)", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

  private static final int UNBALANCED = -2;

  public Aggregate {
    if (input.isEmpty() && function != AggregateFunction.COUNT) {
      throw new IllegalArgumentException(
          "input must be given for %s; only count(*) has none".formatted(function.text()));
    }
    input.ifPresent(sql -> requireText("input", sql));
    function.checkParameter(parameter);
    where.ifPresent(sql -> requireText("where", sql));
    requireNotNegative("delay", delay);
  }

  /**
   * Reads {@code avg(arr_delay)}, {@code count(*)}, {@code percentile(amount, 0.9)} and the like;
   * without {@code where} and {@code delay}.
   *
   * @throws IllegalArgumentException if it is no call of one of the functions; the message lists
   *     them
   */
  public static Aggregate parse(String text) {
    Matcher call = CALL.matcher(text);
    if (!call.matches() || !isBalanced(call.group(2))) {
      throw unreadable(text);
    }
    String name = call.group(1).toLowerCase(Locale.ROOT);
    String input = call.group(2).strip();
    if (name.equals("median")) {
      name = AggregateFunction.PERCENTILE.text();
      input += ", 0.5";
    }
    AggregateFunction function = AggregateFunction.named(name).orElseThrow(() -> unreadable(text));
    boolean everyEvent = function == AggregateFunction.COUNT && input.equals("*");
    Matcher distinct = DISTINCT.matcher(input);
    if (function == AggregateFunction.COUNT && distinct.matches()) {
      function = AggregateFunction.COUNT_DISTINCT;
      input = distinct.group(1);
    }
    Optional<String> parameter = Optional.empty();
    if (function.takesParameter()) {
      int comma = lastComma(input);
      if (comma < 0) {
        throw new IllegalArgumentException(
            "%s needs %s, as %s; got '%s'"
                .formatted(
                    function.text(), function.parameterMeans(), function.example(), text.strip()));
      }
      parameter = Optional.of(input.substring(comma + 1).strip());
      input = input.substring(0, comma).strip();
    }
    if (input.isEmpty()
        || DISTINCT.matcher(input).matches()
        || (input.equals("*") && !everyEvent)) {
      throw unreadable(text);
    }
    return new Aggregate(
        function,
        everyEvent ? Optional.empty() : Optional.of(input),
        parameter,
        Optional.empty(),
        Duration.ZERO);
  }

  /** The same over the events for which {@code condition} is true. */
  public Aggregate where(String condition) {
    return new Aggregate(function, input, parameter, Optional.of(condition), delay);
  }

  /** The same over windows that end {@code duration} before the as-of time. */
  public Aggregate delayed(Duration duration) {
    return new Aggregate(function, input, parameter, where, duration);
  }

  /** As {@link #parse} reads it. */
  public String text() {
    String arguments = input.orElse("*") + parameter.map(", "::concat).orElse("");
    return function == AggregateFunction.COUNT_DISTINCT
        ? "count(distinct " + arguments + ")"
        : function.text() + "(" + arguments + ")";
  }

  private static IllegalArgumentException unreadable(String text) {
    return new IllegalArgumentException(
        "Cannot read the aggregate '%s': expected one of %s"
            .formatted(text, String.join(", ", AggregateFunction.examples())));
  }

  /** Whether every parenthesis closes one of the same text; those within quotes don't matter. */
  private static boolean isBalanced(String sql) {
    return scan(sql) != UNBALANCED;
  }

  /** Where the last comma is that stands in no parentheses and no quotes; negative if nowhere. */
  private static int lastComma(String sql) {
    return scan(sql);
  }

  private static int scan(String sql) {
    int comma = -1;
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (quote != 0) {
        if (c == '\\' && quote != '`') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"' || c == '`') {
        quote = c;
      } else if (c == '(') {
        depth++;
      } else if (c == ')' && --depth < 0) {
        return UNBALANCED;
      } else if (c == ',' && depth == 0) {
        comma = i;
      }
    }
    return depth == 0 && quote == 0 ? comma : UNBALANCED;
  }

  static void requireText(String component, String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException(component + " must not be blank");
    }
  }

  static void requireNotNegative(String component, Duration duration) {
    requireMicroseconds(component, duration);
    if (duration.isNegative()) {
      throw new IllegalArgumentException(component + " must not be negative, got " + duration);
    }
  }

  static void requireMicroseconds(String component, Duration duration) {
    if (duration.getNano() % 1_000 != 0) {
      throw new IllegalArgumentException(
          component + " must be whole microseconds, got " + duration);
    }
    if (duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s must be at most %dd, got %s".formatted(component, LONGEST.toDays(), duration));
    }
  }
}
