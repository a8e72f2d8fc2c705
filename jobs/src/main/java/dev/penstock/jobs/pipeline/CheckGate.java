package dev.penstock.jobs.pipeline;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What must hold for the rules of a table's gate. */
final class CheckGate {
  private static final Set<String> TAKEN =
      Set.of("header", "type", "key", "event_time", "late", "unique", "references");

  private final Pipeline pipeline;
  private final Pipeline visible;
  private final Map<String, StructType> schemas;
  private final Problems problems;

  /**
   * @param pipeline whose gates are checked
   * @param visible what it may name, its own and others'
   * @param schemas columns by table
   */
  CheckGate(
      Pipeline pipeline, Pipeline visible, Map<String, StructType> schemas, Problems problems) {
    this.pipeline = pipeline;
    this.visible = visible;
    this.schemas = schemas;
    this.problems = problems;
  }

  void run() {
    pipeline.sources().forEach((name, source) -> gate("sources." + name, name, source));
    pipeline.tables().forEach((name, table) -> gate("tables." + name, name, table));
  }

  private void gate(String above, String name, Table table) {
    StructType schema = schemas.get(name);
    if (schema == null) {
      return;
    }
    GateSection gate = table.gate();
    String path = above + ".gate.quarantine";
    gate.quarantine()
        .rules()
        .forEach(
            (rule, predicate) -> {
              String at = path + "." + rule;
              Names.problem(rule, TAKEN).ifPresent(sentence -> problems.add(at, sentence));
              trying(at, () -> Sql.predicate(predicate, schema));
            });
    unique(path, gate.quarantine().unique(), table, schema);
    references(path, gate.quarantine().references(), schema);
    slice(above + ".gate.refuse", gate.refuse(), table, schema);
    slice(above + ".gate.warn", gate.warn(), table, schema);
  }

  private void slice(String path, GateSection.SliceRules rules, Table table, StructType schema) {
    rules
        .notNull()
        .forEach(
            (column, share) -> {
              String at = path + ".not-null." + column;
              CheckTables.find(schema, column, problems, at);
              if (share < 0 || share > 1) {
                problems.add(at, "is a share from 0% to 100%, got " + Scalars.text(share));
              }
            });
    unique(path, rules.unique(), table, schema);
    references(path, rules.references(), schema);
    if (rules.fresh().isPresent() && table.eventTime().isEmpty()) {
      problems.add(path + ".fresh", "compares event times, which a snapshot has not");
    }
    rules
        .aggregates()
        .forEach(
            (rule, aggregate) -> {
              String at = path + "." + rule;
              Names.problem(rule, TAKEN).ifPresent(sentence -> problems.add(at, sentence));
              trying(at + ".sql", () -> Sql.ofASlice(aggregate.sql(), schema));
            });
  }

  private void unique(String path, List<List<String>> sets, Table table, StructType schema) {
    for (List<String> columns : sets) {
      String at = path + ".unique";
      columns.forEach(column -> CheckTables.find(schema, column, problems, at));
      if (!table.key().isEmpty() && new HashSet<>(columns).equals(new HashSet<>(table.key()))) {
        problems.add(
            at,
            "[%s] is the table's key: its rows are versions of one thing, and need no rule"
                .formatted(String.join(", ", columns)));
      }
    }
  }

  private void references(
      String path, Map<String, GateSection.Target> references, StructType schema) {
    references.forEach(
        (column, target) -> {
          String at = path + ".references." + column;
          Optional<StructField> from = CheckTables.find(schema, column, problems, at);
          if (CheckFeatures.requireTable(target.table(), visible, problems, at)
              && schemas.containsKey(target.table())) {
            CheckTables.find(schemas.get(target.table()), target.column(), problems, at)
                .ifPresent(to -> comparable(at, from, to));
          }
        });
  }

  private void comparable(String at, Optional<StructField> from, StructField to) {
    if (from.isPresent() && !sameKind(from.get().dataType(), to.dataType())) {
      problems.add(
          at,
          "%s is %s and %s is %s; give both one type"
              .formatted(
                  from.get().name(), from.get().dataType().sql(), to.name(), to.dataType().sql()));
    }
  }

  static boolean sameKind(DataType one, DataType other) {
    return one.equals(other) || Sql.isNumber(one) && Sql.isNumber(other);
  }

  private void trying(String path, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      problems.add(path, e.getMessage());
    }
  }
}
