"""README's code blocks do what they say."""

import re

import deltalake
import duckdb
import pytest
from conftest import blocks

PYTHON = [block for block in blocks("python") if "SparkSession.builder" not in block]


def test_there_are_blocks_to_run():
    assert len(PYTHON) == 4
    assert len(blocks("sql")) == 1


@pytest.mark.parametrize("block", PYTHON, ids=[block.splitlines()[0] for block in PYTHON])
def test_python(block, notebook):
    """Nothing in it fails, and what it asserts holds."""
    exec(block, dict(notebook))


def test_tables(notebook):
    """What the lines of the PySpark block give, which the block itself throws away."""
    block = next(block for block in PYTHON if "sources/orders_orders" in block and "spark" in block)
    names = dict(notebook)
    counts = []
    for line in block.splitlines():
        if line.startswith("orders = "):
            exec(line, names)
        elif not line.startswith("#"):
            counts.append(eval(line, names).count())
    orders, known, features, predictions, failed = counts
    assert orders == 46 * 60
    assert known == 31 * 60
    assert features == 8
    assert predictions == 2 * 60
    assert failed == 2, "the refused row, and that there was no champion"


def test_duckdb(checkout):
    """All but the extension, which can't be had here: deltalake opens what delta_scan would."""
    install, *queries = [q.strip() for q in blocks("sql")[0].split("\n", 1)[1].splitlines()]
    assert install == "INSTALL delta; LOAD delta;"
    results = [run(query) for query in queries]
    current, refused, scored = results
    assert len(current) == 46 * 60
    assert refused == [(["amount"], 1)]
    assert [(version, day) for version, day, _ in sorted(scored)] == [
        ("v1", "2024-02-14"),
        ("v1", "2024-02-15"),
    ]


def run(query):
    path = re.search(r"delta_scan\('(.*?)'\)", query)
    table = deltalake.DeltaTable(path.group(1)).to_pyarrow_dataset()
    with duckdb.connect() as connection:
        connection.register("scanned", table)
        return connection.sql(query.replace(path.group(0), "scanned").rstrip(";")).fetchall()
