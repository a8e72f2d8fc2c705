"""The module against the warehouse of a real run."""

import ast
import subprocess
import sys
from datetime import datetime
from types import SimpleNamespace

import pytest
from conftest import ROOT

import penstock
from penstock import Feature, Group

GROUP = "orders_shop_returns"


@pytest.fixture(scope="module")
def store(notebook):
    return penstock.open(notebook["spark"], notebook["warehouse"])


@pytest.fixture(scope="module")
def rows(spark):
    return spark.createDataFrame(
        [
            ("shop_1", datetime(2024, 2, 1, 12), 1),
            ("shop_1", datetime(2024, 2, 1, 12), 1),
            ("nowhere", datetime(2024, 2, 1, 12), 2),
            ("shop_1", None, 3),
        ],
        "shop STRING, ts TIMESTAMP, mine INT",
    )


def test_groups_are_listed_with_meaning_and_owner(store):
    assert store.groups() == [
        Group(
            name=GROUP,
            by=("shop",),
            source="orders_outcomes",
            meaning="How often orders of a shop come back",
            owner="orders",
        )
    ]


def test_features_are_listed_with_meaning_and_owner(store):
    share = "share(returned) over {}, from orders_outcomes by shop"
    count = "count(*) over {}, from orders_outcomes by shop"
    expected = [
        Feature(f"{GROUP}.return_share_7d", "DOUBLE", share.format("7d"), "orders"),
        Feature(f"{GROUP}.return_share_30d", "DOUBLE", share.format("30d"), "orders"),
        Feature(f"{GROUP}.outcomes_7d", "BIGINT", count.format("7d"), "orders"),
        Feature(f"{GROUP}.outcomes_30d", "BIGINT", count.format("30d"), "orders"),
    ]
    assert store.features() == expected
    assert store.features(GROUP) == expected
    assert expected[0].column == f"{GROUP}__return_share_7d"


def test_a_listing_prints_as_a_table(store):
    assert repr(store.groups()) == (
        "name                 by    source           meaning                               owner\n"
        "orders_shop_returns  shop  orders_outcomes  How often orders of a shop come back  orders"
    )
    assert store.groups()._repr_html_() == (
        "<table><tr><td>name</td><td>by</td><td>source</td><td>meaning</td><td>owner</td></tr>"
        "<tr><td>orders_shop_returns</td><td>shop</td><td>orders_outcomes</td>"
        "<td>How often orders of a shop come back</td><td>orders</td></tr></table>"
    )
    assert repr(penstock.Listing()) == "(none)"


def test_each_row_comes_back_once_with_exact_features(store, rows, spark):
    features = [f"{GROUP}.outcomes_7d", f"{GROUP}.return_share_7d"]
    joined = store.join(rows, as_of="ts", features=features)
    assert joined.columns == [
        "shop",
        "ts",
        "mine",
        f"{GROUP}__outcomes_7d",
        f"{GROUP}__return_share_7d",
    ]
    count, share = by_hand(spark, "shop_1", "2024-01-25 12:00:00", "2024-02-01 12:00:00")
    assert count > 0
    assert sorted(map(tuple, joined.drop("ts").collect()), key=str) == sorted(
        [
            ("shop_1", 1, count, share),
            ("shop_1", 1, count, share),
            ("nowhere", 2, 0, None),
            ("shop_1", 3, None, None),
        ],
        key=str,
    )


def by_hand(spark, shop, after, until):
    """Outcomes of (after, until] that were known by then, and the share that was returned."""
    outcomes = spark.read.format("delta").load("build/warehouse/sources/orders_outcomes")
    known = outcomes.where(
        f"shop = '{shop}' AND closed_at > '{after}' AND closed_at <= '{until}' AND"
        f" known_from <= '{until}' AND (known_until IS NULL OR known_until > '{until}')"
    )
    returned = [row.returned for row in known.collect()]
    return len(returned), sum(returned) / len(returned)


def test_features_are_those_of_the_training_set(store, spark):
    trained = spark.read.format("delta").load("build/warehouse/training_sets/orders")
    columns = ["order_id", "shop", "as_of_time"] + [f.column for f in store.features()]
    orders = spark.read.format("delta").load("build/warehouse/sources/orders_orders")
    shops = orders.where("known_until IS NULL").select("order_id", "shop")
    expected = trained.join(shops, "order_id").select(columns)
    rows = expected.select(columns[:3])
    joined = store.join(rows, as_of="as_of_time", features=[GROUP], predicting="orders_orders")
    assert joined.columns == columns
    assert expected.count() > 1_000
    assert joined.exceptAll(expected).count() == 0
    assert expected.exceptAll(joined).count() == 0


