"""Will a flight leaving New York arrive more than 15 minutes late?"""

# penstock dags, configuration 234f4d33c82270f0d683f9ffaae13c796953085471a065b7fd344063046a8752
# Written by ./penstock dags; the next one writes it anew. Changes of your own go into penstock_hooks/flights.py beside this file.
from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param
from penstock_airflow import PenstockOperator, alert, customise, retry_policy

DOC = """
### flights
Will a flight leaving New York arrive more than 15 minutes late?

| | |
|---|---|
| every | 1d, UTC |
| source departures | key flight_id; refused by any of 5 rules |
| source arrivals | key flight_id |
| source weather | key origin, observed |
| source planes | key tailnum |
| source airlines | key carrier |
| features carrier_delays | from arrivals by carrier |
| features plane_last_leg | from arrivals by tailnum |
| features plane | from planes by tailnum |
| features origin_weather | from weather by origin |
| predicts | arr_delay > 15 of each row of departures |
| model features | carrier_delays, plane_last_leg, plane, origin_weather, distance, hour, weekday |
| candidates | logistic-regression, gradient-boosted-trees, chosen by pr-auc |
| retrain | on drift or performance or age > 30d, not within 7d of the last training |

A refused slice fails its task without a retry: mend the file, or `./penstock gate accept flights SOURCE --date D --reason R`, then clear the task.
"""

ARGUMENTS = {
    "owner": "penstock",
    "pipeline": "flights",
    "every": "1d",
    "time_zone": "UTC",
    "settings": ["--env", "local"],
    "conn_id": "spark_default",
    "retries": 5,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": retry_policy(input_not_there=timedelta(minutes=30)),
    "execution_timeout": timedelta(hours=6),
    "on_failure_callback": alert,
}

with DAG(
    dag_id="flights",
    description="Will a flight leaving New York arrive more than 15 minutes late?",
    doc_md=DOC,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,  # intervals in their order
    default_args=ARGUMENTS,
    params={
        "date": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-\d{2}-\d{2}$",
            title="Interval",
            description="By its start, as 2026-01-26; empty: the run's data interval.",
        ),
    },
    tags=["penstock", "flights"],
) as interval:
    ingest = PenstockOperator(
        task_id="ingest",
        pool="penstock.flights.sources",
        outlets=[Asset(name="penstock.flights", uri="penstock://flights")],
    )
    features = PenstockOperator(task_id="features", pool="penstock.flights.features")
    score = PenstockOperator(task_id="score", pool="penstock.flights.predictions")
    monitor = PenstockOperator(
        task_id="monitor",
        arguments=["--trigger", "--report"],  # a decision to retrain starts flights.train, once
        pool="penstock.flights.decisions",
    )
    ingest >> features >> score >> monitor

with DAG(
    dag_id="flights.train",
    description="Trains flights for an interval; an accepted version becomes the champion",
    doc_md=DOC,
    schedule=None,
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=ARGUMENTS,
    params={
        "date": Param(
            type="string",
            pattern=r"^\d{4}-\d{2}-\d{2}$",
            title="Interval",
            description="By its start, as 2026-01-26.",
        ),
        "reason": Param(None, type=["null", "string"], title="Reason", description="Why; for people."),
    },
    tags=["penstock", "flights"],
) as training:
    train = PenstockOperator(task_id="train", arguments=["--no-promote"], pool="penstock.flights.models")
    promote = PenstockOperator(task_id="promote", pool="penstock.flights.models")
    train >> promote

customise(interval, training)
