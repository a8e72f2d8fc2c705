"""What the DAGs that ``penstock dags`` writes are made of."""

from penstock_airflow.alert import alert
from penstock_airflow.exit_codes import retry_policy
from penstock_airflow.hooks import customise
from penstock_airflow.operator import PenstockOperator
from penstock_airflow.owner import OwnerSensor

__all__ = ["OwnerSensor", "PenstockOperator", "alert", "customise", "retry_policy"]
