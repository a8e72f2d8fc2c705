package dev.penstock.jobs.report;

import dev.penstock.jobs.ledger.SliceRecord.Counts;
import java.util.function.ToLongFunction;

/** Every row and file that came is somewhere: the sums, with their proof. */
record AccountSection(ReportData data) {

  Html html() {
    Table rows =
        new Table(
            "rows",
            "Source",
            "#Seen",
            "#Added",
            "#Quarantined",
            "#Unchanged",
            "#Duplicate",
            "Adds up");
    Table files =
        new Table(
            "accounted-files", "Source", "#Seen", "#Read", "#Quarantined", "#Ignored", "Adds up");
    for (ReportData.Source source : data.sources()) {
      long seen = sum(source, Counts::rowsSeen);
      long added = sum(source, Counts::rowsAdded);
      long quarantined = sum(source, Counts::rowsQuarantined);
      long unchanged = sum(source, Counts::rowsUnchanged);
      long duplicate = sum(source, Counts::rowsDuplicate);
      rows.row(
          source.name(),
          Html.count(seen),
          Html.count(added),
          Html.count(quarantined),
          Html.count(unchanged),
          Html.count(duplicate),
          proof(seen - added - quarantined - unchanged - duplicate));
      long all = sum(source, Counts::filesSeen);
      long read = sum(source, Counts::filesRead);
      long broken = sum(source, Counts::filesQuarantined);
      long ignored = sum(source, Counts::filesIgnored);
      if (all > 0) {
        files.row(
            source.name(),
            Html.count(all),
            Html.count(read),
            Html.count(broken),
            Html.count(ignored),
            proof(all - read - broken - ignored));
      }
    }
    return Html.of("<h3>Rows</h3>{}<h3>Files</h3>{}", rows.html(), files.html());
  }

  private static long sum(ReportData.Source source, ToLongFunction<Counts> number) {
    return source.slices().stream().mapToLong(row -> number.applyAsLong(row.counts())).sum();
  }

  private static Html proof(long difference) {
    return difference == 0
        ? Html.of("<span class=\"good\">✓ yes</span>")
        : Html.of("<b class=\"bad\">✗ {} unaccounted for</b>", Html.count(difference));
  }
}
