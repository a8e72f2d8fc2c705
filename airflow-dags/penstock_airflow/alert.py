"""Tells a webhook that a task failed."""

from __future__ import annotations

import json
import logging
import urllib.request
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from penstock_airflow.exit_codes import JobFailed

if TYPE_CHECKING:
    from airflow.sdk import Context

CONNECTION = "penstock_alerts"
SECONDS = 10
_log = logging.getLogger(__name__)


def alert(context: Context) -> None:
    """An ``on_failure_callback``: posts the failure as JSON to the HTTP connection ``penstock_alerts``.

    The connection's host is the webhook, a whole URL (a password, if there is one, is the URL instead, so that it is masked). Without the
    connection the failure is only logged. Nothing that goes wrong here fails anything.
    """
    try:
        message = failure_of(context)
        try:
            connection = BaseHook.get_connection(CONNECTION)
        except AirflowNotFoundException:
            _log.warning("no connection %s, so nobody is told: %s", CONNECTION, json.dumps(message))
            return
        url = connection.password or connection.host or ""
        if "://" not in url:
            url = f"{connection.schema or 'https'}://{url}" + (f":{connection.port}" if connection.port else "")
        request = urllib.request.Request(url, json.dumps(message).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            _log.info("told the webhook of %s: %s", CONNECTION, response.status)
    except Exception as e:  # an alert must not hide what it tells of
        _log.warning("could not tell the webhook of %s: %s", CONNECTION, type(e).__name__)


def failure_of(context: Context) -> dict[str, Any]:
    """What the webhook is told."""
    ti = context["ti"]
    exception = context.get("exception")
    lines = str(exception or "").splitlines()
    return {
        "dag": ti.dag_id,
        "task": ti.task_id,
        "run": ti.run_id,
        "interval": getattr(ti.task, "interval", None),
        "try": ti.try_number,
        "exit_code": exception.exit_code if isinstance(exception, JobFailed) else None,
        "message": lines[0] if lines else None,
        "log_url": getattr(ti, "log_url", None),
    }
