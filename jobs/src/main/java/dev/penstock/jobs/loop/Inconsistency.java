package dev.penstock.jobs.loop;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A state that no finished run leaves behind.
 *
 * @param table where it is, under the warehouse
 * @param slice the interval that it is about; empty if it is about the whole table
 * @param what is wrong, in a sentence
 * @param remedy what mends it
 */
public record Inconsistency(String table, Optional<String> slice, String what, String remedy) {

  static Inconsistency of(String table, String what, String remedy) {
    return new Inconsistency(table, Optional.empty(), what, remedy);
  }

  static Inconsistency of(String table, String slice, String what, String remedy) {
    return new Inconsistency(table, Optional.of(slice), what, remedy);
  }

  /** For people: one line. */
  public String line() {
    return table + slice.map(name -> " " + name).orElse("") + ": " + what + "; " + remedy;
  }

  /** For machines. */
  public Map<String, String> json() {
    Map<String, String> json = new LinkedHashMap<>();
    json.put("table", table);
    slice.ifPresent(name -> json.put("slice", name));
    json.put("what", what);
    json.put("remedy", remedy);
    return json;
  }
}
