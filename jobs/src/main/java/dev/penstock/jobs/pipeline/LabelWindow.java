package dev.penstock.jobs.pipeline;

import static scala.collection.JavaConverters.seqAsJavaList;

import dev.penstock.features.Aggregate;
import dev.penstock.features.FeatureGroup;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * A label over the events of a time ahead, as the feature store computes it: as of the end of that
 * time.
 *
 * @param events a group of one window; its last column is the number of events
 * @param value SQL over the other columns of {@code events}
 */
public record LabelWindow(FeatureGroup events, String value) {
  /** No group of a pipeline file begins with an underscore. */
  private static final String NAME = "_label";

  /**
   * What a label with {@code within} says.
   *
   * @throws IllegalArgumentException if its value is no SQL over calls of the feature store's
   *     aggregates; the message says why
   */
  public static LabelWindow of(Model.Label label) {
    SortedMap<Integer, Integer> calls = new TreeMap<>();
    findCalls(Sql.parse(label.value()), label.value(), calls);
    if (calls.isEmpty()) {
      throw new IllegalArgumentException(
          "expected SQL over aggregates of events, as count(*) > 0, got " + label.value());
    }
    Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    calls.forEach(
        (start, end) ->
            aggregates.put(
                "value" + aggregates.size(), Aggregate.parse(label.value().substring(start, end))));
    aggregates.put("events", Aggregate.parse("count(*)"));
    FeatureGroup group =
        new FeatureGroup(
            NAME,
            label.from(),
            label.by(),
            label.by(),
            List.of(label.within().orElseThrow()),
            aggregates,
            List.of(),
            false,
            Optional.empty(),
            Duration.ZERO,
            Optional.empty());
    return new LabelWindow(group, replaced(label.value(), calls, group.columns()));
  }

  /** The outermost calls of other functions than those of a row: start and end in the text. */
  private static void findCalls(
      Expression expression, String text, SortedMap<Integer, Integer> calls) {
    boolean ofARow =
        expression instanceof UnresolvedFunction function
            ? SqlFunctions.OF_A_ROW.contains(Sql.name(function))
            : !(expression instanceof AggregateExpression);
    if (ofARow) {
      seqAsJavaList(expression.children()).forEach(child -> findCalls(child, text, calls));
      return;
    }
    int start = (Integer) expression.origin().startIndex().get();
    int last = (Integer) expression.origin().stopIndex().get();
    // The parser counts characters, a String also the halves of a pair.
    calls.put(text.offsetByCodePoints(0, start), text.offsetByCodePoints(0, last + 1));
  }

  private static String replaced(
      String text, SortedMap<Integer, Integer> calls, List<String> columns) {
    StringBuilder sql = new StringBuilder();
    int from = 0;
    int column = 0;
    for (Map.Entry<Integer, Integer> call : calls.entrySet()) {
      sql.append(text, from, call.getKey()).append('`').append(columns.get(column++)).append('`');
      from = call.getValue();
    }
    return sql.append(text.substring(from)).toString();
  }

  /** The column of {@link #events} that counts them; null for a row without a key. */
  public String count() {
    return events.columns().get(events.columns().size() - 1);
  }

  /**
   * The type of the value.
   *
   * @param table the columns of the events
   */
  DataType type(StructType table) {
    StructType columns = new StructType();
    List<Aggregate> aggregates = List.copyOf(events.aggregate().values());
    for (int i = 0; i < aggregates.size(); i++) {
      DataType type = Sql.ofEvents(aggregates.get(i).text(), table);
      columns = columns.add(events.columns().get(i), type);
    }
    for (String column : Sql.columns(value)) {
      if (!events.columns().contains(column)) {
        throw new IllegalArgumentException(
            "%s stands outside of an aggregate; a label of a time ahead is over aggregates of its"
                    .formatted(column)
                + " events, as max(%s)".formatted(column));
      }
    }
    return Sql.ofARow(value, columns);
  }
}
