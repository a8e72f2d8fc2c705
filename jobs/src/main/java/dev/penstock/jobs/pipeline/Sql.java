package dev.penstock.jobs.pipeline;

import static scala.collection.JavaConverters.seqAsJavaList;

import dev.penstock.features.Aggregate;
import dev.penstock.features.DidYouMean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.SimpleAnalyzer$;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedStar;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.types.DataTypeUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * SQL expressions of a pipeline file, parsed by Spark's own parser and typed by its analyzer; no
 * session is needed. All methods throw {@link IllegalArgumentException} with a sentence for the
 * user if the text is not what they want.
 */
final class Sql {
  private static final Pattern CLOCK_LITERAL =
      Pattern.compile(
          "(?i)\\b(date|timestamp\\w*)\\s*(['\"])\\s*(now|today|tomorrow|yesterday)\\b");

  private Sql() {}

  /** The type of an expression over one row. */
  static DataType ofARow(String text, StructType columns) {
    Expression expression = parse(text);
    requireAllowed(expression, SqlFunctions.OF_A_ROW);
    requireColumns(expression, columns);
    return type(text, columns);
  }

  /** A predicate over one row. */
  static void predicate(String text, StructType columns) {
    DataType type = ofARow(text, columns);
    if (!type.typeName().equals("boolean")) {
      throw new IllegalArgumentException(
          "expected a predicate (true or false), got %s of type %s".formatted(text, type.sql()));
    }
  }

  /** An aggregate over the rows of a slice; its value is a number. */
  static void ofASlice(String text, StructType columns) {
    Expression expression = parse(text);
    Set<String> allowed = new TreeSet<>(SqlFunctions.OF_A_ROW);
    allowed.addAll(SqlFunctions.AGGREGATES);
    requireAllowed(expression, allowed);
    if (functions(expression).stream().noneMatch(SqlFunctions.AGGREGATES::contains)) {
      throw new IllegalArgumentException(
          "expected an aggregate over the slice, as avg(amount), got " + text);
    }
    requireColumns(expression, columns);
    requireNumber(text, type(text, columns));
  }

