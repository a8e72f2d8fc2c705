package dev.penstock.validation;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A rule under quarantine: tells for each row whether it breaks the rule. */
sealed interface RowCheck {
  /** As it stands in {@code broken_rules}. */
  String name();

  /** A column for the checks that are about one. */
  String subject();

  /** What every row must satisfy, for people. */
  String bound();

  /** Why the rule cannot be evaluated, if it cannot. */
  Optional<String> problem(Inputs inputs);

  /** Adds {@code broken}, a boolean that is never null; {@code sound} is the column to count by. */
  Dataset<Row> addTo(
      Dataset<Row> rows, String broken, Column sound, Map<String, Dataset<Row>> referenced);

  static List<RowCheck> of(
      List<RowRule> predicates, List<List<String>> unique, List<Reference> references) {
    List<RowCheck> checks = new ArrayList<>();
    predicates.forEach(rule -> checks.add(new Holds(rule)));
    unique.forEach(columns -> checks.add(new Single(columns)));
    references.forEach(reference -> checks.add(new Known(reference)));
    return checks;
  }

  record Holds(RowRule rule) implements RowCheck {
    @Override
    public String name() {
      return rule.name();
    }

    @Override
    public String subject() {
      return "";
    }

    @Override
    public String bound() {
      return rule.predicate();
    }

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfPredicate(rule.predicate());
    }

    @Override
    public Dataset<Row> addTo(
        Dataset<Row> rows, String broken, Column sound, Map<String, Dataset<Row>> referenced) {
      return rows.withColumn(broken, broken());
    }

    Column broken() {
      return not(coalesce(expr(rule.predicate()), lit(true)));
    }
  }

  record Single(List<String> columns) implements RowCheck {
    @Override
    public String name() {
      return "unique(" + subject() + ")";
    }

    @Override
    public String subject() {
      return String.join(", ", columns);
    }

    @Override
    public String bound() {
      return "no two rows alike";
    }

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfGrouping(columns);
    }

    @Override
    public Dataset<Row> addTo(
        Dataset<Row> rows, String broken, Column sound, Map<String, Dataset<Row>> referenced) {
      return rows.withColumn(broken, Duplicates.isOne(rows, columns, sound));
    }
  }

  record Known(Reference reference) implements RowCheck {
    @Override
    public String name() {
      return reference.ruleName();
    }

    @Override
    public String subject() {
      return reference.column();
    }

    @Override
    public String bound() {
      return "known in " + reference.target();
    }

    @Override
    public Optional<String> problem(Inputs inputs) {
      return inputs.problemOfReference(reference);
    }

    @Override
    public Dataset<Row> addTo(
        Dataset<Row> rows, String broken, Column sound, Map<String, Dataset<Row>> referenced) {
      return KnownValues.of(reference, referenced)
          .addTo(rows, broken)
          .withColumn(broken, not(coalesce(col(broken), lit(true))));
    }
  }
}
