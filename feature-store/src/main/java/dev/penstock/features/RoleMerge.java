package dev.penstock.features;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeMapData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.LongType;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * Brings together what was computed of an as-of row in each role: a row for each, in the order of
 * the first column, a hash of the as-of row and the side of {@link Packing}. Gives a row of
 * structs, one for each role. Needs no number for an as-of row: rows that are equal in all columns
 * have equal features, so it is enough to know how many they are.
 */
final class RoleMerge extends AbstractFunction1<Iterator<Object>, Iterator<Object>>
    implements Serializable {
  private final Packing packing;
  private final int firstSide;
  private final int roles;
  private final int columns;
  private final int[] asOf;
  private final DataType[] types;

  /**
   * @param firstSide of the roles
   * @param columns how many each row has
   * @param asOf slots of the as-of row's columns
   * @param types of those
   */
  RoleMerge(Packing packing, int firstSide, int roles, int columns, int[] asOf, DataType[] types) {
    this.packing = packing;
    this.firstSide = firstSide;
    this.roles = roles;
    this.columns = columns;
    this.asOf = asOf;
    this.types = types;
  }

  @Override
  public Iterator<Object> apply(Iterator<Object> rows) {
    return new Merged(new SortedRows(Chunks.rows(rows, columns), columns));
  }

  /** As-of rows that are equal. */
  private static final class Equals {
    private final UnsafeRow[] byRole;
    private long count;

    private Equals(int roles) {
      byRole = new UnsafeRow[roles];
    }
  }

  private final class Merged extends scala.collection.AbstractIterator<Object> {
    private final SortedRows rows;
    private UnsafeRow ahead;
    private final Queue<Equals> merged = new ArrayDeque<>();

    private Merged(SortedRows rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      if (merged.isEmpty()) {
        mergeNext();
      }
      return !merged.isEmpty();
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Equals row = merged.element();
      row.count--;
      if (row.count == 0) {
        merged.remove();
      }
      return new GenericInternalRow(row.byRole);
    }

    /** All rows of the next hash. */
    private void mergeNext() {
      if (ahead == null && rows.hasNext()) {
        ahead = rows.next();
      }
      if (ahead == null) {
        return;
      }
      long bucket = packing.withoutSide(ahead.getLong(0));
      List<Equals> known = new ArrayList<>(1);
      while (ahead != null && packing.withoutSide(ahead.getLong(0)) == bucket) {
        add(ahead, known);
        ahead = rows.hasNext() ? rows.next() : null;
      }
      merged.addAll(known);
    }

    /** Those of the first role come first. */
    private void add(UnsafeRow row, List<Equals> known) {
      int role = packing.side(row.getLong(0)) - firstSide;
      Equals its = equalTo(row, known);
      if (its == null) {
        its = new Equals(roles);
        known.add(its);
      }
      its.byRole[role] = row;
      its.count += role == 0 ? 1 : 0;
    }

    private Equals equalTo(UnsafeRow row, List<Equals> known) {
      for (Equals each : known) {
        if (areEqual(each.byRole[0], row)) {
          return each;
        }
      }
      return null;
    }
  }

  private boolean areEqual(InternalRow a, InternalRow b) {
    for (int i = 0; i < asOf.length; i++) {
      int at = Walk.SLOTS + asOf[i];
      if (a.isNullAt(at) != b.isNullAt(at) || !(a.isNullAt(at) || areEqual(a, b, at, types[i]))) {
        return false;
      }
    }
    return true;
  }

  private static boolean areEqual(InternalRow a, InternalRow b, int at, DataType type) {
    if (type instanceof LongType) {
      return a.getLong(at) == b.getLong(at);
    }
    Object left = a.get(at, type);
    Object right = b.get(at, type);
    return left instanceof UnsafeMapData one && right instanceof UnsafeMapData other
        ? one.keyArray().equals(other.keyArray()) && one.valueArray().equals(other.valueArray())
        : Objects.deepEquals(left, right);
  }
}
