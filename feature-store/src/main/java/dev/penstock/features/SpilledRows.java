package dev.penstock.features;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.storage.TempLocalBlockId;
import org.apache.spark.unsafe.Platform;
import scala.Tuple2;

/**
 * Rows on the disk of a task, in the order in which they were written, each with a number. They lie
 * where Spark's own temporary files do, compressed and encrypted as those are.
 *
 * <p>Spark's spill files are not for this: each that is open takes megabytes of buffers, and of
 * these there can be dozens for a window.
 */
final class SpilledRows {
  private static final int BUFFER = 1 << 15;

  private final TempLocalBlockId block;
  private final File file;
  private final int columns;
  private final long rows;
  private final Set<Reader> open = new HashSet<>();

  private SpilledRows(TempLocalBlockId block, File file, int columns, long rows) {
    this.block = block;
    this.file = file;
    this.columns = columns;
    this.rows = rows;
  }

  /** Takes the rows one by one. */
  static final class Writer {
    private final TaskContext task;
    private final int columns;
    private final TempLocalBlockId block;
    private final File file;
    private final DataOutputStream out;
    private byte[] copy = new byte[0];
    private long rows;

    /**
     * @param columns how many each row has
     */
    Writer(TaskContext task, int columns) {
      this.task = task;
      this.columns = columns;
      Tuple2<TempLocalBlockId, File> temporary =
          SparkEnv.get().blockManager().diskBlockManager().createTempLocalBlock();
      this.block = temporary._1();
      this.file = temporary._2();
      try {
        this.out =
            new DataOutputStream(
                new BufferedOutputStream(
                    SparkEnv.get()
                        .serializerManager()
                        .wrapStream(block, new FileOutputStream(file)),
                    BUFFER));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void write(UnsafeRow row, long number) {
      write(row.getBaseObject(), row.getBaseOffset(), row.getSizeInBytes(), number);
    }

    /** The bytes of a row, wherever they are. */
    void write(Object base, long offset, int length, long number) {
      if (copy.length < length) {
        copy = new byte[length];
      }
      Platform.copyMemory(base, offset, copy, Platform.BYTE_ARRAY_OFFSET, length);
      try {
        out.writeLong(number);
        out.writeInt(length);
        out.write(copy, 0, length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      rows++;
    }

    SpilledRows end() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      task.taskMetrics().incDiskBytesSpilled(file.length());
      return new SpilledRows(block, file, columns, rows);
    }
  }

  /** From the first row on; several can read side by side. */
  Reader read() {
    return new Reader();
  }

  /** Closes who still reads it, too. */
  void delete() {
    List.copyOf(open).forEach(Reader::close);
    file.delete();
  }

  /** Gives the rows, which can be kept. */
  final class Reader {
    private DataInputStream in;
    private long left = rows;
    private long number;

    long left() {
      return left;
    }

    /** The next row; the last closes it. */
    UnsafeRow next() {
      try {
        if (in == null) {
          in = stream();
        }
        number = in.readLong();
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        if (--left == 0) {
          close();
        }
        UnsafeRow row = new UnsafeRow(columns);
        row.pointTo(bytes, bytes.length);
        return row;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private DataInputStream stream() throws IOException {
      InputStream bytes =
          SparkEnv.get().serializerManager().wrapStream(block, new FileInputStream(file));
      open.add(this);
      return new DataInputStream(new BufferedInputStream(bytes, BUFFER));
    }

    /** Of the row that was given last. */
    long number() {
      return number;
    }

    void close() {
      open.remove(this);
      try {
        if (in != null) {
          in.close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
