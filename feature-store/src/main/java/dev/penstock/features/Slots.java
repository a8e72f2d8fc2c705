package dev.penstock.features;

import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;

/**
 * The columns that as-of rows and the events of all groups travel in, one row each: a column is for
 * a value of its type, whoever brings it, so a row is as short as the longest of them.
 */
final class Slots {
  private final List<DataType> types = new ArrayList<>();

  /** The values of one kind of row, by slot. */
  final class Side {
    private final List<Column> values = new ArrayList<>();

    /** The slot that a value of this type gets; one that is there already has one. */
    int add(Column value, DataType type) {
      int known = values.indexOf(value);
      if (known >= 0 && types.get(known).equals(type)) {
        return known;
      }
      int slot = 0;
      while (slot < types.size() && (isTaken(slot) || !types.get(slot).equals(type))) {
        slot++;
      }
      if (slot == types.size()) {
        types.add(type);
      }
      while (values.size() <= slot) {
        values.add(null);
      }
      values.set(slot, value);
      return slot;
    }

    private boolean isTaken(int slot) {
      return slot < values.size() && values.get(slot) != null;
    }

    /** A value for each slot, null in those of others; to be asked when all sides are complete. */
    Column[] columns() {
      Column[] columns = new Column[types.size()];
      for (int i = 0; i < columns.length; i++) {
        columns[i] = (isTaken(i) ? values.get(i) : lit(null).cast(types.get(i))).as(name(i));
      }
      return columns;
    }
  }

  Side side() {
    return new Side();
  }

  List<DataType> types() {
    return types;
  }

  static String name(int slot) {
    return "slot_" + slot;
  }
}
