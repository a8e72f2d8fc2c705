package dev.penstock.lake;

import java.io.Serializable;
import java.time.Instant;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.catalyst.expressions.codegen.JavaCode$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.IndexedSeq;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * An instant that the code generated for a plan refers to, where a literal's digits become part of
 * the code. The plans of two intervals differ in such instants alone, so they share what was
 * compiled, by Spark and then by the JVM.
 */
public final class Constant extends Expression implements Serializable {
  private static final long serialVersionUID = 1;

  private final long micros;

  private Constant(long micros) {
    this.micros = micros;
  }

  /** An instant as a column, cut to microseconds. */
  public static Column of(Instant instant) {
    return micros(Micros.of(instant));
  }

  /** An instant as a column, in microseconds since 1970. */
  public static Column micros(long micros) {
    return new Column(new Constant(micros));
  }

  /** What Spark can compare with the statistics of a file. */
  Literal literal() {
    return new Literal(micros, dataType());
  }

  @Override
  public DataType dataType() {
    return DataTypes.TimestampType;
  }

  @Override
  public boolean nullable() {
    return false;
  }

  @Override
  public Object eval(InternalRow row) {
    return micros;
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    String reference = context.addReferenceObj("instant", micros, "Long") + ".longValue()";
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
    return micros;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof Constant;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Constant constant && constant.micros == micros;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(micros);
  }

  @Override
  public String toString() {
    return Micros.toInstant(micros).toString();
  }

  @Override
  public String sql() {
    return literal().sql();
  }
}
