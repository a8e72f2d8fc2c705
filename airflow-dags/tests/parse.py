"""Parses DAG files and prints as JSON their tasks, edges, serialised forms and how many queries the database was asked."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

from airflow.models.serialized_dag import SerializedDagModel
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from sqlalchemy import event
from sqlalchemy.engine import Engine

queries: list[str] = []
event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: queries.append(statement))

dags = {}
for file in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for dag in (value for value in vars(module).values() if isinstance(value, DAG)):
        edges = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
        dags[dag.dag_id] = {"edges": edges, "serialised": SerializedDagModel.hash(DagSerialization.to_dict(dag))}  # makes a DAG's version
print(json.dumps({"queries": len(queries), "dags": dags}))
