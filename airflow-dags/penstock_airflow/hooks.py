"""A user's own changes to generated DAGs."""

from __future__ import annotations

import importlib

from airflow.sdk import DAG


def customise(*dags: DAG) -> None:
    """Calls ``customise(dag)`` of ``penstock_hooks/<pipeline>.py`` beside the DAG files for each DAG, if there is such a file.

    What goes wrong inside the file is not caught: it is the DAG's import error.
    """
    pipeline = dags[0].dag_id.partition(".")[0]
    name = f"penstock_hooks.{pipeline}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as e:
        if e.name in (name, "penstock_hooks"):
            return
        raise
    for dag in dags:
        module.customise(dag)
