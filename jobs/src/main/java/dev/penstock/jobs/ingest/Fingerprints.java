package dev.penstock.jobs.ingest;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ledger.Fingerprint;
import dev.penstock.jobs.ledger.SliceRecord;
import dev.penstock.jobs.pipeline.ConfigHash;
import dev.penstock.jobs.pipeline.DerivedTable;
import dev.penstock.jobs.pipeline.Source;
import dev.penstock.jobs.pipeline.Table;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Fingerprints of slices: hashes of all that can change their rows, and of nothing else. */
public final class Fingerprints {
  private final RunContext run;

  public Fingerprints(RunContext run) {
    this.run = run;
  }

  String ofSource(Source source, String slice, List<FileBook.PlannedFile> files) {
    List<String> content = new ArrayList<>();
    for (FileBook.PlannedFile file : files) {
      content.add(
          String.join(" ", file.file().name(), file.file().hash(), file.file().arrival().name()));
    }
    Map<String, String> parts = parts(source, referencedTables(source), slice);
    parts.put(Fingerprint.FILES, hash(content));
    return new Fingerprint(parts).text();
  }

  String ofDerived(DerivedTable table, String slice) {
    Set<String> read = new TreeSet<>(table.reads().keySet());
    read.addAll(referencedTables(table));
    return new Fingerprint(parts(table, read, slice)).text();
  }

  private Map<String, String> parts(Table table, Collection<String> read, String slice) {
    Map<String, String> parts = new HashMap<>();
    parts.put(Fingerprint.CONFIGURATION, ConfigHash.of(table, cadence()));
    for (String name : read) {
      String path = RunContext.sourceTable(name);
      parts.put(path, ofTable(path, slice));
    }
    return parts;
  }

  private String cadence() {
    return run.cadence().every().text() + " " + run.cadence().zone();
  }

  /** The tables that a table's gate looks values up in. */
  static Collection<String> referencedTables(Table table) {
    TreeSet<String> names = new TreeSet<>();
    table.gate().quarantine().references().values().forEach(target -> names.add(target.table()));
    table.gate().refuse().references().values().forEach(target -> names.add(target.table()));
    table.gate().warn().references().values().forEach(target -> names.add(target.table()));
    return names;
  }

  /** The fingerprint of what a table held at the end of a slice. */
  public String ofTable(String table, String lastSlice) {
    List<String> parts = new ArrayList<>();
    parts.add(table);
    for (SliceRecord row : run.ledger().committedUpTo(table, lastSlice)) {
      if (row.counts().filesSeen() == 0 && row.counts().rowsSeen() == 0) {
        continue; // nothing came
      }
      parts.add(row.slice() + " " + row.fingerprint());
    }
    return hash(parts);
  }

  /** The SHA-256 of texts, in hexadecimal; their borders count. */
  public static String hash(Collection<String> parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
