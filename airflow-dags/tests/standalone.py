"""A real Spark standalone cluster on this machine, that of ``conf/cluster/standalone``."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from real_airflow import free_port

SCRIPT = Path(__file__).parents[2] / "conf" / "cluster" / "standalone"


class StandaloneCluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rest = free_port()
        self._environment = {**os.environ, "CLUSTER_DIR": str(folder), "REST_PORT": str(self.rest)}
        self.url = self._call("start").strip()

    def stop(self) -> None:
        self._call("stop")

    def _call(self, verb: str) -> str:
        done = subprocess.run([SCRIPT, verb], env=self._environment, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def connections(self) -> dict[str, str]:
        """Airflow's: ``standalone`` starts drivers on the cluster, ``standalone_client`` on the worker."""
        client = {"conn_type": "spark", "host": self.url}
        cluster = {**client, "extra": {"deploy-mode": "cluster", "rest-port": str(self.rest)}}
        return {"AIRFLOW_CONN_STANDALONE": json.dumps(cluster), "AIRFLOW_CONN_STANDALONE_CLIENT": json.dumps(client)}

    def drivers(self) -> list[str]:
        """All that were ever started on it, in their order."""
        return sorted(driver.name for driver in self.folder.glob("work-*/driver-*"))

    def applications(self) -> list[str]:
        """The names of all that ever ran on it, in their order."""
        return re.findall(r"Registering app (.*)", (self.folder / "master.log").read_text())
