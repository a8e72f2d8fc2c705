"""The loop on a real Airflow, in the order of the tests: each continues in the warehouse of the one before it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

import landing
import warehouse
from losing_proxy import LosingProxy
from real_airflow import BROKEN, PASSWORD, USER, RealAirflow, wait_for
from standalone import StandaloneCluster
from webhook import Webhook

ROOT = Path(__file__).parents[2]
CONF = Path(__file__).parent / "conf"
GRID = ROOT / "airflow-dags" / "target" / "grid.png"  # README's picture is a copy
DAG = "payments"
FIRST, HISTORY_ENDS = date(2024, 1, 1), date(2024, 1, 10)
SUBMITTED, DRIVER = "org.apache.spark.deploy.SparkSubmit", "org.apache.spark.deploy.worker.DriverWrapper"
USER_DAG = "refunds"  # of the tables of payments; from its start on
USER_START, USER_END = date(2024, 1, 14), date(2024, 1, 15)
HOOKS = {
    DAG: """
from datetime import datetime, timedelta, timezone


def customise(dag):
    dag.end_date = datetime(2024, 2, 1, tzinfo=timezone.utc)  # nothing starts by itself
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=1)
""",
    USER_DAG: """
from datetime import datetime, timedelta, timezone


def customise(dag):
    dag.end_date = datetime(2024, 1, 15, tzinfo=timezone.utc)  # two intervals
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=1)
        if task.task_id == "await_payments":
            task.poke_interval = 20  # with less a busy scheduler takes the end of one look for that of the next
        elif task.task_id == "ingest_claims":
            task.retries = 1
            task.conf = {"spark.sql.shuffle.partitions": 2, "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
        elif task.task_id == "score":
            task._conn_id = "standalone_client"
            task.conf = {"spark.sql.shuffle.partitions": 2}
        else:
            task._conn_id = "spark_default"
""",
}


class Place:
    """Landing and warehouse, and Penstock's command line over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.landing = folder / "landing"
        self.warehouse = folder / "warehouse"
        self.environment = {
            "PENSTOCK_CONF": str(CONF),
            "LANDING": str(self.landing),
            "WAREHOUSE": str(self.warehouse),
            "PENSTOCK_HOME": str(ROOT),
            "AIRFLOW_PASSWORD": PASSWORD,
        }

    def penstock(self, *arguments: str, exits: int = 0, **environment: str) -> str:
        """What it prints; its complaints too if it is to fail."""
        there = {**os.environ, **self.environment, **environment}
        done = subprocess.run([ROOT / "penstock", *arguments], env=there, capture_output=True, text=True)
        assert done.returncode == exits, done.stdout + done.stderr
        return done.stdout + (done.stderr if exits else "")

    def copy_to(self, folder: Path) -> Place:
        shutil.copytree(self.warehouse, folder / "warehouse")
        copy = Place(folder)
        copy.landing = self.landing  # files are known by their paths
        copy.environment["LANDING"] = str(self.landing)
        return copy


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Ten days of history; the first training is in them."""
    place = Place(tmp_path_factory.mktemp("place"))
    for day in range(1, 15):
        landing.write_day(place.landing, date(2024, 1, day))
    landing.write_claims(place.landing, USER_START)
    landing.write_claims(place.landing, USER_END, count=9)
    place.penstock("run", DAG, "--from", str(FIRST), "--to", str(HISTORY_ENDS))
    return place


@pytest.fixture(scope="session")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dags")
    Place(folder).penstock("dags", "--out", str(folder))
    (folder / "penstock_hooks").mkdir()
    for dag, hook in HOOKS.items():
        (folder / "penstock_hooks" / f"{dag}.py").write_text(hook)
    (folder / BROKEN).write_text("import airflow.sdk, not_there  # a DAG\n")
    (folder / ".airflowignore").write_text("penstock_hooks\n")
    return folder


@pytest.fixture(scope="session")
def proxy(place: Place) -> Iterator[LosingProxy]:
    """Between the jobs and the api-server."""
    proxy = LosingProxy()
    place.environment["PENSTOCK_AIRFLOW"] = proxy.url
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneCluster]:
    cluster = StandaloneCluster(tmp_path_factory.mktemp("spark") / "cluster")
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    yield webhook
    webhook.close()


@pytest.fixture(scope="session")
def airflow(
    place: Place, dags: Path, proxy: LosingProxy, cluster: StandaloneCluster, webhook: Webhook, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealAirflow]:
    alerts = {"AIRFLOW_CONN_PENSTOCK_ALERTS": json.dumps({"conn_type": "http", "password": webhook.url})}
    real = RealAirflow(tmp_path_factory.mktemp("airflow"), dags, {**place.environment, **cluster.connections(), **alerts})
    proxy.upstream = real.port
    try:
        real.start()
        made = place.penstock("airflow", "pools")
        assert made.splitlines() == [
            *(f"created penstock.{DAG}.{pool}" for pool in ("sources", "features", "predictions", "decisions", "models")),
            *(f"created penstock.{USER_DAG}.{pool}" for pool in ("sources.claims", "sources.findings", "predictions", "decisions", "models")),
        ]
        wait_for("parsed DAGs", lambda: all(real.knows(dag) for dag in (DAG, f"{DAG}.train", USER_DAG, f"{USER_DAG}.train")), 60)
        real.unpause(DAG)
        real.unpause(f"{DAG}.train")
        yield real
    finally:
        real.stop()


@pytest.mark.parametrize("conf", [CONF, ROOT / "conf"], ids=["tests", "shipped"])
def test_1_every_dag_parses_the_same_without_the_database(conf: Path, tmp_path: Path) -> None:
    files = tmp_path / "dags"
    subprocess.run([ROOT / "penstock", "dags", "--out", files], env={**os.environ, **Place(tmp_path).environment, "PENSTOCK_CONF": str(conf)}, check=True)
    said = []
    for seed in ("1", "2"):
        parse = [sys.executable, Path(__file__).parent / "parse.py", *sorted(files.glob("*.py"))]
        done = subprocess.run(parse, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        said.append(json.loads(done.stdout.splitlines()[-1]))
    assert said[0] == said[1]
    assert said[0]["queries"] == 0
    assert sorted(said[0]["dags"]) == sorted(dag for file in files.glob("*.py") for dag in (file.stem, f"{file.stem}.train"))
    for name, dag in said[0]["dags"].items():
        if name == USER_DAG:
            tables = ["ingest_claims", "ingest_findings"]
            assert dag["edges"] == {"await_payments": tables, **dict.fromkeys(tables, ["score"]), "score": ["monitor"], "monitor": []}
            continue
        chain = ("train", "promote") if name.endswith(".train") else ("ingest", "features", "score", "monitor")
        assert dag["edges"] == {task: list(chain[i + 1 : i + 2]) for i, task in enumerate(chain)}, name


def test_2_a_daily_run_goes_through_spark_submit(airflow: RealAirflow, place: Place) -> None:
    run = airflow.trigger(DAG, date(2024, 1, 11))
    assert airflow.wait(DAG, run) == "success"
    assert airflow.tasks(DAG, run) == {task: ("success", 1) for task in ("ingest", "features", "score", "monitor")}
    ingested = airflow.xcom(DAG, run, "ingest")
    assert ingested.pop("seconds") > 0
    assert ingested == {
        "interval": "2024-01-11",
        "exit_code": 0,
        "rows": {"chargebacks": {"added": 50}, "transactions": {"added": 599, "quarantined": 1}},
    }
    assert airflow.xcom(DAG, run, "score")["predictions"] == 599
    for table in ("sources/transactions", "sources/chargebacks", "features/card_activity", "predictions/payments"):
        assert any('"slice": "2024-01-11"' in row for row in warehouse.rows(warehouse.tables(place.warehouse)[table])), table


def test_5_a_killed_worker_is_retried_and_the_tables_are_as_if_nothing_was(airflow: RealAirflow, place: Place, tmp_path: Path) -> None:
    undisturbed = place.copy_to(tmp_path)
    undisturbed.penstock("run", DAG, "--date", "2024-01-12")
    run = airflow.trigger(DAG, date(2024, 1, 12))
    wait_for("the job", lambda: bool(processes_of(SUBMITTED, "ingest", "2024-01-12")), 60)
    wait_for("rows that are being written", lambda: '"slice": "2024-01-12"' in "".join(warehouse.rows(place.warehouse / "checks")), 60)
    kill("ingest", "2024-01-12")
    assert airflow.wait(DAG, run) == "success"
    state, tries = airflow.tasks(DAG, run)["ingest"]
    assert state == "success" and tries > 1
    assert warehouse.differences(place.warehouse, undisturbed.warehouse) == []


def processes_of(*words: str) -> list[int]:
    """A process with these words in its command line, after its parent; empty if there is none."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if {word.encode() for word in words} <= set(command):
            return [parent, int(process.name)]
    return []


def kill(job: str, day: str) -> None:
    """What happens when a worker's machine is lost."""
    for process in processes_of(SUBMITTED, job, day):
        os.kill(process, signal.SIGKILL)


def test_6_a_backfill_equals_a_run_of_the_range(airflow: RealAirflow, place: Place, tmp_path: Path) -> None:
    by_hand = place.copy_to(tmp_path)
    by_hand.penstock("run", DAG, "--from", "2024-01-13", "--to", "2024-01-14")
    backfill = {"dag_id": DAG, "from_date": "2024-01-13T00:00:00Z", "to_date": "2024-01-14T00:00:00Z", "max_active_runs": 1}
    airflow.call("POST", "backfills", backfill)

    def states() -> list[str]:
        return [run["state"] for run in airflow.call("GET", f"dags/{DAG}/dagRuns?run_type=backfill")["dag_runs"]]

    wait_for("the end of the backfill", lambda: len(states()) == 2 and set(states()) <= {"success", "failed"}, 300)
    assert states() == ["success", "success"]
    assert warehouse.differences(place.warehouse, by_hand.warehouse) == []


def scheduled(airflow: RealAirflow, day: date) -> str:
    """The id of the run that the scheduler makes for a day of the pipeline that uses others."""
    found: list[str] = []

    def look() -> bool:
        runs = airflow.call("GET", f"dags/{USER_DAG}/dagRuns")["dag_runs"]
        found.extend(run["dag_run_id"] for run in runs if run["logical_date"].startswith(str(day)))
        return bool(found)

    wait_for(f"a run for {day}", look, 60)
    return found[0]


def test_8_a_pipeline_catches_up_from_its_start_and_takes_up_a_driver_on_a_cluster(airflow: RealAirflow, cluster: StandaloneCluster) -> None:
    airflow.unpause(USER_DAG)
    wait_for("a driver", lambda: bool(processes_of(DRIVER)), 90)
    _, driver = processes_of(DRIVER)
    os.kill(driver, signal.SIGSTOP)  # it takes long
    run = scheduled(airflow, USER_START)
    wait_for("a task that polls", lambda: "Polling driver" in airflow.log(USER_DAG, run, "ingest_claims"), 60)
    os.kill(airflow.process(USER_DAG, run, "ingest_claims"), signal.SIGKILL)
    wait_for("the next try", lambda: airflow.tasks(USER_DAG, run)["ingest_claims"] == ("running", 2), 60)
    wait_for("it to poll", lambda: "Reconnecting to existing job" in airflow.log(USER_DAG, run, "ingest_claims", 2), 60)
    os.kill(driver, signal.SIGCONT)
    assert airflow.wait(USER_DAG, run) == "success"
    assert airflow.tasks(USER_DAG, run) == {
        "await_payments": ("success", 1),
        "ingest_claims": ("success", 2),
        "ingest_findings": ("success", 1),
        "score": ("success", 1),
        "monitor": ("success", 1),
    }
    assert len(cluster.drivers()) == 1
    assert cluster.applications() == ["penstock ingest", "penstock score"]
    assert airflow.xcom(USER_DAG, run, "ingest_claims") == {"interval": "2024-01-14", "exit_code": 0}
    assert airflow.xcom(USER_DAG, run, "ingest_findings")["rows"] == {"findings": {"added": 1}}
    assert airflow.xcom(USER_DAG, run, "score")["interval"] == "2024-01-14"
    following = scheduled(airflow, USER_END)
    wait_for("the owner to be awaited", lambda: airflow.tasks(USER_DAG, following)["await_payments"][0] == "up_for_reschedule", 60)
    ended, began = (airflow.call("GET", f"dags/{USER_DAG}/dagRuns/{name}") for name in (run, following))
    assert ended["end_date"] <= began["start_date"]


def test_4_a_refused_slice_stops_the_day_until_it_is_accepted(airflow: RealAirflow, place: Place, webhook: Webhook) -> None:
    day = USER_END
    landing.write_day(place.landing, day)
    landing.cut_off(place.landing, day)
    run = airflow.trigger(DAG, day)
    assert airflow.wait(DAG, run) == "failed"
    assert airflow.tasks(DAG, run) == {
        "ingest": ("failed", 1),
        "features": ("upstream_failed", 0),
        "score": ("upstream_failed", 0),
        "monitor": ("upstream_failed", 0),
    }
    facts = airflow.xcom(DAG, run, "ingest")
    assert (facts["exit_code"], len(facts["refused"])) == (3, 1)
    message = (
        "ingest payments for 2024-01-15: exit 3: a gate refused the slice; mend the file, or ./penstock gate accept payments SOURCE "
        "--date 2024-01-15 --actor A --reason R; then clear this task"
    )
    assert message in airflow.log(DAG, run, "ingest")
    wait_for("an alert", lambda: bool(webhook.posted), 10)
    [told] = webhook.posted
    assert told.pop("log_url").startswith(f"{airflow.url}/dags/payments/runs/{run}/tasks/ingest")
    assert told == {"dag": DAG, "task": "ingest", "run": run, "interval": "2024-01-15", "try": 1, "exit_code": 3, "message": message}
    failed = f"{DAG} {run} is failed\nit failed; its logs: {place.environment['PENSTOCK_AIRFLOW']}/dags/{DAG}/runs/{run}\n"
    assert place.penstock("airflow", "wait", DAG, run, exits=1) == failed
    assert airflow.tasks(USER_DAG, scheduled(airflow, day))["ingest_claims"] == (None, 0)
    said = place.penstock("gate", "accept", DAG, "transactions", "--date", str(day), "--actor", "ann", "--reason", "the shops were closed")
    assert said.splitlines() == [
        "slice 2024-01-15 of transactions is accepted by ann: the shops were closed",
        "its rows are in quarantine until the next run for 2024-01-15 commits them",
    ]
    airflow.clear(DAG, run, "ingest")
    assert airflow.wait(DAG, run) == "success"
    assert airflow.xcom(DAG, run, "ingest")["rows"]["transactions"] == {"added": 49, "quarantined": 1}
    assert airflow.xcom(DAG, run, "score")["predictions"] == 49


def test_9_a_user_goes_on_after_the_owner_and_a_refused_slice_on_the_cluster_is_mended(
    airflow: RealAirflow, cluster: StandaloneCluster, place: Place, webhook: Webhook
) -> None:
    run = scheduled(airflow, USER_END)
    assert airflow.wait(USER_DAG, run) == "failed"
    tasks = airflow.tasks(USER_DAG, run)
    assert tasks.pop("await_payments")[0] == "success"  # Airflow counts some of a sensor's looks as tries
    assert tasks == {
        "ingest_claims": ("failed", 2),
        "ingest_findings": ("success", 1),
        "score": ("upstream_failed", 0),
        "monitor": ("upstream_failed", 0),
    }
    log = airflow.log(USER_DAG, run, "ingest_claims", 2)
    assert f"Driver {cluster.drivers()[-1]} exited with status FAILED" in log
    message = "ingest refunds for 2024-01-15: no exit code: the reason is in this log, or in that of the driver on the cluster; a retry may help"
    assert message in log
    wait_for("an alert", lambda: len(webhook.posted) == 2, 10)
    assert (webhook.posted[1]["dag"], webhook.posted[1]["exit_code"], webhook.posted[1]["message"]) == (USER_DAG, None, message)
    landing.write_claims(place.landing, USER_END)
    airflow.clear(USER_DAG, run, "ingest_claims")
    assert airflow.wait(USER_DAG, run) == "success"
    assert len(cluster.drivers()) == 4
    claims = warehouse.rows(warehouse.tables(place.warehouse)["sources/claims"])
    assert sum('"slice": "2024-01-15"' in row for row in claims) == 20
    airflow.clear(USER_DAG, run, "ingest_claims", downstream=False)
    assert airflow.wait(USER_DAG, run) == "success"
    assert len(cluster.drivers()) == 5  # it does not take up the driver from before it was cleared
    first, second = sorted(airflow.call("GET", f"dags/{USER_DAG}/dagRuns")["dag_runs"], key=lambda run: str(run["logical_date"]))
    assert [first["logical_date"][:10], second["logical_date"][:10]] == [str(USER_START), str(USER_END)]
    assert [first["run_type"], second["run_type"]] == ["scheduled", "scheduled"]


def test_3_drift_starts_one_training_though_the_answer_is_lost_and_the_monitor_dies(airflow: RealAirflow, place: Place, proxy: LosingProxy) -> None:
    day = date(2024, 1, 16)
    landing.write_day(place.landing, day, drift=8)
    versions = len(warehouse.rows(place.warehouse / "models/versions"))
    run = airflow.trigger(DAG, day)
    wait_for("an answer that was lost", proxy.has_lost.is_set, 180)
    kill("monitor", str(day))
    proxy.open()
    assert airflow.wait(DAG, run) == "success"
    assert airflow.tasks(DAG, run)["monitor"] == ("success", 2)
    facts = airflow.xcom(DAG, run, "monitor")
    assert facts["decisions"][0].startswith("2024-01-16: retrain: drift of ")
    assert facts["trigger"]["outcome"] == "attached"
    assert facts["report"] == f"file:{place.warehouse}/reports/payments.html"
    assert "2024-01-16" in (place.warehouse / "reports" / "payments.html").read_text()
    trainings = airflow.call("GET", f"dags/{DAG}.train/dagRuns")["dag_runs"]
    assert [training["dag_run_id"] for training in trainings] == [facts["trigger"]["run_id"]]
    assert trainings[0]["conf"]["date"] == "2024-01-16"
    assert airflow.wait(f"{DAG}.train", facts["trigger"]["run_id"]) == "success"
    assert airflow.xcom(f"{DAG}.train", facts["trigger"]["run_id"], "train")["trainings"][0].startswith("2024-01-16: v")
    assert len(warehouse.rows(place.warehouse / "models/versions")) == versions + 1
    assert "nothing to deliver" in place.penstock("trigger", DAG)


def test_10_the_command_line_asks_airflow(airflow: RealAirflow, place: Place, tmp_path: Path) -> None:
    ask = partial(place.penstock, "airflow", PENSTOCK_AIRFLOW=airflow.url)
    health = [f"{part:<14} healthy" for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")]
    status = ask("status", DAG, "--date", "2024-01-11").splitlines()
    assert sorted(status[:4]) == sorted(health)
    assert status[4:] == [f"{DAG}: on", "  success  test__2024-01-11", f"{DAG}.train: on"]
    status = ask("status", USER_DAG, "--date", "2024-01-11").splitlines()
    assert status[4:] == [f"{USER_DAG}: on", f"{USER_DAG}.train: paused: its runs stay queued"]
    train = ("trigger", USER_DAG, "--date", "2024-01-15")
    assert ask(*train, exits=1) == f"DAG {USER_DAG}.train is paused, a run would stay queued; unpause it in Airflow\n"
    wrong = f"Airflow at {airflow.url} refuses the password of user {USER}; correct airflow: in environments.yaml, or the secret that it names\n"
    assert ask(*train, exits=2, AIRFLOW_PASSWORD="wrong") == wrong

    (tmp_path / "pipelines").mkdir()
    own = (CONF / "pipelines" / f"{DAG}.yaml").read_text()
    (tmp_path / "pipelines" / "absent.yaml").write_text(own.replace(f"pipeline: {DAG}", "pipeline: absent"))
    shutil.copy(CONF / "environments.yaml", tmp_path)
    status = ask("status", "absent", PENSTOCK_CONF=str(tmp_path)).splitlines()
    assert status[4:] == [f"{dag}: not parsed yet, or not in Airflow's DAG folder" for dag in ("absent", "absent.train")]
    unknown = ask("trigger", "absent", "--date", "2024-01-15", "--timeout", "3s", exits=1, PENSTOCK_CONF=str(tmp_path))
    assert unknown == (
        "Airflow knows no DAG absent.train; write it with ./penstock dags, put it into Airflow's DAG folder and give Airflow a minute "
        f"(it cannot import {BROKEN})\n"
    )
    nobody = f"no run nobody of {DAG}.train or {DAG} is there; ./penstock airflow status names the newest\n"
    assert ask("wait", DAG, "nobody", exits=2) == nobody

    train = ("trigger", DAG, "--date", "2024-01-16")
    created, follow = ask(*train).splitlines()
    run = created.split()[2]
    assert created == f"created run {run} of {DAG}.train"
    assert follow == f"follow it: ./penstock airflow wait {DAG} {run}"
    assert ask(*train).startswith(f"run {run} of {DAG}.train is there already (")
    assert ask("wait", DAG, run).splitlines()[-1] == f"{DAG}.train {run} is success"


def test_7_a_person_sees_the_grid(airflow: RealAirflow) -> None:
    from playwright.sync_api import sync_playwright

    chromium = ROOT / "jobs" / "src" / "test" / "bin" / "chromium"  # installs one where there is none
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, timeout=300_000)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{airflow.url}/auth/login/")
        page.fill("input[name=username]", USER)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/auth/login" not in url)
        page.goto(f"{airflow.url}/dags/{DAG}")
        page.get_by_text("monitor", exact=True).first.wait_for()
        page.wait_for_timeout(2000)  # the bars are drawn after the names
        page.screenshot(path=str(GRID))
        browser.close()
    assert GRID.stat().st_size > 10_000
