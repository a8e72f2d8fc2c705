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
from pathlib import Path

import pytest

import landing
import warehouse
from losing_proxy import LosingProxy
from real_airflow import PASSWORD, USER, RealAirflow, wait_for

ROOT = Path(__file__).parents[2]
CONF = Path(__file__).parent / "conf"
GRID = ROOT / "airflow-dags" / "target" / "grid.png"  # README's picture is a copy
DAG = "payments"
FIRST, HISTORY_ENDS = date(2024, 1, 1), date(2024, 1, 10)
HOOKS = """
from datetime import datetime, timedelta, timezone


def customise(dag):
    dag.end_date = datetime(2024, 2, 1, tzinfo=timezone.utc)  # nothing starts by itself
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=1)
"""


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

    def penstock(self, *arguments: str, exits: int = 0) -> str:
        done = subprocess.run([ROOT / "penstock", *arguments], env={**os.environ, **self.environment}, capture_output=True, text=True)
        assert done.returncode == exits, done.stdout + done.stderr
        return done.stdout

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
    place.penstock("run", DAG, "--from", str(FIRST), "--to", str(HISTORY_ENDS))
    return place


@pytest.fixture(scope="session")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dags")
    Place(folder).penstock("dags", "--out", str(folder))
    (folder / "penstock_hooks").mkdir()
    (folder / "penstock_hooks" / f"{DAG}.py").write_text(HOOKS)
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
def airflow(place: Place, dags: Path, proxy: LosingProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    real = RealAirflow(tmp_path_factory.mktemp("airflow"), dags, place.environment)
    proxy.upstream = real.port
    try:
        real.start()
        made = place.penstock("airflow", "pools", DAG)
        assert made.splitlines() == [f"created penstock.{DAG}.{pool}" for pool in ("sources", "features", "predictions", "decisions", "models")]
        wait_for("parsed DAGs", lambda: real.knows(DAG) and real.knows(f"{DAG}.train"), 60)
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
    wait_for("the job", lambda: bool(processes_of("ingest", "2024-01-12")), 60)
    wait_for("rows that are being written", lambda: '"slice": "2024-01-12"' in "".join(warehouse.rows(place.warehouse / "checks")), 60)
    kill("ingest", "2024-01-12")
    assert airflow.wait(DAG, run) == "success"
    state, tries = airflow.tasks(DAG, run)["ingest"]
    assert state == "success" and tries > 1
    assert warehouse.differences(place.warehouse, undisturbed.warehouse) == []


def processes_of(job: str, day: str) -> list[int]:
    """The task's process and the job's JVM; empty if the job does not run."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"org.apache.spark.deploy.SparkSubmit" in command and {job.encode(), day.encode()} <= set(command):
            return [parent, int(process.name)]
    return []


def kill(job: str, day: str) -> None:
    """What happens when a worker's machine is lost."""
    for process in processes_of(job, day):
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


def test_4_a_refused_slice_stops_the_day_until_it_is_mended(airflow: RealAirflow, place: Place) -> None:
    day = date(2024, 1, 15)
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
    assert "exit 3: a gate refused the slice; mend the file, or ./penstock gate accept payments" in airflow.log(DAG, run, "ingest")
    landing.write_day(place.landing, day)
    clear = {"dry_run": False, "dag_run_id": run, "task_ids": ["ingest"], "include_downstream": True, "only_failed": False}
    airflow.call("POST", f"dags/{DAG}/clearTaskInstances", clear)
    assert airflow.wait(DAG, run) == "success"
    assert airflow.xcom(DAG, run, "score")["predictions"] == 599


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
