"""The loop on a real Airflow, in the order of the tests: each continues in the warehouse of the one before it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import landing
import warehouse
from real_airflow import RealAirflow, wait_for

ROOT = Path(__file__).parents[2]
CONF = Path(__file__).parent / "conf"
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
def airflow(place: Place, dags: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    real = RealAirflow(tmp_path_factory.mktemp("airflow"), dags, place.environment)
    try:
        real.start()
        for pool in ("sources", "features", "predictions", "decisions", "models"):
            real.call("POST", "pools", {"name": f"penstock.{DAG}.{pool}", "slots": 1})
        wait_for("parsed DAGs", lambda: real.knows(DAG) and real.knows(f"{DAG}.train"), 60)
        real.unpause(DAG)
        real.unpause(f"{DAG}.train")
        yield real
    finally:
        real.stop()


def test_2_a_daily_run_goes_through_spark_submit(airflow: RealAirflow, place: Place) -> None:
    run = airflow.trigger(DAG, date(2024, 1, 11))
    assert airflow.wait(DAG, run) == "success"
    assert airflow.tasks(DAG, run) == {task: ("success", 1) for task in ("ingest", "features", "score", "monitor")}
    ingested = airflow.xcom(DAG, run, "ingest")
    assert ingested.pop("seconds") > 0
    assert ingested == {
        "interval": "2024-01-11",
        "exit_code": 0,
        "rows": {"chargebacks": {"added": 22}, "transactions": {"added": 299, "quarantined": 1}},
    }
    assert airflow.xcom(DAG, run, "score")["predictions"] == 299
    for table in ("sources/transactions", "sources/chargebacks", "features/card_activity", "predictions/payments"):
        assert any('"slice": "2024-01-11"' in row for row in warehouse.rows(warehouse.tables(place.warehouse)[table])), table
