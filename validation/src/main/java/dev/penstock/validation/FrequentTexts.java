package dev.penstock.validation;

import dev.penstock.validation.Profile.Kind;
import dev.penstock.validation.ScanRows.Key;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * A sketch of more different texts than it holds knows which of them may be frequent, but counts
 * them by an amount too low that depends on the order of the rows. These few are counted here.
 */
final class FrequentTexts {
  private record Text(Key key, String text) implements Serializable {}

  private FrequentTexts() {}

  /**
   * Counts in one Spark job, or in none if all counts are known.
   *
   * @param rows as {@link ScanRows} reads them
   * @param first position of the first profiled column in them; the others follow
   * @param profiles of the rows that broke no rule; get exact counts
   */
  static void count(JavaRDD<Row> rows, int first, Map<Key, Profile> profiles) {
    Map<Key, Set<String>> candidates = new HashMap<>();
    profiles.forEach(
        (key, profile) -> {
          if (profile.kind() == Kind.TEXT && !profile.knowsAllValues()) {
            candidates.put(key, profile.mayBeFrequent());
          }
        });
    Map<Key, Map<String, Long>> counts = new HashMap<>();
    if (candidates.values().stream().anyMatch(texts -> !texts.isEmpty())) {
      rows.filter(row -> row.getList(ScanRows.BROKEN).isEmpty())
          .flatMap(row -> occurrences(row, first, candidates))
          .mapToPair(text -> new Tuple2<>(text, 1L))
          .reduceByKey(Long::sum)
          .collectAsMap()
          .forEach(
              (text, count) ->
                  counts
                      .computeIfAbsent(text.key(), key -> new HashMap<>())
                      .put(text.text(), count));
    }
    candidates.forEach(
        (key, texts) ->
            profiles.computeIfPresent(
                key, (same, profile) -> profile.counted(counts.getOrDefault(key, Map.of()))));
  }

  private static Iterator<Text> occurrences(Row row, int first, Map<Key, Set<String>> candidates) {
    List<Text> texts = new ArrayList<>();
    for (int i = first; i < row.size(); i++) {
      Key key = Key.ofColumn(row.getString(ScanRows.GROUP), i - first);
      Set<String> ofKey = candidates.get(key);
      if (ofKey != null && !row.isNullAt(i)) {
        String text = Sketches.cut(row.getString(i));
        if (ofKey.contains(text)) {
          texts.add(new Text(key, text));
        }
      }
    }
    return texts.iterator();
  }
}
