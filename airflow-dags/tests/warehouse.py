"""Whether two warehouses hold the same tables, as DESIGN says it: equal row sets, leaving out wall times, durations, costs, attempts, tokens, versions."""

from __future__ import annotations

import json
from pathlib import Path

from deltalake import DeltaTable

# Per run or per commit, not of the data.
LEFT_OUT = {
    "run", "run_id", "token", "attempt", "attempts", "started_at", "ended_at", "recorded_at", "at", "seconds", "core_seconds", "cost",
    "table_version", "table_versions", "txn", "transaction", "created_at", "promoted_at",
}  # fmt: skip


def tables(warehouse: Path) -> dict[str, Path]:
    """The Delta tables of a warehouse, by their path in it."""
    return {str(log.parent.relative_to(warehouse)): log.parent for log in sorted(warehouse.rglob("_delta_log"))}


def rows(table: Path) -> list[str]:
    """A table's rows, sorted, each as text."""
    read = DeltaTable(str(table)).to_pyarrow_table().to_pylist()
    return sorted(json.dumps({name: value for name, value in row.items() if name not in LEFT_OUT}, default=str, sort_keys=True) for row in read)
