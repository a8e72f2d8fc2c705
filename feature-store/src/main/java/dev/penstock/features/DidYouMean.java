package dev.penstock.features;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a misspelt one was meant to be. */
public final class DidYouMean {
  private DidYouMean() {}

  /** {@code did you mean 'x'?}, or all known names if none is near. */
  public static String hint(String got, Collection<String> known) {
    return nearest(got, known)
        .map("did you mean '%s'?"::formatted)
        .orElse(
            known.isEmpty()
                ? "there is none"
                : "known: " + String.join(", ", known.stream().sorted().distinct().toList()));
  }

  /** The known name with the fewest edits, if they are few for its length. */
  public static Optional<String> nearest(String got, Collection<String> known) {
    return known.stream()
        .filter(name -> edits(got, name) <= Math.max(1, Math.min(got.length(), name.length()) / 3))
        .min(
            Comparator.<String>comparingInt(name -> edits(got, name))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** Insertions, deletions, replacements and swaps of neighbours, ignoring case and - against _. */
  private static int edits(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT).replace('_', '-');
    String b = right.toLowerCase(Locale.ROOT).replace('_', '-');
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replaced, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
