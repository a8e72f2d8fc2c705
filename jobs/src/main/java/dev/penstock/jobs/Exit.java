package dev.penstock.jobs;

import dev.penstock.jobs.airflow.AirflowException;
import dev.penstock.jobs.pipeline.PipelineFileException;
import dev.penstock.lake.LostWriteException;
import dev.penstock.lake.MissingTableException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** What exit codes mean, and which failure exits with which: the one place. */
public final class Exit implements CommandLine.IExecutionExceptionHandler {
  /** Done; "not accepted", "no champion yet" and "retrain" are results too. */
  public static final int DONE = 0;

  /** Unexpected; a retry may help. */
  public static final int UNEXPECTED = 1;

  /** Wrong options or a wrong file; a retry won't help. */
  public static final int WRONG = 2;

  /** A gate refused the slice. */
  public static final int REFUSED = 3;

  /** Another run wrote the table meanwhile. */
  public static final int CONFLICT = 4;

  /** An input is not there yet; retry later. */
  public static final int NOT_YET = 5;

  /** A mistake of the user that no pipeline file holds, such as a date; exits with 2. */
  public static final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UserException(String message) {
      super(message);
    }
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PipelineFileException || cause instanceof UserException) {
        err.println(cause.getMessage());
        return WRONG;
      }
      if (cause instanceof AirflowException airflow) {
        err.println(cause.getMessage());
        return airflow.mayPass() ? UNEXPECTED : WRONG;
      }
      if (cause instanceof LostWriteException) {
        err.println(cause.getMessage());
        return CONFLICT;
      }
      if (cause instanceof MissingTableException) {
        err.println(cause.getMessage() + "; run the interval that brings it first");
        return NOT_YET;
      }
    }
    failure.printStackTrace(err);
    return UNEXPECTED;
  }
}
