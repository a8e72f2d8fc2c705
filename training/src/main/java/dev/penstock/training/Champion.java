package dev.penstock.training;

import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The version that a challenger is compared with.
 *
 * @param version its name
 * @param predict adds {@link Model#PREDICTION} to rows of the training set, and keeps all their
 *     columns and each row once: {@code model::predict} where the set has the champion's features
 *     as it was trained with them, else a function that joins those first
 */
public record Champion(String version, UnaryOperator<Dataset<Row>> predict) {}
