package dev.penstock.features;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;

/**
 * What is computed over the events of a window.
 *
 * @param function how the inputs become one value
 * @param input SQL over the source row; empty only for {@code count(*)}; an event whose input is
 *     null is left out
 * @param where SQL condition; only events for which it is true are seen, null is not true
 * @param delay how long before the as-of time the window ends; zero takes the group's delay
 */
public record Aggregate(
    Function function, Optional<String> input, Optional<String> where, Duration delay) {
  /** The sum of a delay and a window still fits 64 bits of microseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500_000);

  private static final Pattern CALL =
      Pattern.compile("\\s*(\\w+)\\s*\\((.*)\\)\\s*", Pattern.DOTALL);

  /** How inputs become one value; without any event a count is 0 and everything else null. */
  public enum Function {
    /** Number of events, BIGINT; with an input the number of those where it is not null. */
    COUNT,
    /** Exact sum: BIGINT of integers, DECIMAL of decimals, DOUBLE (rounded once) of others. */
    SUM,
    /** Exact sum divided by the number of inputs, DOUBLE. */
    AVG,
    /** Smallest input, of its type; NaN is greater than every number. */
    MIN,
    /** Greatest input, of its type; NaN is greater than every number. */
    MAX,
    /** How many of the conditions that are not null are true, DOUBLE from 0 to 1. */
    SHARE;

    /** The type of the result for inputs of {@code input}; empty if it can't take them. */
    public Optional<DataType> result(DataType input) {
      boolean number = input instanceof NumericType;
      return switch (this) {
        case COUNT -> Optional.of(DataTypes.LongType);
        case SHARE ->
            input.equals(DataTypes.BooleanType)
                ? Optional.of(DataTypes.DoubleType)
                : Optional.empty();
        case AVG -> number ? Optional.of(DataTypes.DoubleType) : Optional.empty();
        case SUM -> number ? Optional.of(sumType(input)) : Optional.empty();
        case MIN, MAX -> isOrdered(input) ? Optional.of(input) : Optional.empty();
      };
    }

    private static DataType sumType(DataType input) {
      if (input instanceof DecimalType decimal) {
        return new DecimalType(
            Math.min(DecimalType.MAX_PRECISION(), decimal.precision() + 10), decimal.scale());
      }
      return input.equals(DataTypes.DoubleType) || input.equals(DataTypes.FloatType)
          ? DataTypes.DoubleType
          : DataTypes.LongType;
    }

    private static boolean isOrdered(DataType type) {
      return type instanceof NumericType
          || type instanceof StringType
          || Set.of(
                  DataTypes.BooleanType,
                  DataTypes.DateType,
                  DataTypes.TimestampType,
                  DataTypes.TimestampNTZType)
              .contains(type);
    }
  }

  public Aggregate {
    if (input.isEmpty() && function != Function.COUNT) {
      throw new IllegalArgumentException(
          "input must be given for %s; only count(*) has none"
              .formatted(function.name().toLowerCase(Locale.ROOT)));
    }
    input.ifPresent(sql -> requireText("input", sql));
    where.ifPresent(sql -> requireText("where", sql));
    requireNotNegative("delay", delay);
  }

  /**
   * Reads {@code avg(arr_delay)}, {@code count(*)}, {@code share(arr_delay > 15)} and the like;
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
    Function function;
    try {
      function = Function.valueOf(call.group(1).toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw unreadable(text);
    }
    String input = call.group(2).strip();
    boolean everyEvent = function == Function.COUNT && input.equals("*");
    boolean distinct = input.toLowerCase(Locale.ROOT).matches("(?s)distinct\\b.*");
    if (input.isEmpty() || distinct || (input.equals("*") && !everyEvent)) {
      throw unreadable(text);
    }
    return new Aggregate(
        function,
        everyEvent ? Optional.empty() : Optional.of(input),
        Optional.empty(),
        Duration.ZERO);
  }

  /** The same over the events for which {@code condition} is true. */
  public Aggregate where(String condition) {
    return new Aggregate(function, input, Optional.of(condition), delay);
  }

  /** The same over windows that end {@code duration} before the as-of time. */
  public Aggregate delayed(Duration duration) {
    return new Aggregate(function, input, where, duration);
  }

  /** As {@link #parse} reads it. */
  public String text() {
    return function.name().toLowerCase(Locale.ROOT) + "(" + input.orElse("*") + ")";
  }

  private static IllegalArgumentException unreadable(String text) {
    return new IllegalArgumentException(
        ("Cannot read the aggregate '%s': expected count(*), sum(x), avg(x), min(x), max(x) or"
                + " share(condition)")
            .formatted(text));
  }

  /** Whether every parenthesis closes one of the same text; those within quotes don't matter. */
  private static boolean isBalanced(String sql) {
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
        return false;
      }
    }
    return depth == 0 && quote == 0;
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
