"""Is a card payment fraud? `./penstock demo` makes up the data and runs this file over it."""

# penstock dags, configuration 03b928ba9ac2c85503d20a6047d0a09b7a4ca8654f1d4aec89e465d22a3e2e55
# Written by ./penstock dags; the next one writes it anew. Changes of your own go into penstock_hooks/card_fraud.py beside this file.
from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param
from penstock_airflow import PenstockOperator, alert, customise, retry_policy

DOC = """
### card_fraud
Is a card payment fraud? `./penstock demo` makes up the data and runs this file over it.

| | |
|---|---|
| every | 1d, UTC |
| source transactions | key transaction_id; refused by any of 5 rules |
| source chargebacks | key transaction_id |
| source customers | key customer_id |
| source cards | key card_id |
| source terminals | key terminal_id |
| table outcomes | of transactions, chargebacks |
| features terminal_risk | from outcomes by terminal_id |
| features card_activity | from transactions by card_id |
| features customer | from customers by customer_id |
| features card | from cards by card_id |
| features terminal | from terminals by terminal_id |
| predicts | reason = 'fraud' of each row of transactions |
| model features | terminal_risk, card_activity, customer, card, terminal, amount, channel, hour, amount_to_mean |
| candidates | logistic-regression, gradient-boosted-trees, chosen by pr-auc |
| retrain | on drift or performance or age > 30d, not within 11d of the last training |

A refused slice fails its task without a retry: mend the file, or `./penstock gate accept card_fraud SOURCE --date D --reason R`, then clear the task.
"""

ARGUMENTS = {
    "owner": "penstock",
    "pipeline": "card_fraud",
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
    dag_id="card_fraud",
    description="Is a card payment fraud? `./penstock demo` makes up the data and runs this file over it.",
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
    tags=["penstock", "card_fraud"],
) as interval:
    ingest = PenstockOperator(
        task_id="ingest",
        pool="penstock.card_fraud.sources",
        outlets=[Asset(name="penstock.card_fraud", uri="penstock://card_fraud")],
    )
    features = PenstockOperator(task_id="features", pool="penstock.card_fraud.features")
    score = PenstockOperator(task_id="score", pool="penstock.card_fraud.predictions")
    monitor = PenstockOperator(
        task_id="monitor",
        arguments=["--trigger", "--report"],  # a decision to retrain starts card_fraud.train, once
        pool="penstock.card_fraud.decisions",
    )
    ingest >> features >> score >> monitor

with DAG(
    dag_id="card_fraud.train",
    description="Trains card_fraud for an interval; an accepted version becomes the champion",
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
    tags=["penstock", "card_fraud"],
) as training:
    train = PenstockOperator(task_id="train", arguments=["--no-promote"], pool="penstock.card_fraud.models")
    promote = PenstockOperator(task_id="promote", pool="penstock.card_fraud.models")
    train >> promote

customise(interval, training)
