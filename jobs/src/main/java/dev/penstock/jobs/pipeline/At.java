package dev.penstock.jobs.pipeline;

import org.yaml.snakeyaml.nodes.Node;

/** Where the reader is: the file that the node stands in, the node's key path, its line. */
record At(String file, String path, int line) {
  At key(String key, int keyLine) {
    return new At(file, path.isEmpty() ? key : path + "." + key, line == 0 ? 0 : keyLine);
  }

  At item(int index, Node item) {
    return new At(file, path + "[" + index + "]", line == 0 ? 0 : YamlText.line(item));
  }
}
