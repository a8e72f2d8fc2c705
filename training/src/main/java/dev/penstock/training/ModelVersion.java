package dev.penstock.training;

import java.util.List;
import java.util.Map;

/**
 * A registered model: one row of {@code models/versions}.
 *
 * @param version {@code v1}, {@code v2}, ... within the pipeline
 * @param provenance what it was made from
 * @param algorithm name, as in the pipeline file
 * @param parameters all of them, defaults included
 * @param seed of the fit
 * @param metrics on the holdout, by name
 * @param candidates JSON: each grid point with its validation metrics
 * @param modelHash {@link Model#canonicalHash}
 * @param encoding JSON of {@link Encoding}
 * @param importances per feature, the most important first
 * @param partitions that it was fitted on
 * @param trainRows fitted on
 * @param holdoutRows judged on
 * @param accepted did all acceptance rules hold?
 * @param reasons {@link Trained#reasons}
 */
public record ModelVersion(
    String version,
    Provenance provenance,
    String algorithm,
    Map<String, String> parameters,
    long seed,
    Map<String, Double> metrics,
    String candidates,
    String modelHash,
    String encoding,
    List<FeatureImportance> importances,
    int partitions,
    long trainRows,
    long holdoutRows,
    boolean accepted,
    List<String> reasons) {}
