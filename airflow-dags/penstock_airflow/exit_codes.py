"""A job's exit code as an exception, and what Airflow does about each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException

_EXIT_CODE = re.compile(r"(?:Kubernetes spark exit code is: |Error code is: |phase=Failed exit_code=)(-?\d+)")


class JobFailed(AirflowException):
    """A job ended with an exit code that is not 0."""

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Unexpected(JobFailed):
    """Exit 1 and every code that Penstock does not give, as when a job is killed: a retry may help."""


class WrongCall(JobFailed):
    """Exit 2: wrong options or pipeline file, or no PENSTOCK_HOME or interval. A retry does not help."""


class Refused(JobFailed):
    """Exit 3: a gate refused the slice. A retry gives the same verdict."""


class WrittenMeanwhile(JobFailed):
    """Exit 4: another run wrote the table meanwhile. A retry helps."""


class InputNotThere(JobFailed):
    """Exit 5: an input is not there yet. A retry helps, later."""


@dataclass(frozen=True)
class Job:
    """What messages say of a job.

    :param interval: by its slice
    """

    name: str
    pipeline: str
    interval: str


def exit_code_in(message: str) -> int | None:
    """The exit code in the message of the Spark hook; with several, the last (on Kubernetes the driver's). None: it names none."""
    codes = _EXIT_CODE.findall(message)
    return int(codes[-1]) if codes else None


def failure(code: int | None, job: Job) -> JobFailed:
    """The exception for an exit code; its message says what the code means and what to do.

    :param code: None if spark-submit did not get as far as giving one, or if a standalone cluster ran the driver
    """
    what = f"{job.name} {job.pipeline} for {job.interval}"
    date = f"--date {job.interval}"
    if code == 2:
        kind: type[JobFailed] = WrongCall
        says = f"exit 2: wrong options or pipeline file; mend what the log names (./penstock check {job.pipeline}), then clear this task"
    elif code == 3:
        kind = Refused
        says = (
            f"exit 3: a gate refused the slice; mend the file, or ./penstock gate accept {job.pipeline} SOURCE {date} "
            "--actor A --reason R; then clear this task"
        )
    elif code == 4:
        kind, says = WrittenMeanwhile, "exit 4: another run wrote the table meanwhile; a retry helps"
    elif code == 5:
        kind = InputNotThere
        says = (
            "exit 5: an input is not there yet, or the owner of a used table has not run the interval; it is tried later while retries "
            f"are left; ./penstock plan {job.pipeline} {date} names what is awaited"
        )
    else:
        kind = Unexpected
        says = (
            "no exit code: the reason is in this log, or in that of the driver on the cluster; a retry may help"
            if code is None
            else f"exit {code}: unexpected; the trace is in this log; a retry may help"
        )
    return kind(f"{what}: {says}", code)


def retry_policy(input_not_there: timedelta = timedelta(minutes=30)) -> ExceptionRetryPolicy:
    """What does not change by itself fails at once; an input that is not there is awaited for ``input_not_there``; the rest takes the
    task's own backoff. Nothing goes past the task's ``retries``."""
    return ExceptionRetryPolicy(
        rules=[
            RetryRule(WrongCall, RetryAction.FAIL, reason="exit 2: a retry does not help"),
            RetryRule(Refused, RetryAction.FAIL, reason="exit 3: a gate refused the slice, a retry gives the same verdict"),
            RetryRule(InputNotThere, RetryAction.RETRY, input_not_there, reason="exit 5: an input is not there yet"),
        ]
    )
