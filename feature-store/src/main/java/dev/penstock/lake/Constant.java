package dev.penstock.lake;

import java.io.Serializable;
import java.time.Instant;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.codegen.CodeGenerator;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.catalyst.expressions.codegen.JavaCode$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.IndexedSeq;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * A value that the code generated for a plan refers to, where a literal's digits become part of the
 * code. The plans of two intervals differ in such values alone, so they share what was compiled, by
 * Spark and then by the JVM.
 */
public final class Constant extends Expression implements Serializable {
  private static final long serialVersionUID = 1;

  private final Literal literal;

  private Constant(Literal literal) {
    this.literal = literal;
  }

  /** An instant as a column, cut to microseconds. */
  public static Column of(Instant instant) {
    return micros(Micros.of(instant));
  }

  /** An instant as a column, in microseconds since 1970. */
  public static Column micros(long micros) {
    return new Column(new Constant(new Literal(micros, DataTypes.TimestampType)));
  }

  /**
   * A value as a column.
   *
   * @param value as a row holds it, not null
   * @param type of the column
   */
  public static Column of(Object value, DataType type) {
    return new Column(new Constant(Literal.create(value, type)));
  }

  /** What Spark can compare with the statistics of a file. */
  Literal literal() {
    return literal;
  }

  @Override
  public DataType dataType() {
    return literal.dataType();
  }

  @Override
  public boolean nullable() {
    return false;
  }

  @Override
  public Object eval(InternalRow row) {
    return literal.value();
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    String reference =
        context.addReferenceObj(
            "constant", literal.value(), CodeGenerator.boxedType(literal.dataType()));
    if (CodeGenerator.isPrimitiveType(literal.dataType())) {
      reference += ".%sValue()".formatted(CodeGenerator.javaType(literal.dataType()));
    }
    return ExprCode.forNonNullValue(JavaCode$.MODULE$.global(reference, dataType()));
  }

  @Override
  public Seq<Expression> children() {
    return JavaConverters.asScalaBuffer(java.util.List.<Expression>of()).toSeq();
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return this;
  }

  @Override
  public int productArity() {
    return 1;
  }

  @Override
  public Object productElement(int index) {
    return literal;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof Constant;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Constant constant && constant.literal.equals(literal);
  }

  @Override
  public int hashCode() {
    return literal.hashCode();
  }

  @Override
  public String toString() {
    return literal.toString();
  }

  @Override
  public String sql() {
    return literal.sql();
  }
}
