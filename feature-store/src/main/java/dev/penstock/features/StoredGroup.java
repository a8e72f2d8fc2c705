package dev.penstock.features;

import java.util.List;

/**
 * A feature group of a warehouse.
 *
 * @param definition how it is computed, as of the newest slice of its table
 * @param owner the pipeline that declares it
 * @param types of the features, as SQL writes them, in their order
 */
public record StoredGroup(GroupDefinition definition, String owner, List<String> types) {
  public StoredGroup {
    types = List.copyOf(types);
  }

  /** Its name. */
  public String name() {
    return definition.group().name();
  }
}
