package dev.penstock.jobs.loop;

import java.util.List;

/**
 * The monitor's verdict on an interval.
 *
 * @param retrain whether a model is to be trained now
 * @param reasons for it; also given when it is held back
 * @param message in a sentence, for people
 * @param current whether it was made before, from the same inputs
 */
public record Decision(boolean retrain, List<String> reasons, String message, boolean current) {}
