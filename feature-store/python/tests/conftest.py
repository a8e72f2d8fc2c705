"""A warehouse made by ./penstock as README says, in a folder that looks like a checkout."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAST_DAY = "2024-02-15"  # trained on the 13th, scored from the 14th
SMALL = (
    "--driver-memory 1g --driver-java-options -XX:TieredStopAtLevel=1"
    " --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false"
    " --conf spark.sql.shuffle.partitions=2 --conf spark.databricks.delta.snapshotPartitions=2"
)


def blocks(language):
    """README's code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)


def penstock(*arguments):
    subprocess.run([ROOT / "penstock", *arguments], check=True)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """The working folder of all tests; build/warehouse is the warehouse of README's `orders`."""
    folder = tmp_path_factory.mktemp("checkout")
    before = Path.cwd()
    os.chdir(folder)
    (folder / "build").mkdir()
    (folder / "build/penstock.jar").symlink_to(ROOT / "build/penstock.jar")
    penstock("init", "orders")
    shutil.copy(ROOT / "conf/environments.yaml", folder / "conf")
    with (folder / "data/orders/orders/2024-01-03.csv").open("a") as day:
        day.write("refused,2024-01-03T10:00:00Z,shop_1,-5.00\n")
    penstock("run", "orders", "--from", "2024-01-01", "--to", LAST_DAY)
    yield folder
    os.chdir(before)


@pytest.fixture(scope="session")
def notebook(checkout):
    """The names that README's Python blocks have set, once its session is started."""
    os.environ.pop("SPARK_HOME", None)  # the package brings its own
    os.environ.setdefault("SPARK_LOCAL_HOSTNAME", "localhost")
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"{SMALL} pyspark-shell"
    names = {}
    session = next(block for block in blocks("python") if "SparkSession.builder" in block)
    exec(session, names)
    yield names
    names["spark"].stop()


@pytest.fixture(scope="session")
def spark(notebook):
    return notebook["spark"]
