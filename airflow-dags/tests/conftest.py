"""Airflow keeps nothing in the user's home while these tests run."""

import os
import tempfile

FOLDER = tempfile.TemporaryDirectory(prefix="penstock-airflow-")
os.environ["AIRFLOW_HOME"] = FOLDER.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
