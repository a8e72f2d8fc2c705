package dev.penstock.validation;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The rules that a slice must pass before anything reads it.
 *
 * @param quarantine row predicates
 * @param quarantineUnique column lists; every row of a value that occurs twice goes to quarantine
 * @param quarantineReferences rows with an unknown value go to quarantine
 * @param refuse one failed rule refuses the slice
 * @param warn failed rules are recorded
 */
public record Gate(
    List<RowRule> quarantine,
    List<List<String>> quarantineUnique,
    List<Reference> quarantineReferences,
    List<SliceRule> refuse,
    List<SliceRule> warn) {
  /** A gate that lets everything pass. */
  public static final Gate OPEN = new Gate(List.of(), List.of(), List.of(), List.of(), List.of());

  public Gate {
    quarantine = List.copyOf(quarantine);
    quarantineUnique = quarantineUnique.stream().map(List::copyOf).toList();
    quarantineReferences = List.copyOf(quarantineReferences);
    refuse = List.copyOf(refuse);
    warn = List.copyOf(warn);
  }

  public Dataset<Row> mark(Dataset<Row> staged, Map<String, Dataset<Row>> referenced) {
    throw new UnsupportedOperationException("mark");
  }

  public List<Check> judge(
      Dataset<Row> marked,
      String eventTime,
      List<SliceFacts> slices,
      Map<String, Dataset<Row>> referenced) {
    throw new UnsupportedOperationException("judge");
  }
}
