"""The package without a running Airflow."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pendulum
import pytest
from airflow.sdk import DAG, Asset, RetryAction

from penstock_airflow import PenstockOperator, alert, customise, retry_policy
from penstock_airflow.exit_codes import InputNotThere, Job, Refused, Unexpected, WrittenMeanwhile, WrongCall, exit_code_in, failure
from penstock_airflow.facts import LastSummary
from penstock_airflow.intervals import named, slice_of
from webhook import Webhook

MODULE = Path(__file__).parents[1]

SUMMARY = {
    "pipeline": "orders",
    "from": "2024-03-01",
    "tables": {"orders": {"rows_added": 4, "rows_quarantined": 1}, "returns": {"rows_added": 0, "rows_quarantined": 0}},
    "refused": [],
    "decisions": ["2024-03-01 keep"],
    "predictions": 4,
    "seconds": 1.5,
    "core_seconds": 3.0,
}


def test_its_types_hold() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", "target/mypy"], cwd=MODULE, capture_output=True, text=True, check=False
    )
    files = len(list((MODULE / "penstock_airflow").glob("*.py")))
    assert checked.stdout + checked.stderr == f"Success: no issues found in {files} source files\n"


@pytest.mark.parametrize(
    ("every", "zone", "start", "slice"),
    [
        ("1d", "UTC", "2013-01-31T00:00:00+00:00", "2013-01-31"),
        ("1d", "America/New_York", "2013-03-10T05:00:00+00:00", "2013-03-10"),  # clocks go forward in it: 23 hours
        ("1d", "America/New_York", "2013-03-11T04:00:00+00:00", "2013-03-11"),
        ("1d", "America/New_York", "2013-03-11T03:59:59+00:00", "2013-03-10"),
        ("1d", "Europe/Berlin", "2013-10-26T22:00:00+00:00", "2013-10-27"),  # 25 hours
        ("1d", "Europe/Berlin", "2013-10-27T22:59:59+00:00", "2013-10-27"),
        ("1w", "Europe/Berlin", "2013-03-30T23:00:00+00:00", "2013-03-25"),
        ("1w", "UTC", "2012-12-31T00:00:00+00:00", "2012-12-31"),
        ("month", "America/New_York", "2013-02-01T04:59:59+00:00", "2013-01"),
        ("1h", "America/New_York", "2013-01-31T05:00:00+00:00", "2013-01-31T05"),
        ("15m", "Asia/Kathmandu", "2013-01-31T05:29:59+00:00", "2013-01-31T0515"),
    ],
)
def test_names_an_interval_as_cadence_does(every: str, zone: str, start: str, slice: str) -> None:
    assert slice_of(datetime.fromisoformat(start), every, zone) == slice


def test_refuses_instants_without_a_zone_and_unknown_units() -> None:
    with pytest.raises(ValueError, match="2013-01-31 00:00:00 has no time zone"):
        slice_of(datetime(2013, 1, 31), "1d", "UTC")
    with pytest.raises(ValueError, match="'2d' is no unit of intervals; it is one of 15m, 1h, 1d, 1w, month"):
        slice_of(datetime(2013, 1, 31, tzinfo=timezone.utc), "2d", "UTC")


def test_a_date_names_the_week_or_month_that_it_lies_in() -> None:
    assert [named("2013-01-31", every) for every in ("1d", "1w", "month")] == ["2013-01-31", "2013-01-28", "2013-01"]
    assert named("2013-01", "month") == "2013-01"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Cannot execute: x --name 'Error code'. Error code is: 3.\nLast spark-submit output:", 3),
        ("Cannot execute: x. Error code is: 1. Kubernetes spark exit code is: 5", 5),
        ("Spark application spark-1 failed (phase=Failed exit_code=3 reason=Error)", 3),
        ("Error code is: -9.", -9),
        ("No driver id is known", None),
    ],
)
def test_reads_the_exit_code_in_the_hooks_message(message: str, code: int | None) -> None:
    assert exit_code_in(message) == code


JOB = Job("ingest", "orders", "2024-03-01")
POLICY = retry_policy(input_not_there=timedelta(minutes=7))


@pytest.mark.parametrize(
    ("code", "kind", "says", "action", "delay"),
    [
        (2, WrongCall, "wrong options or pipeline file; mend what the log names (./penstock check orders), then clear this task", RetryAction.FAIL, None),
        (
            3,
            Refused,
            "a gate refused the slice; mend the file, or ./penstock gate accept orders SOURCE --date 2024-03-01 --actor A --reason R; "
            "then clear this task",
            RetryAction.FAIL,
            None,
        ),
        (
            5,
            InputNotThere,
            "an input is not there yet, or the owner of a used table has not run the interval; it is tried later while retries are left; "
            "./penstock plan orders --date 2024-03-01 names what is awaited",
            RetryAction.RETRY,
            timedelta(minutes=7),
        ),
        (4, WrittenMeanwhile, "another run wrote the table meanwhile; a retry helps", RetryAction.DEFAULT, None),
        (1, Unexpected, "unexpected; the trace is in this log; a retry may help", RetryAction.DEFAULT, None),
        (137, Unexpected, "unexpected; the trace is in this log; a retry may help", RetryAction.DEFAULT, None),
    ],
)
def test_says_what_an_exit_code_means_and_retries_by_it(code, kind, says, action, delay) -> None:
    failed = failure(code, JOB)
    assert type(failed) is kind
    assert str(failed) == f"ingest orders for 2024-03-01: exit {code}: {says}"
    decision = POLICY.evaluate(failed, 1, 5)
    assert (decision.action, decision.retry_delay) == (action, delay)


def test_says_where_the_reason_is_when_there_is_no_exit_code() -> None:
    failed = failure(None, JOB)
    assert type(failed) is Unexpected
    assert str(failed) == (
        "ingest orders for 2024-03-01: no exit code: the reason is in this log, or in that of the driver on the cluster; a retry may help"
    )
    assert POLICY.evaluate(failed, 1, 5).action == RetryAction.DEFAULT


def test_keeps_the_facts_of_the_last_summary() -> None:
    said = LastSummary()
    lines = ['{"pipeline": "no summary"\n', '{"pipeline":"older"}\n', json.dumps(SUMMARY, separators=(",", ":")) + "\n", "done\n"]
    assert list(said.listen(lines)) == lines
    assert said.facts("2024-03-01", 0) == {
        "interval": "2024-03-01",
        "exit_code": 0,
        "decisions": ["2024-03-01 keep"],
        "predictions": 4,
        "seconds": 1.5,
        "rows": {"orders": {"added": 4, "quarantined": 1}},
    }


def test_has_no_facts_without_a_whole_summary() -> None:
    said = LastSummary()
    assert said.facts("2024-03-01", 3) == {"interval": "2024-03-01", "exit_code": 3}
    list(said.listen(['{"pipeline":"orders","fro']))
    assert said.facts("2024-03-01", 1) == {"interval": "2024-03-01", "exit_code": 1}


class Events(dict):
    def __missing__(self, key):
        self[key] = SimpleNamespace(extra={})
        return self[key]


class Pushed(list):
    """A task instance that keeps what is pushed."""

    max_tries = 5

    def xcom_push(self, key: str, value: object) -> None:
        self.append((key, value))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A PENSTOCK_HOME whose spark-submit prints its arguments and a summary, and exits as $EXIT says."""
    script = tmp_path / "airflow-dags" / "spark-submit"
    script.parent.mkdir()
    script.write_text(
        f"#!/bin/sh\nfor a; do echo \"$a\"; done >{tmp_path}/arguments\necho '{json.dumps(SUMMARY, separators=(',', ':'))}'\nexit ${{EXIT:-0}}\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_SPARK_DEFAULT", json.dumps({"conn_type": "spark", "host": "local[2]"}))
    return tmp_path