def test_the_result_lives_in_the_session_of_the_rows(store, rows, spark):
    store.join(rows, as_of="ts", features=[GROUP]).createOrReplaceTempView("joined")
    assert spark.sql("SELECT count(*) FROM joined").first()[0] == 4


def test_a_group_is_joined_in_a_role(store, rows):
    both = rows.withColumnRenamed("shop", "seller").selectExpr("'nowhere' AS shop", "*")
    joined = store.join(
        both,
        as_of="ts",
        features=[f"{GROUP}.outcomes_7d", "seller_returns.outcomes_7d"],
        roles={"seller_returns": (GROUP, {"shop": "seller"})},
    )
    counts = {tuple(row)[-2:] for row in joined.where("mine = 1").collect()}
    alone = store.join(rows, as_of="ts", features=[f"{GROUP}.outcomes_7d"]).where("mine = 1")
    assert counts == {(0, row[-1]) for row in alone.collect()}


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"features": ["orders_shop_return.outcomes_7d"]},
            f"There is no feature group orders_shop_return; did you mean '{GROUP}'?",
        ),
        (
            {"features": [f"{GROUP}.outcome_7d"]},
            f"There is no feature {GROUP}.outcome_7d; did you mean 'outcomes_7d'?",
        ),
        (
            {"features": GROUP},
            f"features must be a list of names, as ['{GROUP}']",
        ),
        (
            {"as_of": "time"},
            "Cannot join features: the rows have no column time, which is as_of, only shop, ts,"
            " mine; rename the one that holds it",
        ),
        (
            {"as_of": "mine"},
            "Cannot join features as of mine: it must be TIMESTAMP, got INT; cast it first",
        ),
        (
            {"predicting": "orders_order"},
            "Cannot predict rows of orders_order: there is no such table; did you mean"
            " 'orders_orders'?",
        ),
    ],
)
def test_what_is_wrong_is_named(store, rows, arguments, message):
    with pytest.raises(ValueError) as refused:
        store.join(rows, **{"as_of": "ts", "features": [GROUP], **arguments})
    assert str(refused.value) == message


def test_a_missing_key_column_is_named(store, rows):
    with pytest.raises(ValueError) as refused:
        store.join(rows.withColumnRenamed("shop", "Store"), as_of="ts", features=[GROUP])
    assert str(refused.value) == (
        f"Cannot join features: the rows have no column shop, which is the key of {GROUP}, only"
        " Store, ts, mine; rename the one that holds it"
    )


def test_a_missing_group_or_warehouse_is_named(store, spark):
    with pytest.raises(ValueError, match="^There is no feature group returns; known: orders_shop_"):
        store.features("returns")
    with pytest.raises(ValueError) as refused:
        penstock.open(spark, "build/warehose")
    assert str(refused.value) == (
        "Cannot find a feature group in the warehouse build/warehose: there is no table under"
        " features/; check the path, or run a pipeline that declares features"
    )


def test_a_session_without_penstock_is_told_what_to_pass(spark):
    without_jar = SimpleNamespace(_jvm=spark._jvm.nowhere)
    with pytest.raises(RuntimeError, match="^penstock.jar is not on Spark's class path: .* --jars"):
        penstock.open(without_jar, "build/warehouse")
    with pytest.raises(RuntimeError, match="^Spark Connect has no way into the JVM"):
        penstock.open(SimpleNamespace(), "build/warehouse")


def test_the_package_installs_with_its_types(tmp_path):
    package = ROOT / "feature-store/python"
    source = (package / "penstock/__init__.py").read_text()
    ast.parse(source, feature_version=(3, 9))
    copy = tmp_path / "source"
    (copy / "penstock").mkdir(parents=True)
    for name in ("pyproject.toml", "penstock/__init__.py", "penstock/py.typed"):
        (copy / name).write_bytes((package / name).read_bytes())
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", tmp_path / "installed"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, copy], check=True)
    installed = {path.name for path in (tmp_path / "installed/penstock").iterdir()}
    assert {"__init__.py", "py.typed"} <= installed
