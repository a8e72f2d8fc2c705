package dev.penstock.jobs.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A table of texts and numbers. A heading that begins with {@code #} is of a column of numbers,
 * with {@code @} of one whose texts are not broken into lines.
 */
final class Table {
  private final String id;
  private final List<String> headings;
  private final List<Html> rows = new ArrayList<>();

  Table(String id, String... headings) {
    this.id = id;
    this.headings = List.of(headings);
  }

  /** Adds a row of as many cells as there are headings. */
  Table row(Object... cells) {
    List<Html> all = new ArrayList<>();
    for (int i = 0; i < cells.length; i++) {
      all.add(Html.of("<td{}>{}</td>", kind(i), cells[i]));
    }
    rows.add(Html.of("<tr>{}</tr>", Html.join(all)));
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  private Html kind(int column) {
    return switch (headings.get(column).isEmpty() ? ' ' : headings.get(column).charAt(0)) {
      case '#' -> new Html(" class=\"n\"");
      case '@' -> new Html(" class=\"whole\"");
      default -> Html.NONE;
    };
  }

  Html html() {
    List<Html> heads = new ArrayList<>();
    for (int i = 0; i < headings.size(); i++) {
      heads.add(Html.of("<th{}>{}</th>", kind(i), headings.get(i).replaceFirst("^[#@]", "")));
    }
    return Html.of(
        """
        <div class="wide"><table id="{}"><thead><tr>{}</tr></thead><tbody>
        {}
        </tbody></table></div>""",
        id,
        Html.join(heads),
        Html.join(rows));
  }
}
