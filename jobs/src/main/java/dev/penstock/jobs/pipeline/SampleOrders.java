package dev.penstock.jobs.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Seventy days of orders, most closed two to five days later, some returned: the more so the higher
 * the amount and the worse the shop. The same at any time and place.
 */
public final class SampleOrders {
  private static final LocalDate FIRST_DAY = LocalDate.of(2024, 1, 1);
  private static final int DAYS = 70;
  private static final int ORDERS_A_DAY = 60;
  private static final int SHOPS = 8;
  private static final long SEED = 42;

  private SampleOrders() {}

  /** Writes {@code orders/<date>.csv} and {@code outcomes/<date>.csv}. */
  public static void write(Path landing) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    TreeMap<LocalDate, List<String>> outcomes = new TreeMap<>();
    Files.createDirectories(landing.resolve("orders"));
    Files.createDirectories(landing.resolve("outcomes"));
    for (int day = 0; day < DAYS; day++) {
      LocalDate date = FIRST_DAY.plusDays(day);
      List<String> orders = new ArrayList<>(List.of("order_id,ordered_at,shop,amount"));
      for (int i = 0; i < ORDERS_A_DAY; i++) {
        String id = "%s-%03d".formatted(date, i);
        LocalDateTime ordered = date.atStartOfDay().plusSeconds(i * 86_400L / ORDERS_A_DAY);
        int shop = random.nextInt(SHOPS);
        int amount = 5 + random.nextInt(195);
        orders.add("%s,%sZ,shop_%d,%d.00".formatted(id, text(ordered), shop, amount));
        boolean returned = random.nextDouble() < 0.03 + 0.05 * shop + 0.0015 * amount;
        LocalDateTime closed = ordered.plusSeconds(172_800 + random.nextInt(259_200));
        outcomes
            .computeIfAbsent(closed.toLocalDate(), d -> new ArrayList<>())
            .add("%s,shop_%d,%sZ,%s".formatted(id, shop, text(closed), returned));
      }
      Files.write(landing.resolve("orders/" + date + ".csv"), orders);
    }
    for (int day = 0; day < DAYS; day++) {
      LocalDate date = FIRST_DAY.plusDays(day);
      List<String> lines = new ArrayList<>(List.of("order_id,shop,closed_at,returned"));
      lines.addAll(outcomes.getOrDefault(date, List.of()));
      Files.write(landing.resolve("outcomes/" + date + ".csv"), lines);
    }
  }

  /** With seconds always, which {@link LocalDateTime#toString} leaves out where they are zero. */
  private static String text(LocalDateTime time) {
    return "%s:%02d".formatted(time.toString().substring(0, 16), time.getSecond());
  }
}
