package dev.penstock.features;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import scala.Function1;

/** What a pass computes over one group's events, and where their fields are. */
final class GroupPlan implements Serializable {
  private final int[] positions;
  private final DataType[] types;
  private final Newest newest;
  private final List<Window> windows;
  private final List<Window> queued;
  private final Span[] spans;
  private final List<Measure> measures;
  private final long tooOld;
  private transient List<Function1<Object, Object>> toJava;

  /**
   * Where windows lie; several measures share one.
   *
   * @param delay microseconds
   * @param length microseconds; {@link Long#MAX_VALUE}: without bound
   */
  record Span(long delay, long length) implements Serializable {}

  /**
   * One aggregate over all its windows.
   *
   * @param position of the input in a row; null there: the event is left out
   * @param type of the input on the wire
   * @param spans of the windows, by their position in {@link #spans}
   * @param outputs position of each window's feature among the feature columns of the pass
   * @param columns name of each, for messages
   */
  record Measure(
      AggregateFunction function,
      int position,
      DataType type,
      int[] spans,
      int[] outputs,
      String[] columns)
      implements Serializable {}

  /**
   * @param positions of the fields of an {@link Event} in a row
   * @param types of them
   * @param tooOld event times up to this one don't matter to any as-of row
   */
  GroupPlan(
      int[] positions,
      DataType[] types,
      Optional<Newest> newest,
      List<Window> windows,
      long tooOld) {
    this.positions = positions;
    this.types = types;
    this.newest = newest.orElse(null);
    this.windows = with(windows, AggregateFunction::isOfARing);
    this.queued = with(windows, function -> !function.isOfARing());
    this.spans =
        this.windows.stream().map(w -> new Span(w.delay(), w.length())).toArray(Span[]::new);
    this.measures = measures(this.windows, positions);
    this.tooOld = tooOld;
  }

  private static List<Window> with(List<Window> windows, Predicate<AggregateFunction> wanted) {
    return windows.stream()
        .map(
            window ->
                new Window(
                    window.delay(),
                    window.length(),
                    window.features().stream().filter(f -> wanted.test(f.function())).toList()))
        .filter(window -> !window.features().isEmpty())
        .toList();
  }

  /** What windows that end at one time have in common. */
  private record Common(AggregateFunction function, int input, DataType type, long delay) {}

  private static List<Measure> measures(List<Window> windows, int[] positions) {
    Map<Common, List<Window.Feature>> features = new LinkedHashMap<>();
    Map<Common, List<Integer>> spans = new LinkedHashMap<>();
    for (int i = 0; i < windows.size(); i++) {
      for (Window.Feature feature : windows.get(i).features()) {
        Common common =
            new Common(feature.function(), feature.input(), feature.type(), windows.get(i).delay());
        features.computeIfAbsent(common, c -> new ArrayList<>()).add(feature);
        spans.computeIfAbsent(common, c -> new ArrayList<>()).add(i);
      }
    }
    List<Measure> measures = new ArrayList<>();
    features.forEach(
        (common, all) ->
            measures.add(
                new Measure(
                    common.function(),
                    positions[common.input()],
                    common.type(),
                    spans.get(common).stream().mapToInt(span -> span).toArray(),
                    all.stream().mapToInt(Window.Feature::output).toArray(),
                    all.stream().map(Window.Feature::column).toArray(String[]::new))));
    return List.copyOf(measures);
  }

  /** Empty if the newest event doesn't matter. */
  Optional<Newest> newest() {
    return Optional.ofNullable(newest);
  }

  /** Windows with the features that a {@link Ring} can give. */
  List<Window> windows() {
    return windows;
  }

  /** Windows with the other features. */
  List<Window> queued() {
    return queued;
  }

  /** Of each of {@link #windows}. */
  Span[] spans() {
    return spans;
  }

  List<Measure> measures() {
    return measures;
  }

  /** What an event takes in the measures of a {@link Ring}. */
  long bytesOfMeasures() {
    long bytes = 0;
    for (Measure measure : measures) {
      bytes +=
          switch (measure.function()) {
            case COUNT -> Integer.BYTES;
            case MIN, MAX -> Integer.BYTES + Long.BYTES;
            default -> Integer.BYTES + 2L * Long.BYTES;
          };
    }
    return bytes;
  }

  /** Whether an event can matter; others of its source may need it longer. */
  boolean reaches(InternalRow event) {
    return time(event) > tooOld || tooOld == Long.MIN_VALUE;
  }

  long time(InternalRow event) {
    return event.getLong(positions[0]);
  }

  long until(InternalRow event) {
    return event.getLong(positions[1]);
  }

  /** A field as Spark holds it. */
  Object field(InternalRow event, int field) {
    return event.isNullAt(positions[field]) ? null : event.get(positions[field], types[field]);
  }

  /** A field in Java's values. */
  Object value(InternalRow event, int field) {
    if (toJava == null) {
      toJava = Stream.of(types).map(CatalystTypeConverters::createToScalaConverter).toList();
    }
    return toJava.get(field).apply(field(event, field));
  }

  Event event(InternalRow row) {
    return new Event(this, row);
  }
}
