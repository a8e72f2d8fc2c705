package dev.penstock.validation;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a gate must be told about a slice, beyond its rows.
 *
 * @param slice the slice's name, as in the column {@code slice}
 * @param end the last microsecond of the slice's interval
 * @param earlier the accepted slices of the same table that rules about history compare with; more
 *     than a rule wants is fine, order does not matter. Slices judged together need not be named:
 *     those that pass count for the later ones
 */
public record SliceFacts(String slice, Instant end, List<Earlier> earlier) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:+-]+");

  /**
   * An accepted slice.
   *
   * @param end the last microsecond of its interval
   * @param rows how many rows it had left
   */
  public record Earlier(Instant end, long rows) {
    public Earlier {
      Require.that(rows >= 0, "rows", "must not be negative", rows);
    }
  }

  public SliceFacts {
    Require.that(
        slice != null && NAME.matcher(slice).matches(),
        "slice",
        "must consist of letters, digits and _ . : + -",
        slice);
    earlier = List.copyOf(earlier);
  }

  /** These facts with more history; where both know a slice, {@code others} do better. */
  SliceFacts and(Collection<Earlier> others) {
    Stream<Earlier> kept =
        earlier.stream()
            .filter(old -> others.stream().noneMatch(other -> other.end().equals(old.end())));
    return new SliceFacts(slice, end, Stream.concat(kept, others.stream()).toList());
  }

  /** The earlier slices that ended within {@code over} before this one's end. */
  List<Earlier> history(Duration over) {
    Instant from = end.minus(over);
    return earlier.stream()
        .filter(other -> other.end().isBefore(end) && !other.end().isBefore(from))
        .toList();
  }
}