def task(**kwargs) -> PenstockOperator:
    with DAG("orders", schedule=None, start_date=pendulum.datetime(2024, 1, 1), default_args={"pipeline": "orders", "settings": ["--env", "prod"]}):
        return PenstockOperator(task_id="ingest", every="1d", time_zone="UTC", conn_id="spark_default", **kwargs)


def context(date=None, run_type="scheduled", start=None) -> dict:
    return {
        "params": {"date": date},
        "dag_run": SimpleNamespace(run_type=run_type, data_interval_start=start),
        "outlet_events": Events(),
        "ti": Pushed(),
    }


def test_submits_the_job_of_the_data_interval(home) -> None:
    asset = Asset("penstock://orders")
    of_run = context(start=datetime(2024, 3, 1, tzinfo=timezone.utc))
    facts = task(arguments=["--trigger"], outlets=[asset]).execute(of_run)
    assert (home / "arguments").read_text().splitlines() == [
        *("--master", "local[2]", "--name", "penstock ingest orders 2024-03-01", "--class", "dev.penstock.jobs.Main"),
        *(f"{home}/build/penstock.jar", "ingest", "orders", "--date", "2024-03-01", "--env", "prod", "--json", "--trigger"),
    ]
    assert facts["rows"] == {"orders": {"added": 4, "quarantined": 1}}
    assert of_run["outlet_events"][asset].extra == {"slice": "2024-03-01"}


def test_the_date_that_was_asked_for_goes_before_the_data_interval(home) -> None:
    assert task().execute(context(date="2024-02-03", start=datetime(2024, 3, 1, tzinfo=timezone.utc)))["interval"] == "2024-02-03"


