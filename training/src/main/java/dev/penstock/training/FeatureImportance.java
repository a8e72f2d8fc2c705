package dev.penstock.training;

/**
 * How much a model leans on one feature.
 *
 * @param feature the column
 * @param weight share of all features' importance, 0 to 1; they sum to 1 unless the model uses none
 */
public record FeatureImportance(String feature, double weight) {}
