package dev.penstock.jobs.demo;

import dev.penstock.jobs.RunContext;
import java.time.LocalDate;
import java.util.List;

/** Counts in the tables what was planted into the files. */
record Found(RunContext run, CardPayments payments, Demo.Folder folder) {
  /** What was planted, and how much of it the tables show. */
  record Line(Planted planted, long found) {
    boolean agrees() {
      return planted.count() == found;
    }
  }

  List<Line> compare(LocalDate from, LocalDate to) {
    return payments.planted(from, to).stream().map(p -> new Line(p, p.count())).toList();
  }
}
