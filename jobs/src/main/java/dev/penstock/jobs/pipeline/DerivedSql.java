package dev.penstock.jobs.pipeline;

import static scala.collection.JavaConverters.seqAsJavaList;

import dev.penstock.features.DidYouMean;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.types.StructType;

/** The SQL of a derived table: one SELECT over the tables that it declares to read. */
final class DerivedSql {
  private static final Set<String> ALLOWED =
      Set.of(
          "Project",
          "Filter",
          "Aggregate",
          "Join",
          "SubqueryAlias",
          "Union",
          "Distinct",
          "Except",
          "Intersect",
          "UnresolvedWith",
          "UnresolvedHaving",
          "UnresolvedRelation",
          "UnresolvedSubqueryColumnAliases",
          "OneRowRelation",
          "WithWindowDefinition",
          "Window",
          "LateralJoin");

  private DerivedSql() {}

  /**
   * The columns of the result.
   *
   * @param reads the tables that the SQL may read, with the columns that it sees
   * @throws IllegalArgumentException with a sentence for the user if the SQL does anything else
   */
  static StructType columns(String sql, Map<String, StructType> reads) {
    LogicalPlan plan = Sql.guarded(() -> new CatalystSqlParser().parsePlan(sql), sql);
    requireAllowed(plan, reads.keySet());
    String tables =
        reads.entrySet().stream()
            .map(e -> "`%s` AS (%s)".formatted(e.getKey(), Sql.emptyRows(e.getValue())))
            .collect(Collectors.joining(",\n"));
    return Sql.analyzed("WITH %s\nSELECT * FROM (%s\n) AS result".formatted(tables, sql), sql)
        .schema();
  }

  private static void requireAllowed(LogicalPlan root, Set<String> reads) {
    Set<String> functions = new TreeSet<>(SqlFunctions.OF_A_ROW);
    functions.addAll(SqlFunctions.AGGREGATES);
    functions.addAll(SqlFunctions.OF_A_WINDOW);
    Set<String> names = new HashSet<>(reads);
    for (LogicalPlan node : nodes(root, names)) {
      if (!ALLOWED.contains(node.getClass().getSimpleName())) {
        throw new IllegalArgumentException(
            "expected one SELECT with joins, filters and groups; %s is not allowed"
                .formatted(node.nodeName()));
      }
      if (node instanceof UnresolvedRelation relation) {
        String name = String.join(".", seqAsJavaList(relation.multipartIdentifier()));
        if (!names.contains(name)) {
          throw new IllegalArgumentException(
              "reads %s, which is not under reads; %s"
                  .formatted(name, DidYouMean.hint(name, reads)));
        }
      }
      for (Expression expression : seqAsJavaList(node.expressions())) {
        Sql.requireAllowed(expression, functions);
      }
    }
  }

  /** All nodes of the plan, also those of WITH clauses, whose names are added to {@code names}. */
  private static List<LogicalPlan> nodes(LogicalPlan root, Set<String> names) {
    List<LogicalPlan> all = new ArrayList<>(List.of(root));
    for (int i = 0; i < all.size(); i++) {
      all.addAll(seqAsJavaList(all.get(i).children()));
      if (all.get(i) instanceof UnresolvedWith with) {
        seqAsJavaList(with.cteRelations())
            .forEach(
                relation -> {
                  names.add(relation._1());
                  all.add(relation._2());
                });
      }
    }
    return all;
  }
}
