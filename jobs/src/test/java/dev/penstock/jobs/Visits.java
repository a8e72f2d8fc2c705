package dev.penstock.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/**
 * A small pipeline with a model, and its files: visits of a shop, and whether they ended in a sale.
 * All values follow from the date and the visit's number.
 */
final class Visits {
  static final LocalDate FIRST = LocalDate.parse("2024-03-01");
  private static final int A_DAY = 60;

  private static final String TABLES =
      """
      sources:
        visits:
          csv: ${LANDING}/visits/{date}.csv
          columns: visit STRING, at TIMESTAMP, shop STRING, basket DOUBLE
          key: visit
          event-time: at
          known-after: 0s
          gate:
            quarantine: {basket: basket >= 0}
            refuse: {row-count: {at-least: 20}}
        sales:
          csv: ${LANDING}/sales/{date}.csv
          columns: visit STRING, shop STRING, closed TIMESTAMP, sold BOOLEAN
          key: visit
          event-time: closed
          known-after: 1h
      features:
        shop_sales:
          from: sales
          by: shop
          windows: [1d, 3d]
          aggregate: {sold_share: share(sold), visits: count(*)}
      """;

  private static final String MODEL =
      """
      model:
        predict: {each: visits, as-of: at}
        label: {from: sales, value: sold, if-none: unlabelled, matures-after: 1d}
        features:
          - shop_sales
          - basket
          - shop
        split: {train: 3d..6d, holdout: 2d}
        candidates:
          - logistic-regression: {regParam: [0.01]}
        choose-by: roc-auc
        accept:
          - {metric: roc-auc, at-least: 0.6}
          - {metric: roc-auc, against: champion, may-lose: 0.5, confidence: 95%}
      monitor:
        drift: {over: 1d, min-rows: 20}
        performance: {metric: roc-auc, against: acceptance, may-lose: 0.2, over: 2d}
      retrain: {any: [age > 1d], cooldown: 2d}
      """;

  static final String PIPELINE = "pipeline: visits\nevery: 1d\n" + TABLES + MODEL;

  /** The same in two files: what owns the tables and the group, and what uses them for a model. */
  static final String OWNER = "pipeline: shop\nevery: 1d\n" + TABLES;

  static final String USER = "pipeline: visits\nevery: 1d\nuses: [shop]\n" + MODEL;

  private Visits() {}

  /** The name of day {@code n}, from 0. */
  static String day(int n) {
    return FIRST.plusDays(n).toString();
  }

  /** Writes the files of day {@code n}: {@code rows} visits, one of them with a negative basket. */
  static void write(Path landing, int n, int rows) throws IOException {
    List<String> visits = new ArrayList<>(List.of("visit,at,shop,basket"));
    List<String> sales = new ArrayList<>(List.of("visit,shop,closed,sold"));
    LocalDate date = FIRST.plusDays(n);
    for (int i = 0; i < rows; i++) {
      int draw = Math.floorMod((n * 7919 + i) * 104_729, 1000);
      String shop = List.of("north", "south", "west").get(i % 3);
      double basket = i == 7 ? -1 : draw / 10.0;
      String id = "%s-%02d".formatted(date, i);
      int hour = 8 + i % 12;
      visits.add("%s,%sT%02d:00:00Z,%s,%s".formatted(id, date, hour, shop, basket));
      boolean sold = basket + (i % 3) * 20 + Math.floorMod(draw * 31, 40) > 70;
      sales.add("%s,%s,%sT%02d:30:00Z,%s".formatted(id, shop, date, hour, sold));
    }
    write(landing.resolve("visits").resolve(date + ".csv"), visits);
    write(landing.resolve("sales").resolve(date + ".csv"), sales);
  }

  static void write(Path landing, int n) throws IOException {
    write(landing, n, A_DAY);
  }

  private static void write(Path file, List<String> lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }
}
