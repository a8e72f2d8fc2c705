package dev.penstock.jobs.pipeline;

import java.util.List;
import java.util.stream.Collectors;

/** A pipeline file, or what belongs to it, is wrong: a retry won't help. Holds all problems. */
public final class PipelineFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient List<Problem> problems;

  public PipelineFileException(List<Problem> problems) {
    super(problems.stream().sorted().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = problems.stream().sorted().toList();
  }

  /** All problems, by file and line; never empty. */
  public List<Problem> problems() {
    return problems;
  }
}
