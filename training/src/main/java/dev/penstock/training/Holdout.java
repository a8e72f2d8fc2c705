package dev.penstock.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Predictions of the holdout, in the order of the key.
 *
 * @param challenger labels with the new model's predictions
 * @param champion the same labels with the champion's predictions, if there is a champion
 * @param championVersion its version, set exactly when {@code champion} is
 * @param groups per column that a rule groups by, each row's value as text; null values as {@code
 *     null}
 */
record Holdout(
    Scored challenger,
    Optional<Scored> champion,
    Optional<String> championVersion,
    Map<String, List<String>> groups) {}
