"""Whether two warehouses hold the same tables, as DESIGN says it: equal row sets, leaving out wall times, durations, costs, attempts, tokens, versions."""

from __future__ import annotations

import json
from pathlib import Path

from deltalake import DeltaTable

# Of the run or the commit, not of the data.
LEFT_OUT = {"run", "attempt", "transaction", "recorded_at"}
# Blind appends: what a killed run and its retry both wrote is there twice; the newest counts.
LEDGERS = {"checks", "profiles", "slices"}


def tables(warehouse: Path) -> dict[str, Path]:
    """The Delta tables of a warehouse, by their path in it."""
    return {str(log.parent.relative_to(warehouse)): log.parent for log in sorted(warehouse.rglob("_delta_log"))}


def rows(table: Path) -> list[str]:
    """A table's rows, sorted, each as text."""
    read = DeltaTable(str(table)).to_pyarrow_table().to_pylist()
    return sorted(json.dumps({name: value for name, value in row.items() if name not in LEFT_OUT}, default=str, sort_keys=True) for row in read)


def differences(one: Path, other: Path) -> list[str]:
    """The tables that differ, with the first rows that do; ``runs`` is left out: a range has no row for each interval's features."""
    found = []
    if tables(one).keys() != tables(other).keys():
        found.append(f"tables: {sorted(tables(one).keys() ^ tables(other).keys())}")
    for name in sorted(tables(one).keys() & tables(other).keys() - {"runs"}):
        ours, theirs = rows(tables(one)[name]), rows(tables(other)[name])
        if name in LEDGERS:
            ours, theirs = sorted(set(ours)), sorted(set(theirs))
        if ours != theirs:
            only_ours, only_theirs = sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))
            found.append(f"{name}: {len(ours)} and {len(theirs)} rows; {only_ours[:2]} {only_theirs[:2]}")
    return found
