package dev.penstock.validation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How far the distribution of a column has moved, from profiles alone.
 *
 * <p>The measure is the population stability index over bins that the baseline alone defines: for a
 * number its deciles (equal ones collapse), everything outside of its range, and null; for a text
 * its 20 most frequent values, the other ones, unseen ones, and null. To every bin of either side
 * half a row is added (Jeffreys' prior), so that an empty bin gives a finite index: {@code share =
 * (rows + 0.5) / (all rows + 0.5 * bins)}.
 */
public final class Drift {
  /** An index up to this is no drift, whatever the baseline's own windows show. */
  public static final double FLOOR = 0.2;

  private static final String RULE = "drift";
  private static final double HALF_A_ROW = 0.5;

  /** One-sided 95 % of a normal distribution. */
  private static final double NINETY_FIVE_PERCENT = 1.645;

  private Drift() {}

  /**
   * The index of each column that both sides have, in the baseline's order.
   *
   * @param baseline one profile per column, merged over the whole baseline
   * @param current one profile per column
   */
  public static Map<String, Double> psi(List<Profile> baseline, List<Profile> current) {
    Map<String, Profile> currentByColumn = byColumn(current);
    Map<String, Double> psi = new LinkedHashMap<>();
    for (Profile profile : baseline) {
      Profile other = currentByColumn.get(profile.column());
      if (other != null && other.kind() == profile.kind()) {
        psi.put(profile.column(), psi(profile, other));
      }
    }
    return psi;
  }

  /** The index of one column: 0 for equal distributions, above 0.2 for a change that matters. */
  public static double psi(Profile baseline, Profile current) {
    Bins bins = Bins.of(baseline, current);
    double[] expected = shares(bins.counts(baseline));
    double[] actual = shares(bins.counts(current));
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      sum += (actual[i] - expected[i]) * Math.log(actual[i] / expected[i]);
    }
    return sum;
  }

  /**
   * One check per column of {@code current}, in its order, with severity MONITOR. The index may be
   * as great as the greatest of the floor, what a window of the baseline shows against the whole
   * baseline, and the check's {@code high}: what samples of these sizes from one distribution stay
   * below in 95 of 100 cases.
   *
   * @param baselineWindows profiles by the name of their window, e.g. a slice; any order within
   * @param current one profile per column; its slice is the check's
   * @param floor 0 or more; {@link #FLOOR} is usual
   * @param minimumRows with fewer rows on either side a column passes, for that reason; so does a
   *     window without as many count for nothing
   * @return a column that the baseline lacks, or has with another kind, is errored
   */
  public static List<Check> compare(
      Map<String, List<Profile>> baselineWindows,
      List<Profile> current,
      double floor,
      long minimumRows) {
    Require.that(floor >= 0, "floor", "must not be negative", floor);
    Map<String, List<Profile>> windows =
        baselineWindows.values().stream()
            .flatMap(List::stream)
            .collect(
                Collectors.groupingBy(Profile::column, LinkedHashMap::new, Collectors.toList()));
    List<Check> checks = new ArrayList<>();
    for (Profile profile : current) {
      List<Profile> ofColumn = windows.getOrDefault(profile.column(), List.of());
      checks.add(compare(ofColumn, profile, floor, minimumRows));
    }
    return checks;
  }

  private static Check compare(
      List<Profile> windows, Profile current, double floor, long minimumRows) {
    String title = RULE + "(" + current.column() + ")";
    if (windows.isEmpty()) {
      return check(current, Outcome.ERRORED, null, "", null, title + ": the baseline lacks it");
    }
    if (windows.stream().anyMatch(window -> window.kind() != current.kind())) {
      return check(
          current,
          Outcome.ERRORED,
          null,
          "",
          null,
          "%s: it is a %s, the baseline has another type".formatted(title, current.kind().text()));
    }
    Profile baseline = Profile.merge("baseline", windows);
    long fewest = Math.min(current.count(), baseline.count());
    if (fewest < Math.max(1, minimumRows)) {
      return check(
          current,
          Outcome.PASSED,
          null,
          "",
          null,
          "%s: too few rows, %d of %d".formatted(title, fewest, Math.max(1, minimumRows)));
    }
    double usual =
        windows.stream()
            .filter(window -> window.count() >= Math.max(1, minimumRows))
            .mapToDouble(window -> psi(baseline, window))
            .max()
            .orElse(0);
    double noise = noise(baseline, current);
    double most = Math.max(floor, Math.max(usual, noise));
    double psi = psi(baseline, current);
    String bound = "at most " + Numbers.text(most);
    return check(
        current,
        Outcome.of(psi <= most),
        psi,
        bound,
        noise,
        "%s %s over %d rows, %s expected"
            .formatted(title, Numbers.text(psi), current.count(), bound));
  }

  /**
   * Of two samples from one distribution: chi-squared over the bins, by its normal approximation.
   */
  private static double noise(Profile baseline, Profile current) {
    double freedom = Bins.of(baseline, current).counts(baseline).length - 1;
    return (freedom + NINETY_FIVE_PERCENT * Math.sqrt(2 * freedom))
        * (1.0 / baseline.count() + 1.0 / current.count());
  }

  private static Check check(
      Profile current, Outcome outcome, Double psi, String bound, Double noise, String reason) {
    return new Check(
        current.slice(),
        Severity.MONITOR,
        RULE,
        current.column(),
        outcome,
        psi,
        bound,
        current.count(),
        null,
        noise,
        reason);
  }

  private static double[] shares(double[] counts) {
    double all = 0;
    for (double count : counts) {
      all += count + HALF_A_ROW;
    }
    double[] shares = new double[counts.length];
    for (int i = 0; i < counts.length; i++) {
      shares[i] = (counts[i] + HALF_A_ROW) / all;
    }
    return shares;
  }

  private static Map<String, Profile> byColumn(List<Profile> profiles) {
    Map<String, Profile> byColumn = new LinkedHashMap<>();
    profiles.forEach(profile -> byColumn.put(profile.column(), profile));
    return byColumn;
  }
}
