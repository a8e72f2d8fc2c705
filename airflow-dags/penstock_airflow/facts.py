"""What a job says of its run, cut down to what a person wants to see in Airflow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

SUMMARY = '{"pipeline":'
_KEPT = ("decisions", "trigger", "trainings", "report", "refused", "missing", "predictions", "seconds")


class LastSummary:
    """Listens to a job's output for the last line that is a summary (``--json``)."""

    def __init__(self) -> None:
        self.line: str | None = None

    def listen(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines themselves."""
        for line in lines:
            if line.startswith(SUMMARY):
                self.line = line
            yield line

    def facts(self, interval: str, exit_code: int) -> dict[str, Any]:
        """The interval, the exit code and of the summary: per table the rows added and quarantined, decisions, trainings (with the model's
        version), where the report is, refused and missing slices, predictions, seconds. Without a summary, as in cluster deploy modes, only the first two."""
        facts: dict[str, Any] = {"interval": interval, "exit_code": exit_code}
        try:
            summary = json.loads(self.line or "{}")
        except ValueError:  # the job died while it wrote the line
            return facts
        facts |= {key: summary[key] for key in _KEPT if summary.get(key) not in (None, [], {}, 0)}
        tables = {
            name: {count: numbers[f"rows_{count}"] for count in ("added", "quarantined") if numbers.get(f"rows_{count}")}
            for name, numbers in summary.get("tables", {}).items()
        }
        if any(tables.values()):
            facts["rows"] = {name: numbers for name, numbers in tables.items() if numbers}
        return facts
