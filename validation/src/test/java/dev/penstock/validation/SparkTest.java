package dev.penstock.validation;

import com.holdenkarau.spark.testing.JavaDataFrameSuiteBase;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A local Spark, one per JVM; the build passes its settings as system properties.
 * spark-testing-base uses JUnit 4 callbacks, which Jupiter never calls.
 */
public abstract class SparkTest extends JavaDataFrameSuiteBase {
  @TempDir protected Path warehouse;

  @BeforeEach
  void startSpark() {
    runBefore();
  }

  @Override
  public boolean enableHiveSupport() {
    return false;
  }

  @Override
  public boolean enableIcebergSupport() {
    return false;
  }

  @Override
  public SparkConf conf() {
    return super.conf().setMaster("local[2]");
  }

  /** A frame of the given rows; {@code ddl} names the columns and types. */
  protected Dataset<Row> rows(String ddl, Row... rows) {
    return spark().createDataFrame(List.of(rows), StructType.fromDDL(ddl));
  }
}
