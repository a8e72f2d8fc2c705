package dev.penstock.jobs.loop;

import dev.penstock.jobs.Exit;
import dev.penstock.jobs.ingest.PlannedSlice;
import dev.penstock.jobs.ingest.PlannedSlice.Action;
import dev.penstock.jobs.ingest.WaitingFiles;
import dev.penstock.jobs.ledger.SliceFile;
import dev.penstock.jobs.ledger.SliceFile.Arrival;
import dev.penstock.lake.Interval;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a run of a range would do, for people and for machines.
 *
 * @param pipeline its name
 * @param intervals the range
 * @param blocks as a run takes them
 * @param waiting files whose own interval was never run, nor is now
 * @param exitCode of the run, if gates pass what they have not judged yet
 */
public record RangePlan(
    String pipeline,
    List<Interval> intervals,
    List<Block> blocks,
    List<WaitingFiles> waiting,
    int exitCode) {
  private static final int FILES_NAMED = 5;

  /**
   * What is done together.
   *
   * @param intervals one, or a block of history
   * @param slices in the order in which a run takes them
   */
  public record Block(List<Interval> intervals, List<PlannedSlice> slices) {
    public Block {
      intervals = List.copyOf(intervals);
      slices = List.copyOf(slices);
    }
  }

  /** Slices of one table about which there is one thing to say. */
  private record Step(List<PlannedSlice> slices) {
    private PlannedSlice first() {
      return slices.get(0);
    }

    private boolean takes(PlannedSlice next) {
      return first().job().equals(next.job())
          && first().table().equals(next.table())
          && first().action() == next.action()
          && first().why().equals(next.why());
    }

    private List<SliceFile> files() {
      return slices.stream().flatMap(slice -> slice.files().stream()).toList();
    }

    private String line() {
      String says =
          Stream.of(first().why(), described(files()))
              .filter(text -> !text.isEmpty())
              .collect(Collectors.joining("; "));
      return String.format(
              Locale.ROOT,
              "%-22s %-8s %-16s %-8s %s",
              span(slices.stream().map(PlannedSlice::slice).toList()),
              first().job(),
              first().table(),
              first().action().text(),
              says)
          .stripTrailing();
    }

    private Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("job", first().job());
      json.put("table", first().table());
      json.put("slices", slices.stream().map(PlannedSlice::slice).toList());
      json.put("action", first().action().text());
      json.put("why", first().why());
      json.put("files", files().stream().map(RangePlan::json).toList());
      return json;
    }
  }

  /** Whether a run would, or may, write anything. */
  public boolean isWork() {
    return blocks.stream()
        .flatMap(block -> block.slices().stream())
        .anyMatch(slice -> slice.action().isWork());
  }

  private static List<Step> steps(Block block) {
    List<Step> steps = new ArrayList<>();
    for (PlannedSlice slice : block.slices()) {
      if (steps.isEmpty() || !steps.get(steps.size() - 1).takes(slice)) {
        steps.add(new Step(new ArrayList<>()));
      }
      steps.get(steps.size() - 1).slices().add(slice);
    }
    return steps;
  }

  /** For people: lines. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    blocks.forEach(block -> steps(block).forEach(step -> lines.add(step.line())));
    waiting.forEach(files -> lines.add(files.line()));
    lines.add(
        "%s %s: %s"
            .formatted(
                pipeline, span(intervals.stream().map(Interval::slice).toList()), conclusion()));
    return lines;
  }

  private String conclusion() {
    String exit = exitCode == Exit.DONE ? "" : ", exit code " + exitCode;
    if (!isWork()) {
      return "nothing to do" + exit;
    }
    Map<Action, Long> slices =
        blocks.stream()
            .flatMap(block -> block.slices().stream())
            .filter(slice -> slice.action().isWork())
            .collect(
                Collectors.groupingBy(
                    PlannedSlice::action,
                    () -> new EnumMap<>(Action.class),
                    Collectors.counting()));
    return slices.entrySet().stream()
            .map(
                entry ->
                    "%d to %s"
                        .formatted(
                            entry.getValue(),
                            entry.getKey() == Action.DEPENDS
                                ? "decide on the way"
                                : entry.getKey().text()))
            .collect(Collectors.joining(", "))
        + exit;
  }

  /** For machines: plain maps, lists, texts and numbers. */
  public Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("pipeline", pipeline);
    json.put("from", intervals.get(0).slice());
    json.put("to", intervals.get(intervals.size() - 1).slice());
    json.put("work", isWork());
    json.put("exit_code", exitCode);
    json.put(
        "blocks",
        blocks.stream()
            .map(
                block -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("from", block.intervals().get(0).slice());
                  one.put("to", block.intervals().get(block.intervals().size() - 1).slice());
                  one.put("steps", steps(block).stream().map(Step::json).toList());
                  return one;
                })
            .toList());
    Map<String, Object> files = new LinkedHashMap<>();
    waiting.forEach(each -> files.put(each.source(), each.names()));
    json.put("waiting", files);
    return json;
  }

  private static Map<String, Object> json(SliceFile file) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", file.name());
    json.put("bytes", file.bytes());
    json.put("arrival", file.arrival().name().toLowerCase(Locale.ROOT));
    return json;
  }

  private static String described(List<SliceFile> files) {
    if (files.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    text.append("%d file%s".formatted(files.size(), files.size() == 1 ? "" : "s"));
    for (Arrival arrival : List.of(Arrival.LATE, Arrival.CHANGED)) {
      List<String> names =
          files.stream().filter(file -> file.arrival() == arrival).map(SliceFile::name).toList();
      if (!names.isEmpty()) {
        text.append(", %s: %s".formatted(arrival.name().toLowerCase(Locale.ROOT), named(names)));
      }
    }
    return text.toString();
  }

  private static String named(List<String> names) {
    return names.size() <= FILES_NAMED
        ? String.join(", ", names)
        : "%s and %d more"
            .formatted(
                String.join(", ", names.subList(0, FILES_NAMED)), names.size() - FILES_NAMED);
  }

  private static String span(List<String> slices) {
    String first = slices.get(0);
    return slices.size() == 1 ? first : first + ".." + slices.get(slices.size() - 1);
  }
}
