package dev.penstock.jobs.report;

import dev.penstock.jobs.pipeline.Pipelines;
import dev.penstock.lake.Lake;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Pages for people, as text. Writes nothing. */
public final class Report {
  private Report() {}

  /**
   * The page about a pipeline.
   *
   * @param until the newest interval to tell of, by name; {@code ~} for all
   */
  public static String of(Lake lake, Pipelines.Loaded loaded, String until) {
    return Page.of(new ReadReport(lake, loaded, until).data());
  }

  /**
   * Writes the page about a pipeline, or of that name, where people look for it.
   *
   * @return its URI
   */
  public static String write(Lake lake, String name, String page) {
    return lake.writeText("reports/%s.html".formatted(name), page);
  }

  /** The page about all pipelines that ever ran. */
  public static String ofFleet(SparkSession spark, List<Pipelines.Loaded> all) {
    return Page.ofFleet(fleet(spark, all).stream().filter(PipelineStatus::hasRun).toList());
  }

  /** Where pipelines stand, in their order. */
  public static List<PipelineStatus> fleet(SparkSession spark, List<Pipelines.Loaded> all) {
    return all.stream()
        .map(one -> new ReadReport(new Lake(spark, one.warehouse()), one, "~").status())
        .toList();
  }
}
