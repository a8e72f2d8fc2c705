"""Waiting for another pipeline's tables."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, BaseSensorOperator

from penstock_airflow.intervals import of_run

if TYPE_CHECKING:
    from airflow.sdk import Context


class OwnerSensor(BaseSensorOperator):
    """Waits until the pipeline that owns tables under ``uses:`` has brought in the run's interval, by the events of its Asset.

    It is a wake-up only: Airflow may lose or merge events, so after ``patience`` the run goes on without one. Whether the tables are there
    is for the ingest job to say, which ends with 5 if they are not and is tried again. Between two looks the worker is free.

    :param asset: the owner's; its events carry ``slice``
    :param every: how long an interval is
    :param time_zone: of days, weeks and months
    :param patience: how long to wait for the event
    """

    def __init__(
        self,
        *,
        asset: Asset,
        every: str,
        time_zone: str,
        patience: timedelta = timedelta(minutes=30),
        poke_interval: float = 120,
        **kwargs: Any,
    ) -> None:
        super().__init__(mode="reschedule", poke_interval=poke_interval, timeout=2 * patience.total_seconds() + 3600, inlets=[asset], **kwargs)
        self.asset = asset
        self.every = every
        self.time_zone = time_zone
        self.patience = patience

    def poke(self, context: Context) -> bool:
        """Whether to go on; at once if nothing says which interval the run is for, which ingest complains of."""
        wanted = of_run(context, self.every, self.time_zone)
        if wanted is None:
            return True
        events = context["inlet_events"][self.asset].ascending(False).limit(100)
        if any(str((event.extra or {}).get("slice", "")) >= wanted for event in events):
            self.log.info("%s has brought in %s", self.asset.name, wanted)
            return True
        first = context["ti"].get_first_reschedule_date(context)
        if first and datetime.now(timezone.utc) - first > self.patience:
            self.log.info("%s has not told of %s within %s: going on, the job itself looks", self.asset.name, wanted, self.patience)
            return True
        return False
