"""Point-in-time features of a Penstock warehouse, in a PySpark notebook.

    store = penstock.open(spark, "build/warehouse")
    store.groups()
    store.features("carrier_delays")
    store.join(rows, as_of="ts", features=["carrier_delays.late_share_7d", "plane"])

Spark needs penstock.jar: start it with ``--jars build/penstock.jar``, or with
``SparkSession.builder.config("spark.jars", "build/penstock.jar")``. The features are computed in
the JVM, by the engine that makes training sets and predictions.
"""

from __future__ import annotations

import html
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Tuple, TypeVar, cast

from py4j.java_gateway import JavaPackage  # type: ignore[import-untyped]
from pyspark.errors import IllegalArgumentException
from pyspark.sql import DataFrame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Feature", "FeatureStore", "Group", "Listing", "open"]

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Group:
    """A feature group: features by the same key columns, from one table.

    name: how ``join`` knows it.
    by: the columns that rows must have to be joined with its features; none: any rows.
    source: the table whose rows are the events.
    meaning: what the pipeline file says the group is about; empty if it says nothing.
    owner: the pipeline that declares it.
    """

    name: str
    by: Tuple[str, ...]
    source: str
    meaning: str
    owner: str


@dataclass(frozen=True)
class Feature:
    """A feature.

    name: how ``join`` knows it, ``<group>.<feature>``.
    type: as SQL writes it.
    meaning: what it is, and how it is computed.
    owner: the pipeline that declares it.
    """

    name: str
    type: str
    meaning: str
    owner: str

    @property
    def column(self) -> str:
        """Its column in what ``join`` returns, and in training sets."""
        return self.name.replace(".", "__", 1)


class Listing(List[_Item]):
    """A list that shows itself as a table."""

    def _cells(self) -> List[List[str]]:
        if not self:
            return []
        header = [field.name for field in fields(cast(Any, self[0]))]
        return [header] + [[_text(value) for value in astuple(cast(Any, item))] for item in self]

    def __repr__(self) -> str:
        rows = self._cells()
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)
        return "\n".join(line.rstrip() for line in lines) or "(none)"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in self._cells())
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


class FeatureStore:
    """The feature groups of a warehouse; made by ``penstock.open``."""

    def __init__(self, java_store: Any) -> None:
        self._java = java_store

    def groups(self) -> Listing[Group]:
        """All feature groups, by name."""
        return Listing(
            Group(
                name=stored.name(),
                by=tuple(stored.definition().group().by()),
                source=getattr(stored.definition().group(), "from")(),
                meaning=stored.definition().description().orElse(""),
                owner=stored.owner(),
            )
            for stored in self._java.groups()
        )

    def features(self, group: Optional[str] = None) -> Listing[Feature]:
        """All features, or those of one group, in the order of their columns.

        Raises ValueError if there is no such group.
        """
        stored_groups = [_asking(self._java.group, group)] if group else self._java.groups()
        return Listing(
            Feature(f"{stored.name()}.{feature.name()}", type_, feature.meaning(), stored.owner())
            for stored in stored_groups
            for feature, type_ in zip(stored.definition().features(), stored.types())
        )

    def join(
        self,
        rows: DataFrame,
        as_of: str,
        features: Sequence[str],
        predicting: Optional[str] = None,
        roles: Optional[Mapping[str, Tuple[str, Mapping[str, str]]]] = None,
    ) -> DataFrame:
        """The rows with features as they were at each row's own time.

        Each row comes back exactly once with all its columns, duplicates too, in no promised
        order; then come the columns ``<group>__<feature>`` in the order asked for. An event counts
        if it was known at the row's time. Runs a small Spark job or two at once; the rows should
        be the same whenever they are read.

        rows: with the groups' key columns and a column of times.
        as_of: the column of times, TIMESTAMP; a row without a time has null features.
        features: each ``<group>.<feature>``, or ``<group>`` for all of it.
        predicting: the table that the rows are rows of, with its key columns: what is said of the
            newest event then leaves the row itself out, as in training and scoring.
        roles: groups by other columns of the rows, each under a name of its own, as the weather
            at ``dest``: ``{"dest_weather": ("airport_weather", {"airport": "dest"})}``.

        Raises ValueError if a group, feature, table or column is missing or of another type than
        needed.
        """
        if isinstance(features, str):
            raise ValueError(f"features must be a list of names, as [{features!r}]")
        store = self._java if predicting is None else _asking(self._java.predicting, predicting)
        for role, (group, columns) in (roles or {}).items():
            store = _asking(store.inRole, role, group, dict(columns))
        joined = _asking(store.join, rows._jdf, as_of, list(features))
        return DataFrame(joined, rows.sparkSession)


def open(spark: SparkSession, warehouse: str) -> FeatureStore:
    """Opens a warehouse, the folder that holds ``sources/`` and ``features/``.

    Raises ValueError if there is no feature group, RuntimeError if Spark does not have Penstock.
    """
    try:
        java_class = spark._jvm.dev.penstock.features.FeatureStore  # type: ignore[union-attr]
    except AttributeError:
        raise RuntimeError(
            "Spark Connect has no way into the JVM; open a classic session, as"
            " SparkSession.builder.master('local[*]')"
        ) from None
    if isinstance(java_class, JavaPackage):
        raise RuntimeError(
            "penstock.jar is not on Spark's class path: start Spark with --jars build/penstock.jar,"
            ' or with SparkSession.builder.config("spark.jars", "build/penstock.jar");'
            " a session that runs already must be stopped first"
        )
    return FeatureStore(_asking(java_class.open, spark._jsparkSession, warehouse))


def _asking(method: Any, *arguments: Any) -> Any:
    """What the JVM answers; what it refuses is a ValueError, without its stack trace."""
    try:
        return method(*arguments)
    except IllegalArgumentException as refused:
        raise ValueError(cast(Any, refused).desc) from None
