package dev.penstock.training;

import java.time.Instant;

/**
 * What a version was made from and by; all texts non-null, JSON where said.
 *
 * @param pipeline that it belongs to
 * @param slice the interval that it was trained for, by name
 * @param fingerprint of the frozen training set, which covers rows and configuration: equal ones
 *     are the same training
 * @param configHash of the parts of the pipeline file that training uses
 * @param featureDefinitions JSON: how each feature is computed, frozen for scoring
 * @param inputs JSON: the slices read and the versions of their tables
 * @param codeVersion of Penstock
 * @param baseline JSON: what drift compares with
 * @param run that trained it
 * @param recordedAt when; given by the caller
 */
public record Provenance(
    String pipeline,
    String slice,
    String fingerprint,
    String configHash,
    String featureDefinitions,
    String inputs,
    String codeVersion,
    String baseline,
    String run,
    Instant recordedAt) {}
