package dev.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import scala.collection.Iterator;
import scala.collection.JavaConverters;

class ChunksTest {
  private static final int BITS = 3;
  private static final int ROWS = 20_000;

  /** Buckets of eight numbers, negative ones too; texts of very different lengths. */
  private static List<Object> rows() {
    UnsafeProjection unsafe =
        UnsafeProjection.create(new DataType[] {DataTypes.LongType, DataTypes.StringType});
    List<Object> rows = new ArrayList<>();
    for (long i = 0; i < ROWS; i++) {
      String text = i % 5_000 == 0 ? "x".repeat(100_000) : i % 7 == 0 ? null : "" + i;
      Object[] values = {i * 7_919 % 4_000 - 2_000, UTF8String.fromString(text)};
      rows.add(unsafe.apply(new GenericInternalRow(values)).copy());
    }
    return rows;
  }

  private static Iterator<Object> iterator(List<Object> rows) {
    return JavaConverters.asScalaIterator(rows.iterator());
  }

  private static List<Object> packed(List<Object> rows, int partitions) {
    List<Object> chunks = new ArrayList<>();
    UnsafeProjection unsafe = UnsafeProjection.create(Chunks.TYPE);
    Iterator<Object> packed = new Chunks(BITS, partitions).apply(iterator(rows));
    while (packed.hasNext()) {
      chunks.add(unsafe.apply((InternalRow) packed.next()).copy());
    }
    return chunks;
  }

  private static List<UnsafeRow> unpacked(List<Object> chunks) {
    List<UnsafeRow> rows = new ArrayList<>();
    Iterator<Object> unpacked = Chunks.rows(iterator(chunks), 2);
    while (unpacked.hasNext()) {
      rows.add(((UnsafeRow) unpacked.next()).copy());
    }
    return rows;
  }

  @Test
  void eachRowComesOutOfAChunkOnceAndThoseOfABucketHaveOneKey() {
    List<Object> rows = rows();
    for (int partitions : List.of(1, 8, 200, 3_000)) {
      List<Object> chunks = packed(rows, partitions);
      Map<Object, Integer> left = new HashMap<>();
      rows.forEach(row -> left.merge(row, 1, Integer::sum));
      Map<Long, Long> keys = new HashMap<>();
      Set<Integer> used = new HashSet<>();
      for (Object chunk : chunks) {
        long key = ((UnsafeRow) chunk).getLong(0);
        used.add(Math.floorMod(Murmur3_x86_32.hashLong(key, 42), partitions));
        for (UnsafeRow row : unpacked(List.of(chunk))) {
          left.merge(row, -1, (a, b) -> a + b == 0 ? null : a + b);
          assertThat(keys.merge(row.getLong(0) >> BITS, key, (a, b) -> a)).isEqualTo(key);
        }
      }
      assertThat(left).isEmpty();
      assertThat(used).hasSizeGreaterThanOrEqualTo(Math.min(partitions, 400) / 2);
      assertThat(unpacked(chunks)).hasSize(ROWS);
    }
  }

  @Test
  void rowsAreManyToAChunkAndOfNoRowsThereIsNone() {
    assertThat(packed(rows(), 8)).hasSizeLessThan(40);
    assertThat(packed(Collections.emptyList(), 8)).isEmpty();
    assertThat(unpacked(Collections.emptyList())).isEmpty();
  }
}
