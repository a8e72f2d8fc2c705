"""How time is cut into intervals, as the Java class ``Cadence`` does it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from airflow.sdk import Context

EVERY = ("15m", "1h", "1d", "1w", "month")


def slice_of(instant: datetime, every: str, time_zone: str) -> str:
    """The name of the interval that ``instant`` (aware) lies in: days, weeks and months are the zone's, shorter ones are counted in UTC.

    :raises ValueError: if ``every`` is none of :data:`EVERY` or the instant has no zone
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    utc = instant.astimezone(timezone.utc)
    day: date = instant.astimezone(ZoneInfo(time_zone)).date()
    if every == "15m":
        return f"{utc:%Y-%m-%dT%H}{utc.minute // 15 * 15:02d}"
    if every == "1h":
        return f"{utc:%Y-%m-%dT%H}"
    if every == "1d":
        return day.isoformat()
    if every == "1w":
        return (day - timedelta(days=day.weekday())).isoformat()
    if every == "month":
        return f"{day:%Y-%m}"
    raise ValueError(f"'{every}' is no unit of intervals; it is one of {', '.join(EVERY)}")


def named(text: str, every: str) -> str:
    """The name of the interval that ``text`` names: itself, or for weeks and months also a date in it, as in ``--date``."""
    if every == "1w":
        day = date.fromisoformat(text)
        return (day - timedelta(days=day.weekday())).isoformat()
    return text[:7] if every == "month" else text


def of_run(context: Context, every: str, time_zone: str) -> str | None:
    """The interval that a run is for: its parameter ``date``, else the one that its data interval starts in. None: nothing says which."""
    if given := context["params"].get("date"):
        return named(given, every)
    run = context["dag_run"]
    # A run that Assets started has the time of their events, which is no interval of the pipeline.
    if run.run_type == "asset_triggered" or not run.data_interval_start:
        return None
    return slice_of(run.data_interval_start, every, time_zone)
