package dev.penstock.training;

import java.util.OptionalDouble;

/**
 * A number measured on a sample, and how far it can be trusted. All are empty where the number is
 * not defined.
 *
 * @param value measured
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param n rows measured
 */
public record Estimate(OptionalDouble value, OptionalDouble low, OptionalDouble high, long n) {}
