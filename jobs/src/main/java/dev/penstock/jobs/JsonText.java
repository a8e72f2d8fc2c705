package dev.penstock.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** What commands print for machines. */
final class JsonText {
  private JsonText() {}

  /** Maps, records, lists, texts and numbers in one line of JSON. */
  static String of(Object content) {
    try {
      return new ObjectMapper().writeValueAsString(content);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
