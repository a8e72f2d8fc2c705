package dev.penstock.jobs.demo;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.ledger.SliceRecord.Verdict;
import dev.penstock.jobs.loop.RunRange;
import dev.penstock.jobs.loop.RunRange.Stage;
import dev.penstock.jobs.loop.Summary;
import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.jobs.pipeline.Settings;
import dev.penstock.jobs.report.Report;
import dev.penstock.lake.Interval;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * The whole loop on made-up card payments, in one Spark application: writes what the bank sends,
 * day by day, runs the pipeline over it, and tells what happened. It runs the jobs as {@code run}
 * does, and looks at nothing but their tables.
 */
public final class Demo {
  private final RunContext run;
  private final CardPayments payments;
  private final Folder folder;
  private final PrintWriter log;
  private final Story story;

  /**
   * @param loaded the pipeline, reading and writing in {@code folder}
   * @param out where the story goes; the progress of the jobs goes to a file of the folder
   */
  public Demo(
      SparkSession spark,
      Pipelines.Loaded loaded,
      CardPayments payments,
      Folder folder,
      PrintWriter out) {
    this.payments = payments;
    this.folder = folder;
    this.log = folder.log();
    this.run = RunContext.open(spark, loaded, log);
    this.story = new Story(payments, out);
  }

  /**
   * A folder that the demo owns.
   *
   * @param root holds the files of the bank and the warehouse
   */
  public record Folder(Path root) {
    private static final String MARK = "made-by-penstock-demo";

    /** What the bank sends. */
    public Path landing() {
      return root.resolve("landing");
    }

    /** The tables. */
    public Path warehouse() {
      return root.resolve("warehouse");
    }

    /** {@code settings}, but for what must lie in this folder. */
    public Settings settings(Settings settings) {
      Map<String, String> values = new LinkedHashMap<>(settings.values());
      values.put("LANDING", landing().toString());
      return new Settings(
          settings.conf(),
          settings.env(),
          values,
          settings.overrides(),
          name ->
              name.equals("WAREHOUSE") ? warehouse().toString() : settings.process().apply(name));
    }

    /** What the jobs say while they run. */
    Path progress() {
      return root.resolve("progress.log");
    }

    /**
     * Makes the folder ready.
     *
     * @param keep whether what an earlier demo left stays
     * @throws Exit.UserException if something lies there that no demo made
     */
    public void prepare(boolean keep) {
      try {
        boolean ours = Files.exists(root.resolve(MARK));
        if (!ours && (Files.exists(landing()) || Files.exists(warehouse()))) {
          throw new Exit.UserException(
              "%s holds a landing folder or a warehouse that no demo made; choose another --out"
                  .formatted(root));
        }
        if (!keep) {
          for (Path old : List.of(landing(), warehouse(), progress())) {
            delete(old);
          }
        }
        Files.createDirectories(root);
        if (!ours) {
          Files.createFile(root.resolve(MARK));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private PrintWriter log() {
      try {
        return new PrintWriter(
            Files.newBufferedWriter(
                progress(),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void delete(Path path) throws IOException {
      if (Files.exists(path)) {
        try (Stream<Path> inside = Files.walk(path)) {
          for (Path file : inside.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    }
  }

  /**
   * Loads the history, makes the daily runs and compares what was planted with what was found.
   *
   * @param days how many daily runs
   * @return the exit code: 1 if something planted was not found, or found more than once
   */
  public int run(int days) {
    story.begin(days);
    Optional<LocalDate> done = newestDay();
    if (done.isEmpty() || done.get().isBefore(payments.dailyRun(0))) {
      history();
    }
    RunRange daily =
        new RunRange(run, EnumSet.complementOf(EnumSet.of(Stage.FEATURES)), false, false, Set.of());
    for (int day = 0; day <= days; day++) {
      LocalDate date = payments.dailyRun(day);
      if (done.isPresent() && date.isBefore(done.get())) {
        continue;
      }
      day(daily, day, date, done.isPresent() && date.equals(done.get()));
    }
    features(days);
    log.flush();
    List<Found.Line> lines =
        new Found(run, payments, folder).compare(payments.firstDay(), payments.dailyRun(days));
    story.end(new Performance(run).byDay(), lines, folder, writeReport());
    return lines.stream().allMatch(Found.Line::agrees) ? Exit.DONE : Exit.UNEXPECTED;
  }

  private Path writeReport() {
    Path file = folder.warehouse().resolve("reports").resolve(run.pipeline().pipeline() + ".html");
    try {
      Files.createDirectories(file.getParent());
      return Files.writeString(file, Report.of(run.lake(), run.loaded(), "~")).toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }

  /** The newest date that an earlier demo in this folder took payments of. */
  private Optional<LocalDate> newestDay() {
    return run.ledger().all(RunContext.sourceTable(Bank.TRANSACTIONS)).stream()
        .reduce((earlier, later) -> later)
        .map(SliceRecord::slice)
        .map(LocalDate::parse);
  }

  /** All days before the first that trains. */
  private void history() {
    long start = System.nanoTime();
    LocalDate last = payments.dailyRun(-1);
    payments.writeHistory(folder.landing(), payments.firstDay(), payments.dailyRun(0));
    Summary summary =
        new RunRange(run, EnumSet.of(Stage.INGEST), false, false, Set.of())
            .run(run.cadence().range(interval(payments.firstDay()), interval(last)));
    story.history(last, summary, start);
  }

  /** The feature tables of the daily runs, in one block: only notebooks read them. */
  private void features(int days) {
    new RunRange(run, EnumSet.of(Stage.FEATURES), false, false, Set.of())
        .run(
            run.cadence().range(interval(payments.dailyRun(0)), interval(payments.dailyRun(days))));
  }

  private void day(RunRange daily, int number, LocalDate date, boolean written) {
    long start = System.nanoTime();
    if (number > 0 && !written) {
      payments.writeDay(folder.landing(), date);
    }
    for (Planted repaired : payments.repaired(date)) {
      if (isRefused(repaired)) {
        Summary again = daily.run(List.of(interval(repaired.about())));
        story.again(repaired.about(), again, start);
        start = System.nanoTime();
      }
    }
    story.day(number, date, daily.run(List.of(interval(date))), start);
  }

  /** A refused slice waits until somebody runs its interval again, with a better file. */
  private boolean isRefused(Planted repaired) {
    return run.ledger()
        .find(RunContext.sourceTable(repaired.source()), repaired.about().toString())
        .filter(row -> row.verdict() == Verdict.REFUSED)
        .isPresent();
  }

  private Interval interval(LocalDate date) {
    return run.cadence().named(date.toString());
  }
}
