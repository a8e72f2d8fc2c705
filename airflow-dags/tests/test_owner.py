"""When a run that uses another pipeline's tables goes on."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pendulum
import pytest
from airflow.sdk import DAG, Asset

from penstock_airflow import OwnerSensor

OWNER = Asset(name="penstock.orders", uri="penstock://orders")


class Events(list):
    """Events of an Asset, as a task's context gives them."""

    def ascending(self, ascending: bool) -> Events:
        return self if ascending else Events(reversed(self))

    def limit(self, most: int) -> Events:
        return Events(self[:most])


def looks(events: list[dict | None], since: timedelta | None = None, date: str | None = None) -> bool:
    with DAG("users", schedule=None, start_date=pendulum.datetime(2024, 1, 1)):
        sensor = OwnerSensor(task_id="await_orders", asset=OWNER, every="1d", time_zone="UTC")
    first = datetime.now(timezone.utc) - since if since is not None else None
    return sensor.poke(
        {
            "params": {"date": date},
            "dag_run": SimpleNamespace(run_type="scheduled", data_interval_start=datetime(2024, 1, 31, tzinfo=timezone.utc)),
            "inlet_events": {OWNER: Events(SimpleNamespace(extra=extra) for extra in events)},
            "ti": SimpleNamespace(get_first_reschedule_date=lambda context: first),
        }
    )


@pytest.mark.parametrize(
    ("events", "goes_on"),
    [
        ([], False),
        ([{"slice": "2024-01-30"}], False),
        ([{"slice": "2024-01-31"}, {"slice": "2024-01-30"}], True),  # a mended day after it
        ([{"slice": "2024-02-01"}], True),  # its own event was lost
        ([{}, None], False),  # of somebody else
    ],
)
def test_waits_for_the_interval(events, goes_on) -> None:
    assert looks(events) is goes_on


def test_the_date_that_was_asked_for_counts() -> None:
    assert looks([{"slice": "2024-01-30"}], date="2024-01-30") is True


def test_goes_on_when_patience_ends() -> None:
    assert looks([], since=timedelta(minutes=29)) is False
    assert looks([], since=timedelta(minutes=31)) is True


def test_is_no_worker_while_it_waits() -> None:
    with DAG("users", schedule=None, start_date=pendulum.datetime(2024, 1, 1)):
        sensor = OwnerSensor(task_id="await_orders", asset=OWNER, every="1d", time_zone="UTC")
    assert (sensor.mode, sensor.inlets) == ("reschedule", [OWNER])
