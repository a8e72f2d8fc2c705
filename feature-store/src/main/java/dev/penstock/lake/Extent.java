package dev.penstock.lake;

import java.time.Instant;
import java.util.Optional;

/**
 * How much a table holds, as the statistics of its files tell.
 *
 * @param rows all versions; empty if a file has no statistics
 * @param slices how many have rows
 * @param earliest no value of the column that was asked for is less; empty if that is not known
 * @param latest no value of it is greater; empty exactly like {@code earliest}
 */
public record Extent(
    Optional<Long> rows, int slices, Optional<Instant> earliest, Optional<Instant> latest) {}
