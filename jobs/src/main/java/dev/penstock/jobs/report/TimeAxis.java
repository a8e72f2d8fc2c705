package dev.penstock.jobs.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The axis that all drawings of a page share, so that one instant lies above the other. */
final class TimeAxis {
  /** Width of a drawing, in its own units. */
  static final double WIDTH = 1080;

  /** Where the intervals begin; names of rows stand left of it. */
  static final double LEFT = 212;

  /** Where they end; values stand right of it. */
  static final double RIGHT = 1000;

  private static final int TICKS = 8;

  private final List<String> slices;
  private final Map<String, Integer> places = new HashMap<>();

  /**
   * @param slices all intervals from the first to the last, in order; may be empty
   */
  TimeAxis(List<String> slices) {
    this.slices = List.copyOf(slices);
    for (int i = 0; i < slices.size(); i++) {
      places.put(slices.get(i), i);
    }
  }

  List<String> slices() {
    return slices;
  }

  /** How wide an interval is. */
  double step() {
    return (RIGHT - LEFT) / Math.max(1, slices.size());
  }

  /** The place of an interval; empty if it is not shown. */
  OptionalInt place(String slice) {
    Integer place = places.get(slice);
    return place == null ? OptionalInt.empty() : OptionalInt.of(place);
  }

  /** Where an interval begins. */
  double x(int place) {
    return LEFT + place * step();
  }

  /** The middle of an interval. */
  double middle(int place) {
    return x(place) + step() / 2;
  }

  /** Names of some intervals, under a drawing of that height. */
  Html ticks(double top, double height) {
    List<Html> ticks = new ArrayList<>();
    int every = Math.max(1, (slices.size() + TICKS - 1) / TICKS);
    for (int place = 0; place < slices.size(); place += every) {
      String x = Html.xy(x(place));
      ticks.add(
          Html.of(
              """
              <line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>""",
              x,
              x,
              Html.xy(top),
              Html.xy(top + height + 4),
              x,
              Html.xy(top + height + 16),
              slices.get(place)));
    }
    return Html.join(ticks);
  }

  /** A drawing on this axis. */
  Html drawing(double height, String label, Html content) {
    return Html.of(
        """
        <svg viewBox="0 0 {} {}" role="img" aria-label="{}" data-intervals="{}">
        {}
        </svg>""",
        Html.xy(WIDTH),
        Html.xy(height),
        label,
        String.join(" ", slices),
        content);
  }
}
