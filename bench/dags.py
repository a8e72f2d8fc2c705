"""What bench/dags measures: arguments are the launcher, a scratch folder and the number of pipelines."""

import gc
import multiprocessing
import statistics
import subprocess
import sys
import time
from pathlib import Path

PIPELINE = """
pipeline: p{i}
description: Will an order of shop {i} be returned?
every: 1d
sources:
  p{i}_orders:
    csv: landing/{i}/orders/{{date}}.csv
    columns: order_id STRING, ordered_at TIMESTAMP, shop STRING, amount DOUBLE
    key: order_id
    event-time: ordered_at
    gate: {{quarantine: {{amount: amount > {i}}}, refuse: {{row-count: {{at-least: 10}}, not-null: {{shop: 99%}}}}}}
  p{i}_outcomes:
    csv: landing/{i}/outcomes/{{date}}.csv
    columns: order_id STRING, shop STRING, closed_at TIMESTAMP, returned BOOLEAN
    key: order_id
    event-time: closed_at
features:
  p{i}_returns: {{from: p{i}_outcomes, by: shop, windows: [7d, 30d], aggregate: {{share: share(returned), outcomes: count(*)}}}}
model:
  predict: {{each: p{i}_orders, as-of: ordered_at}}
  label: {{from: p{i}_outcomes, value: returned, matures-after: 14d}}
  features: [p{i}_returns, amount, hour: hour(ordered_at)]
  split: {{train: 14d, holdout: 7d}}
  candidates: [logistic-regression]
  choose-by: roc-auc
retrain: {{any: [drift, age > 30d]}}
"""


def main(launcher: str, folder: Path, number: int) -> bool:
    pipelines = folder / "conf" / "pipelines"
    pipelines.mkdir(parents=True)
    (folder / "conf" / "environments.yaml").write_text("local: {warehouse: warehouse}\n")
    for i in range(number):
        (pipelines / f"p{i}.yaml").write_text(PIPELINE.format(i=i))
    generate = [launcher, "dags", "--conf-dir", str(folder / "conf"), "--out", str(folder / "dags")]
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - begin)
    held = check(f"{number} pipelines generated, median of 3", statistics.median(seconds), 5)
    return parse(folder / "dags", number) and held


def parse(folder: Path, number: int) -> bool:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.dag import DagModel
    from airflow.models.dag_version import DagVersion
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    initdb()
    files = sorted(folder.glob("*.py"))
    parse_one(files[0])  # the first import of Airflow
    gc.freeze()
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as processes:
        seconds = processes.map(parse_one, files[1:], chunksize=1)
    held = check("CPU time of a file parsed, the slowest", max(seconds), 0.1)
    print(f"CPU time of a file parsed, median {statistics.median(seconds):.4f} s")
    some = files[:: max(1, number // 20)]
    counts = []
    with create_session() as session:
        session.merge(DagBundleModel(name="bench"))
        session.commit()
        for _ in range(3):
            for path in some:
                for dag in DagBag(dag_folder=str(path)).dags.values():
                    session.merge(DagModel(dag_id=dag.dag_id, bundle_name="bench", fileloc=dag.fileloc))
                    session.flush()
                    SerializedDagModel.write_dag(LazyDeserializedDAG.from_dag(dag), bundle_name="bench", session=session)
            session.commit()
            counts.append(session.scalar(select(func.count()).select_from(DagVersion)))
    print(f"DAG versions of {len(some)} files after each of three parses: {counts}")
    return held and counts == [2 * len(some)] * 3


def parse_one(path: Path) -> float:
    """CPU seconds. Airflow's DAG processor freezes what it has imported and parses each file in a process of its own: else one in 300 would
    pay a third of a second for Python's look for garbage among Airflow's half a million objects and those of the files before."""
    from airflow.dag_processing.dagbag import DagBag

    begin = time.process_time()
    bag = DagBag(dag_folder=str(path))
    seconds = time.process_time() - begin
    assert not bag.import_errors and len(bag.dags) == 2, (path, bag.import_errors)
    return seconds


def check(what: str, seconds: float, most: float) -> bool:
    print(f"{'held' if seconds <= most else 'NOT HELD'}: {what}: {seconds:.3f} s, at most {most:g}")
    return seconds <= most


sys.exit(0 if main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])) else 1)
