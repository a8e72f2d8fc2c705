package dev.penstock.lake;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Predicate;
import org.apache.spark.sql.execution.datasources.DataSourceStrategy$;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.PartitionDirectory;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.runtime.AbstractPartialFunction;

/**
 * The data files of a table at one version, for Spark to scan: of the partitions and files that a
 * query's conditions leave. Partition columns are strings.
 *
 * @param root folder of the table
 * @param state the version
 */
record TableFiles(Path root, TableState state) implements FileIndex {

  /** All rows of the version. */
  Dataset<Row> rows(SparkSession spark) {
    HadoopFsRelation relation =
        new HadoopFsRelation(
            this,
            partitionSchema(),
            dataSchema(),
            Option.empty(),
            new ParquetFileFormat(),
            scala.collection.immutable.Map$.MODULE$.empty(),
            spark);
    Column[] columns =
        List.of(state.schema().fieldNames()).stream()
            .map(name -> functions.col("`" + name + "`"))
            .toArray(Column[]::new);
    return spark.baseRelationToDataFrame(relation).select(columns);
  }

  private StructType dataSchema() {
    StructType data = new StructType();
    for (StructField field : state.schema().fields()) {
      if (!state.partitioning().contains(field.name())) {
        data = data.add(field);
      }
    }
    return data;
  }

  @Override
  public StructType partitionSchema() {
    StructType partitions = new StructType();
    for (String name : state.partitioning()) {
      partitions = partitions.add(state.schema().apply(name));
    }
    return partitions;
  }

  @Override
  public Seq<PartitionDirectory> listFiles(
      Seq<Expression> partitionFilters, Seq<Expression> dataFilters) {
    BasePredicate inPartition = partitionPredicate(partitionFilters);
    List<Filter> conditions = conditions(dataFilters);
    Map<InternalRow, List<FileStatus>> byPartition = new LinkedHashMap<>();
    for (DataFile file : state.files().values()) {
      InternalRow values = values(file);
      if (inPartition.eval(values) && conditions.stream().allMatch(file::mayHold)) {
        byPartition.computeIfAbsent(values, v -> new ArrayList<>()).add(status(file));
      }
    }
    List<PartitionDirectory> directories = new ArrayList<>();
    byPartition.forEach(
        (values, files) ->
            directories.add(PartitionDirectory.apply(values, files.toArray(FileStatus[]::new))));
    return JavaConverters.asScalaBuffer(directories).toSeq();
  }

  private InternalRow values(DataFile file) {
    return new GenericInternalRow(
        state.partitioning().stream()
            .map(name -> UTF8String.fromString(file.partition().get(name)))
            .toArray());
  }

  private FileStatus status(DataFile file) {
    return new FileStatus(
        file.added().size(), false, 0, 1, file.added().modificationTime(), path(file));
  }

  private Path path(DataFile file) {
    return new Path(root, new Path(URI.create(file.path())));
  }

  private BasePredicate partitionPredicate(Seq<Expression> filters) {
    StructType partitions = partitionSchema();
    Expression all =
        JavaConverters.seqAsJavaList(filters).stream()
            .reduce(And::new)
            .orElse(org.apache.spark.sql.catalyst.expressions.Literal.TrueLiteral());
    Expression bound =
        all.transform(
            new AbstractPartialFunction<Expression, Expression>() {
              @Override
              public boolean isDefinedAt(Expression expression) {
                return expression instanceof AttributeReference;
              }

              @Override
              public Expression apply(Expression expression) {
                int index = partitions.fieldIndex(((AttributeReference) expression).name());
                return new BoundReference(index, partitions.apply(index).dataType(), true);
              }
            });
    return Predicate.createInterpreted(bound);
  }

  /** What Spark can say of the conditions in its terms for sources; the rest skips no file. */
  private static List<Filter> conditions(Seq<Expression> filters) {
    List<Filter> conditions = new ArrayList<>();
    for (Expression filter : JavaConverters.asJavaIterable(filters)) {
      Option<Filter> translated =
          DataSourceStrategy$.MODULE$.translateFilter(filter.transform(new ToLiteral()), false);
      if (translated.isDefined()) {
        conditions.add(translated.get());
      }
    }
    return conditions;
  }

  private static final class ToLiteral extends AbstractPartialFunction<Expression, Expression> {
    @Override
    public boolean isDefinedAt(Expression expression) {
      return expression instanceof Constant;
    }

    @Override
    public Expression apply(Expression expression) {
      return ((Constant) expression).literal();
    }
  }

  @Override
  public Seq<Path> rootPaths() {
    return JavaConverters.asScalaBuffer(List.of(root)).toSeq();
  }

  @Override
  public String[] inputFiles() {
    return state.files().values().stream()
        .map(file -> path(file).toString())
        .toArray(String[]::new);
  }

  /** Nothing: a version never changes. */
  @Override
  public void refresh() {}

  @Override
  public long sizeInBytes() {
    return state.files().values().stream().mapToLong(file -> file.added().size()).sum();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableFiles files
        && files.root.equals(root)
        && files.state.version() == state.version();
  }

  @Override
  public int hashCode() {
    return root.hashCode() * 31 + Long.hashCode(state.version());
  }

  @Override
  public String toString() {
    return "TableFiles(%s, version %d)".formatted(root, state.version());
  }
}