def test_fails_without_an_interval_or_a_home(home, monkeypatch) -> None:
    for of_run in (context(run_type="manual"), context(run_type="asset_triggered", start=datetime(2024, 3, 1, tzinfo=timezone.utc))):
        with pytest.raises(WrongCall) as nothing:
            task().execute(of_run)
        assert str(nothing.value) == (
            "ingest orders: the run has no data interval, so nothing says which interval it is for; trigger it with the parameter date"
        )
    monkeypatch.setenv("PENSTOCK_HOME", "/nowhere")
    with pytest.raises(WrongCall) as elsewhere:
        task().execute(context(date="2024-03-01"))
    assert str(elsewhere.value) == (
        "ingest orders for 2024-03-01: PENSTOCK_HOME=/nowhere holds no airflow-dags/spark-submit; "
        "set it to the folder that holds Penstock's checkout"
    )
    monkeypatch.delenv("PENSTOCK_HOME")
    with pytest.raises(WrongCall) as unset:
        task().execute(context(date="2024-03-01"))
    assert str(unset.value) == (
        "ingest orders for 2024-03-01: PENSTOCK_HOME is not set on this worker; set it to the folder that holds Penstock's checkout"
    )


@pytest.mark.parametrize(("code", "kind", "pushes"), [(1, Unexpected, False), (2, WrongCall, False), (3, Refused, True), (5, InputNotThere, True)])
def test_a_refused_or_missing_slice_leaves_its_facts(home, monkeypatch, code, kind, pushes) -> None:
    monkeypatch.setenv("EXIT", str(code))
    of_run = context(date="2024-03-01")
    with pytest.raises(kind):
        task().execute(of_run)
    assert [(key, facts["exit_code"], facts["predictions"]) for key, facts in of_run["ti"]] == ([("return_value", code, 4)] if pushes else [])


@pytest.mark.parametrize(
    ("connection", "durable", "by_api"),
    [
        ({"host": "spark://m:7077", "extra": {"deploy-mode": "cluster"}}, True, False),
        ({"host": "yarn", "extra": {"deploy-mode": "cluster"}}, False, False),
        ({"host": "yarn", "extra": {"deploy-mode": "cluster", "yarn_resourcemanager_webapp_address": "http://rm:8088"}}, True, True),
        ({"host": "yarn", "extra": {"deploy-mode": "client", "yarn_resourcemanager_webapp_address": "http://rm:8088"}}, True, False),
    ],
)
def test_takes_up_a_running_driver_where_it_can(home, monkeypatch, connection, durable, by_api) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SPARK_DEFAULT", json.dumps({"conn_type": "spark", **connection}))
    operator = task()
    assert (operator._get_hook()._should_track_yarn_application_via_rm_api(), operator.durable) == (by_api, durable)


def test_a_hook_file_changes_the_dags(tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    dag = DAG("orders", schedule=None, tags=["a"])
    training = DAG("orders.train", schedule=None)
    customise(dag, training)  # no folder
    (tmp_path / "penstock_hooks").mkdir()
    customise(dag, training)  # no file
    (tmp_path / "penstock_hooks" / "orders.py").write_text("def customise(dag):\n    dag.tags.add('ours')\n")
    forget_hooks()
    customise(dag, training)
    assert (dag.tags, training.tags) == ({"a", "ours"}, {"ours"})


def test_an_error_in_a_hook_file_is_an_error(tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "penstock_hooks").mkdir()
    (tmp_path / "penstock_hooks" / "orders.py").write_text("import not_there\n")
    forget_hooks()
    with pytest.raises(ModuleNotFoundError, match="No module named 'not_there'"):
        customise(DAG("orders", schedule=None))


def forget_hooks() -> None:
    import importlib

    for name in [name for name in sys.modules if name.startswith("penstock_hooks")]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def webhook():
    webhook = Webhook()
    yield webhook
    webhook.close()


FAILED = {
    "ti": SimpleNamespace(
        dag_id="orders", task_id="ingest", run_id="r", try_number=2, log_url="http://a/log", task=SimpleNamespace(interval="2024-03-01")
    ),
    "exception": failure(3, JOB),
}


def test_tells_the_webhook(webhook, monkeypatch) -> None:
    for connection in ({"password": webhook.url, "host": "ignored"}, {"host": webhook.url}):
        monkeypatch.setenv("AIRFLOW_CONN_PENSTOCK_ALERTS", json.dumps({"conn_type": "http", **connection}))
        alert(FAILED)
    told = {
        "dag": "orders",
        "task": "ingest",
        "run": "r",
        "interval": "2024-03-01",
        "try": 2,
        "exit_code": 3,
        "message": str(failure(3, JOB)),
        "log_url": "http://a/log",
    }
    assert webhook.posted == [told, told]


def test_a_failing_webhook_fails_nothing(webhook, monkeypatch, caplog) -> None:
    webhook.status = 500
    monkeypatch.setenv("AIRFLOW_CONN_PENSTOCK_ALERTS", json.dumps({"conn_type": "http", "host": webhook.url}))
    alert(FAILED)
    assert len(webhook.posted) == 1
    assert caplog.messages[-1] == "could not tell the webhook of penstock_alerts: HTTPError"


def test_without_a_webhook_the_log_is_told(monkeypatch, caplog) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_PENSTOCK_ALERTS", raising=False)
    alert(FAILED)
    assert caplog.messages[-1].startswith('no connection penstock_alerts, so nobody is told: {"dag": "orders", "task": "ingest"')
