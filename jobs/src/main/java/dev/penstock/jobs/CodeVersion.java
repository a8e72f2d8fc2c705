package dev.penstock.jobs;

import java.util.Optional;

/** The program's version, as its jar says. */
final class CodeVersion implements picocli.CommandLine.IVersionProvider {
  /** The version; {@code unpacked} when the program does not run from its jar. */
  static String text() {
    return Optional.ofNullable(CodeVersion.class.getPackage().getImplementationVersion())
        .orElse("unpacked");
  }

  @Override
  public String[] getVersion() {
    return new String[] {"penstock " + text()};
  }
}
