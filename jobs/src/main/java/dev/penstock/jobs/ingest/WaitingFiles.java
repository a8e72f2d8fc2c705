package dev.penstock.jobs.ingest;

import dev.penstock.jobs.ingest.Landing.LandedFile;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.pipeline.Pipeline;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.lake.Interval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/**
 * Files of a source whose own interval was never run: they wait for that run.
 *
 * @param source its name
 * @param names of the files; at least one
 */
public record WaitingFiles(String source, List<String> names) {
  private static final int NAMED = 5;

  static WaitingFiles of(String source, List<LandedFile> files) {
    return new WaitingFiles(source, files.stream().map(LandedFile::name).toList());
  }

  /**
   * Of all sources of a pipeline, those dated before the newest slice of their source.
   *
   * @param slices the newest row of each slice in order, by table
   */
  public static List<WaitingFiles> of(
      Configuration hadoop, Pipeline pipeline, Map<String, List<SliceRecord>> slices) {
    List<WaitingFiles> waiting = new ArrayList<>();
    pipeline
        .sources()
        .forEach(
            (name, source) -> {
              List<LandedFile> files = of(hadoop, pipeline, source, slices.get(name));
              if (!files.isEmpty()) {
                waiting.add(of(name, files));
              }
            });
    return waiting;
  }

  private static List<LandedFile> of(
      Configuration hadoop, Pipeline pipeline, Source source, List<SliceRecord> records) {
    Landing landing = new Landing(source.path(), pipeline.cadence());
    if (records.isEmpty() || !landing.dated()) {
      return List.of();
    }
    Interval newest = pipeline.cadence().named(records.get(records.size() - 1).slice());
    try {
      List<LandedFile> files = landing.list(hadoop, newest).files();
      return new FileBook(true, files, records, file -> Landing.hash(hadoop, file))
          .waiting(newest, Set.of());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + source.path(), e);
    }
  }

  /** For people; not all names if there are many. */
  public String line() {
    int more = names.size() - NAMED;
    return "%s: %d file%s of intervals that were never run: %s%s"
        .formatted(
            source,
            names.size(),
            names.size() == 1 ? "" : "s",
            String.join(", ", names.subList(0, Math.min(NAMED, names.size()))),
            more > 0 ? " and %d more".formatted(more) : "");
  }
}
