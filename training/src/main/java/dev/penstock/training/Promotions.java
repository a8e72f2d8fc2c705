package dev.penstock.training;

import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;

import dev.penstock.lake.TableDefinition;
import java.sql.Timestamp;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** The table {@code models/promotions}: which version scores from when; only ever appended to. */
public final class Promotions {
  public static final TableDefinition TABLE =
      TableDefinition.ledger(
          "models/promotions",
          new StructType()
              .add("pipeline", StringType, true, "The pipeline's name")
              .add("sequence", LongType, true, "1, 2, ... within the pipeline; highest is newest")
              .add("kind", StringType, true, "promote or rollback")
              .add("version", StringType, true, "The champion from then on")
              .add("previous", StringType, true, "The champion before; null for the first")
              .add("from_slice", StringType, true, "First interval that it scores")
              .add("actor", StringType, true, "Who decided")
              .add("reason", StringType, true, "One sentence")
              .add("evidence", StringType, true, "What the decision rests on")
              .add("run", StringType, true, "The run or command that recorded it")
              .add("recorded_at", TimestampType, true, "When it was recorded"));

  private Promotions() {}

  static Row row(Promotion promotion) {
    return RowFactory.create(
        promotion.pipeline(),
        promotion.sequence(),
        promotion.kind().name().toLowerCase(Locale.ROOT),
        promotion.version(),
        promotion.previous().orElse(null),
        promotion.fromSlice(),
        promotion.actor(),
        promotion.reason(),
        promotion.evidence(),
        promotion.run(),
        Timestamp.from(promotion.recordedAt()));
  }

  static Promotion promotion(Row row) {
    return new Promotion(
        row.getAs("pipeline"),
        row.<Long>getAs("sequence"),
        Promotion.Kind.valueOf(row.<String>getAs("kind").toUpperCase(Locale.ROOT)),
        row.getAs("version"),
        Optional.ofNullable(row.getAs("previous")),
        row.getAs("from_slice"),
        row.getAs("actor"),
        row.getAs("reason"),
        row.getAs("evidence"),
        row.getAs("run"),
        row.<Timestamp>getAs("recorded_at").toInstant());
  }
}
