"""The operator that every generated task is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowException

from penstock_airflow.exit_codes import InputNotThere, Job, Refused, WrongCall, exit_code_in, failure
from penstock_airflow.facts import LastSummary
from penstock_airflow.intervals import of_run

if TYPE_CHECKING:
    from airflow.sdk import Context


class PenstockOperator(SparkSubmitOperator):
    """Runs one of Penstock's jobs for one interval, by the launcher's ``spark-submit`` and the Spark connection ``conn_id``.

    The interval is the run's parameter ``date``, else the one that the run's data interval starts in: the same at every try. On the
    worker, ``PENSTOCK_HOME`` says where Penstock is.

    The task's XCom is a small map of what came of the run (:class:`LastSummary`), also when a gate refused or an input is missing. A
    driver that runs elsewhere (deploy mode cluster) prints nothing here: then it has only the interval and the exit code, and of a
    driver that failed on a standalone cluster not even that is known. There, a lost worker's retry takes up the running driver again if
    the connection says how to ask for it: on YARN by the extra ``yarn_resourcemanager_webapp_address``, on Kubernetes by ``namespace``, on
    a standalone cluster by ``rest-port`` (6066 without it). A driver on the worker dies with it, and the job's retry mends what it left.

    :param pipeline: its name
    :param every: how long an interval is: 15m, 1h, 1d, 1w or month
    :param time_zone: of days, weeks and months
    :param settings: options that all of the pipeline's jobs get, as ``--env prod``
    :param job: the command; None: the task's id
    :param arguments: of the command, after those that all jobs get (templated)
    """

    template_fields: Sequence[str] = (*SparkSubmitOperator.template_fields, "arguments")

    def __init__(
        self,
        *,
        pipeline: str,
        every: str,
        time_zone: str,
        settings: Sequence[str] = (),
        job: str | None = None,
        arguments: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(java_class="dev.penstock.jobs.Main", **kwargs)
        self.pipeline = pipeline
        self.every = every
        self.time_zone = time_zone
        self.settings = list(settings)
        self.job = job or self.task_id
        self.arguments = list(arguments)
        #: What the run is about; None before it is executed.
        self.interval: str | None = None
        self._said = LastSummary()

    def execute(self, context: Context) -> dict[str, Any]:  # type: ignore[override]  # the provider returns nothing
        """Runs the job.

        :raises JobFailed: for every exit code but 0
        """
        self.interval = self._interval(context)
        job = Job(self.job, self.pipeline, self.interval)
        home = self._home(job)
        self.name = f"penstock {self.job} {self.pipeline} {self.interval}"
        self.application = str(home / "build" / "penstock.jar")
        self.application_args = [self.job, self.pipeline, "--date", self.interval, *self.settings, "--json", *self.arguments]
        self._spark_binary = str(home / "airflow-dags" / "spark-submit")
        # A retry takes up the driver of the try before it; a cleared task starts another, and only clearing moves max_tries.
        self.external_id_key = f"{type(self).external_id_key}_{context['ti'].max_tries}"
        try:
            super().execute(context)
        except (AirflowException, RuntimeError) as e:
            code = exit_code_in(str(e))
            failed = failure(code, job)
            if code is not None and isinstance(failed, (Refused, InputNotThere)):
                context["ti"].xcom_push("return_value", self._said.facts(self.interval, code))
            raise failed from e
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra["slice"] = self.interval
        return self._said.facts(self.interval, 0)

    def _interval(self, context: Context) -> str:
        interval = of_run(context, self.every, self.time_zone)
        if interval is None:
            raise WrongCall(
                f"{self.job} {self.pipeline}: the run has no data interval, so nothing says which interval it is for; trigger it with the "
                "parameter date"
            )
        return interval

    @staticmethod
    def _home(job: Job) -> Path:
        home = os.environ.get("PENSTOCK_HOME")
        what = f"{job.name} {job.pipeline} for {job.interval}"
        if not home:
            raise WrongCall(f"{what}: PENSTOCK_HOME is not set on this worker; set it to the folder that holds Penstock's checkout")
        if not (Path(home) / "airflow-dags" / "spark-submit").is_file():
            raise WrongCall(f"{what}: PENSTOCK_HOME={home} holds no airflow-dags/spark-submit; set it to the folder that holds Penstock's checkout")
        return Path(home)

    def _get_hook(self) -> SparkSubmitHook:
        hook = super()._get_hook()
        if hook._connection["deploy_mode"] == "cluster":
            extra = hook.get_connection(self._conn_id).extra_dejson
            self._yarn_track_via_rm_api |= hook._is_yarn and SparkSubmitHook._YARN_RM_WEBAPP_ADDRESS_EXTRA_KEY in extra
            self._track_driver_via_k8s_api |= hook._is_kubernetes and bool(hook._connection["namespace"])
            if hook._is_yarn and not self._yarn_track_via_rm_api:
                self.durable = False
            hook = super()._get_hook()
        process = hook._process_spark_submit_log
        setattr(hook, process.__name__, lambda lines: process(self._said.listen(lines)))
        return hook
