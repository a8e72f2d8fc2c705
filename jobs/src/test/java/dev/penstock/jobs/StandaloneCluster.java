package dev.penstock.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The standalone cluster of {@code conf/cluster/standalone}: a master and two workers. */
record StandaloneCluster(Path folder, String url) implements AutoCloseable {

  static StandaloneCluster start(Path folder) throws IOException {
    return new StandaloneCluster(folder, call(folder, "start").strip());
  }

  @Override
  public void close() throws IOException {
    call(folder, "stop");
  }

  private static String call(Path folder, String verb) throws IOException {
    Path output = Files.createTempFile("standalone", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(System.getProperty("penstock.root") + "/conf/cluster/standalone", verb);
    builder.environment().put("CLUSTER_DIR", folder.toString());
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    int exit = builder.start().onExit().join().exitValue();
    String said = Files.readString(output);
    if (exit != 0) {
      throw new IOException("standalone %s ended with %d: %s".formatted(verb, exit, said));
    }
    return said;
  }
}
