package dev.penstock.jobs.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A piece of a page. Whatever text comes into one is escaped, unless it is a piece itself.
 *
 * @param markup well-formed; never null
 */
record Html(String markup) {
  static final Html NONE = new Html("");

  /** {@code template} with each {@code {}} replaced by the next value. */
  static Html of(String template, Object... values) {
    StringBuilder markup = new StringBuilder();
    int at = 0;
    for (Object value : values) {
      int hole = template.indexOf("{}", at);
      if (hole < 0) {
        throw new IllegalArgumentException("more values than holes in: " + template);
      }
      markup.append(template, at, hole).append(escape(value));
      at = hole + 2;
    }
    return new Html(markup.append(template, at, template.length()).toString());
  }

  /** The pieces one after the other. */
  static Html join(List<Html> pieces) {
    return new Html(pieces.stream().map(Html::markup).collect(Collectors.joining("\n")));
  }

  private static String escape(Object value) {
    if (value instanceof Html html) {
      return html.markup();
    }
    return String.valueOf(value)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** A whole number with thousands separators. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** A number with at most that many decimals. */
  static String decimal(double number, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", number);
  }

  /** A share, as 12.3%. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", share * 100);
  }

  /** {@code 1 row}, {@code 2 rows}. */
  static String plural(long number, String noun) {
    return count(number) + " " + noun + (number == 1 ? "" : "s");
  }

  /** A coordinate of a drawing. */
  static String xy(double coordinate) {
    String text = String.format(Locale.ROOT, "%.1f", coordinate);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** A text of at most {@code length} characters, cut with an ellipsis. */
  static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1) + "…";
  }
}