  /** The type of an aggregate of a feature group: one of a few, over an expression of one event. */
  static DataType ofEvents(String text, StructType columns) {
    Aggregate aggregate = Aggregate.parse(text);
    if (aggregate.input().isEmpty()) {
      return DataTypes.LongType;
    }
    String input = aggregate.input().get();
    DataType type = ofARow(input, columns);
    switch (aggregate.function()) {
      case SHARE -> predicate(input, columns);
      case SUM, AVG, STDDEV, PERCENTILE, DECAYED_SUM -> requireNumber(input, type);
      default -> {}
    }
    return aggregate
        .function()
        .result(type)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s has no least and no greatest value, it is %s"
                        .formatted(input.strip(), type.sql())));
  }

  private static void requireNumber(String text, DataType type) {
    if (!isNumber(type)) {
      throw new IllegalArgumentException(
          "expected a number, got %s of type %s".formatted(text.strip(), type.sql()));
    }
  }

  static boolean isNumber(DataType type) {
    return type instanceof NumericType;
  }

  /** The expression, unresolved. */
  static Expression parse(String text) {
    if (CLOCK_LITERAL.matcher(text).find()) {
      throw new IllegalArgumentException("reads the clock, which is not allowed: " + text);
    }
    return guarded(() -> new CatalystSqlParser().parseExpression(text), text);
  }

  /** The names of the columns that an expression reads, each once. */
  static Set<String> columns(String text) {
    return columns(parse(text));
  }

  private static Set<String> columns(Expression expression) {
    Set<String> names = new LinkedHashSet<>();
    for (Expression node : nodes(expression)) {
      if (node instanceof UnresolvedAttribute attribute) {
        names.add(String.join(".", seqAsJavaList(attribute.nameParts())));
      }
    }
    return names;
  }

  private static Set<String> functions(Expression expression) {
    return nodes(expression).stream()
        .filter(UnresolvedFunction.class::isInstance)
        .map(node -> name((UnresolvedFunction) node))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  static String name(UnresolvedFunction function) {
    return String.join(".", seqAsJavaList(function.nameParts())).toLowerCase(Locale.ROOT);
  }

  private static List<Expression> nodes(Expression root) {
    List<Expression> all = new ArrayList<>(List.of(root));
    for (int i = 0; i < all.size(); i++) {
      all.addAll(seqAsJavaList(all.get(i).children()));
    }
    return all;
  }

  /** Refuses everything but listed functions and what is decided by the row alone. */
  static void requireAllowed(Expression expression, Set<String> allowed) {
    for (Expression node : nodes(expression)) {
      if (node instanceof UnresolvedFunction function) {
        requireAllowed(name(function), allowed);
      } else if (node instanceof PlanExpression<?>) {
        throw new IllegalArgumentException(
            "subqueries are not allowed; write a join in a table under tables");
      } else if (node instanceof WindowExpression
          && !allowed.containsAll(SqlFunctions.OF_A_WINDOW)) {
        throw new IllegalArgumentException(
            "window functions (OVER) are allowed in the SQL of tables only");
      } else if (node instanceof LambdaFunction) {
        throw new IllegalArgumentException("functions of functions (->) are not allowed");
      } else if (isUnresolvable(node)) {
        throw new IllegalArgumentException(
            "%s is not allowed: it does not depend on the row alone".formatted(node.prettyName()));
      }
    }
  }

  private static void requireAllowed(String name, Set<String> allowed) {
    if (allowed.contains(name)) {
      return;
    }
    if (SqlFunctions.AGGREGATES.contains(name) || name.equals("share")) {
      throw new IllegalArgumentException(
          "%s is an aggregate; here an expression over one row is expected".formatted(name));
    }
    throw new IllegalArgumentException(
        "the function %s is not allowed%s"
            .formatted(
                name,
                DidYouMean.nearest(name, allowed)
                    .map("; did you mean '%s'?"::formatted)
                    .orElse("; allowed are listed functions of the row, without clock or chance")));
  }

  /** The clock, the user, parameters and what draws; columns and stars come later. */
  private static boolean isUnresolvable(Expression node) {
    String type = node.getClass().getSimpleName();
    return type.startsWith("Current")
        || type.startsWith("Local")
        || type.equals("Now")
        || type.endsWith("Parameter")
        || (node.childrenResolved() && node.resolved() && !node.deterministic());
  }

  private static void requireColumns(Expression expression, StructType columns) {
    List<String> known = Arrays.asList(columns.fieldNames());
    for (String name : columns(expression)) {
      if (known.stream().noneMatch(name::equalsIgnoreCase)) {
        throw new IllegalArgumentException(
            "there is no column %s; %s".formatted(name, DidYouMean.hint(name, known)));
      }
    }
    boolean star =
        nodes(expression).stream()
            .anyMatch(
                node ->
                    seqAsJavaList(node.children()).stream()
                            .anyMatch(UnresolvedStar.class::isInstance)
                        && !(node instanceof UnresolvedFunction f && name(f).equals("count")));
    if (star || expression instanceof UnresolvedStar) {
      throw new IllegalArgumentException("* is allowed in count(*) only");
    }
  }

  private static DataType type(String text, StructType columns) {
    Expression expression = parse(text);
    if (expression instanceof UnresolvedAttribute attribute && attribute.nameParts().size() == 1) {
      Optional<DataType> ofColumn = // what most expressions are; the analyzer takes milliseconds
          Arrays.stream(columns.fields())
              .filter(field -> field.name().equalsIgnoreCase(attribute.nameParts().head()))
              .map(StructField::dataType)
              .findFirst();
      if (ofColumn.isPresent()) {
        return ofColumn.get();
      }
    }
    Seq<NamedExpression> value =
        JavaConverters.asScalaBuffer(List.of(new Column(expression).as("value").named())).toSeq();
    List<Attribute> attributes = List.copyOf(seqAsJavaList(DataTypeUtils.toAttributes(columns)));
    LogicalPlan rows =
        new LocalRelation(
            JavaConverters.asScalaBuffer(attributes).toSeq(),
            JavaConverters.asScalaBuffer(List.<InternalRow>of()).toSeq(),
            false);
    return analyzed(() -> new Project(value, rows), text).schema().fields()[0].dataType();
  }

  /** A query that gives rows with these columns. */
  static String emptyRows(StructType columns) {
    return columns.isEmpty()
        ? "SELECT 1 AS `-`"
        : Arrays.stream(columns.fields())
            .map(
                field ->
                    "CAST(NULL AS %s) AS `%s`".formatted(field.dataType().sql(), escaped(field)))
            .collect(Collectors.joining(", ", "SELECT ", ""));
  }

  private static String escaped(StructField field) {
    return field.name().replace("`", "``");
  }

  /** The query with all names and types resolved. */
  static LogicalPlan analyzed(String query, String text) {
    return analyzed(() -> new CatalystSqlParser().parsePlan(query), text);
  }

  private static LogicalPlan analyzed(SparkCall<LogicalPlan> query, String text) {
    return guarded(
        () -> {
          LogicalPlan plan = query.call();
          LogicalPlan resolved = SimpleAnalyzer$.MODULE$.execute(plan);
          SimpleAnalyzer$.MODULE$.checkAnalysis(resolved);
          return resolved;
        },
        text);
  }

  interface SparkCall<T> {
    T call() throws Exception;
  }

  /** Spark throws a checked exception that its signatures, being Scala's, do not declare. */
  static <T> T guarded(SparkCall<T> call, String text) {
    try {
      return call.call();
    } catch (AnalysisException e) {
      throw new IllegalArgumentException(
          "cannot understand '%s': %s".formatted(text.strip(), firstSentence(e)), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("Cannot read the SQL " + text, e);
    }
  }

  /** Spark's message without its error class, position and excerpt. */
  static String firstSentence(Exception e) {
    String line = Optional.ofNullable(e.getMessage()).orElse("").strip().split("\n", 2)[0];
    return line.replaceFirst("^\\[[A-Z0-9_.]+] ?", "")
        .replaceFirst("\\(line \\d+, pos \\d+\\)$", "")
        .replaceFirst(";? ?line \\d+ pos \\d+;?$", "")
        .replaceFirst("SQLSTATE: \\w+$", "")
        .strip()
        .replaceFirst("[.;]$", "");
  }
}
