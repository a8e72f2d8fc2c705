package dev.penstock.features;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.unsafe.types.CalendarInterval;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A row and the features that were computed for it, without an object for each number. Good until
 * the next row is read, as Spark's own rows are.
 */
final class JoinedFeatures extends InternalRow {
  private static final byte NULL = 0;
  private static final byte LONG = 1;
  private static final byte DOUBLE = 2;
  private static final byte OBJECT = 3;

  private final int columns;
  private final byte[] kinds;
  private final long[] numbers;
  private final Object[] objects;
  private InternalRow row;

  JoinedFeatures(int columns, int features) {
    this.columns = columns;
    this.kinds = new byte[features];
    this.numbers = new long[features];
    this.objects = new Object[features];
  }

  /** Begins with another row, whose features are all null. */
  void begin(InternalRow next) {
    row = next;
    Arrays.fill(kinds, NULL);
  }

  /** The row that features are computed for. */
  InternalRow row() {
    return row;
  }

  void putLong(int feature, long value) {
    kinds[feature] = LONG;
    numbers[feature] = value;
  }

  void putDouble(int feature, double value) {
    kinds[feature] = DOUBLE;
    numbers[feature] = Double.doubleToRawLongBits(value);
  }

  /**
   * @param value as Spark holds it, or null
   */
  void put(int feature, Object value) {
    kinds[feature] = value == null ? NULL : OBJECT;
    objects[feature] = value;
  }

  private Object object(int ordinal) {
    int feature = ordinal - columns;
    return switch (kinds[feature]) {
      case NULL -> null;
      case LONG -> numbers[feature];
      case DOUBLE -> Double.longBitsToDouble(numbers[feature]);
      default -> objects[feature];
    };
  }

  @Override
  public int numFields() {
    return columns + kinds.length;
  }

  @Override
  public boolean isNullAt(int ordinal) {
    return ordinal < columns ? row.isNullAt(ordinal) : kinds[ordinal - columns] == NULL;
  }

  @Override
  public boolean getBoolean(int ordinal) {
    return ordinal < columns ? row.getBoolean(ordinal) : (Boolean) object(ordinal);
  }

  @Override
  public byte getByte(int ordinal) {
    return ordinal < columns ? row.getByte(ordinal) : (Byte) object(ordinal);
  }

  @Override
  public short getShort(int ordinal) {
    return ordinal < columns ? row.getShort(ordinal) : (Short) object(ordinal);
  }

  @Override
  public int getInt(int ordinal) {
    return ordinal < columns ? row.getInt(ordinal) : (Integer) object(ordinal);
  }

  @Override
  public long getLong(int ordinal) {
    if (ordinal < columns) {
      return row.getLong(ordinal);
    }
    int feature = ordinal - columns;
    return kinds[feature] == LONG ? numbers[feature] : (Long) object(ordinal);
  }

  @Override
  public float getFloat(int ordinal) {
    return ordinal < columns ? row.getFloat(ordinal) : (Float) object(ordinal);
  }

  @Override
  public double getDouble(int ordinal) {
    if (ordinal < columns) {
      return row.getDouble(ordinal);
    }
    int feature = ordinal - columns;
    return kinds[feature] == DOUBLE
        ? Double.longBitsToDouble(numbers[feature])
        : (Double) object(ordinal);
  }

  @Override
  public Decimal getDecimal(int ordinal, int precision, int scale) {
    return ordinal < columns
        ? row.getDecimal(ordinal, precision, scale)
        : (Decimal) object(ordinal);
  }

  @Override
  public UTF8String getUTF8String(int ordinal) {
    return ordinal < columns ? row.getUTF8String(ordinal) : (UTF8String) object(ordinal);
  }

  @Override
  public byte[] getBinary(int ordinal) {
    return ordinal < columns ? row.getBinary(ordinal) : (byte[]) object(ordinal);
  }

  @Override
  public CalendarInterval getInterval(int ordinal) {
    return ordinal < columns ? row.getInterval(ordinal) : (CalendarInterval) object(ordinal);
  }

  @Override
  public InternalRow getStruct(int ordinal, int fields) {
    return ordinal < columns ? row.getStruct(ordinal, fields) : (InternalRow) object(ordinal);
  }

  @Override
  public ArrayData getArray(int ordinal) {
    return ordinal < columns ? row.getArray(ordinal) : (ArrayData) object(ordinal);
  }

  @Override
  public MapData getMap(int ordinal) {
    return ordinal < columns ? row.getMap(ordinal) : (MapData) object(ordinal);
  }

  @Override
  public Object get(int ordinal, DataType type) {
    return ordinal < columns ? row.get(ordinal, type) : object(ordinal);
  }

  @Override
  public void setNullAt(int ordinal) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void update(int ordinal, Object value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public InternalRow copy() {
    JoinedFeatures copy = new JoinedFeatures(columns, kinds.length);
    copy.row = row.copy();
    System.arraycopy(kinds, 0, copy.kinds, 0, kinds.length);
    System.arraycopy(numbers, 0, copy.numbers, 0, kinds.length);
    System.arraycopy(objects, 0, copy.objects, 0, kinds.length);
    return copy;
  }
}
