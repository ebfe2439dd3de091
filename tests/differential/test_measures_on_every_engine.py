"""The same SQL, counted by DuckDB, by Spark and by a plain Python reading of the definition, gives the same answer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import TypedDict

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.invented_world import register_invented_world
from tests.support.tables import entity_table

from sightline.definitions.catalogue import load_catalogue
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import Scope, count_agency_sets, count_indicators
from sightline.indicators.people import with_values
from sightline.model.periods import Quarter

CATALOGUE = load_catalogue()
QUARTERS = (Quarter(2025, 3), Quarter(2025, 4), Quarter(2026, 1))
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.default.parallelism": "1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
"""Tables here have a handful of rows: compiling a program for each query would take longer than anything else."""

EngineMaker = Callable[[], Engine]


@pytest.fixture(scope="session")
def spark() -> Iterator[EngineMaker]:
    if shutil.which("java") is None:
        pytest.skip("Java is not installed; Spark needs it")
    pytest.importorskip("pyspark", reason="pyspark is not installed (the extra named spark)")
    from sightline.engine.spark import SparkEngine, local_session  # optional: only where Spark is

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = local_session(threads=1, settings=QUICK)
    yield partial(SparkEngine, session=session)
    session.stop()


class Referral(TypedDict):
    person_id: str
    received_on: date


Rows = list[Referral]

referrals = st.lists(
    st.fixed_dictionaries(
        {"person_id": st.sampled_from(["Ada", "Ben", "Cal"]), "received_on": st.dates(date(2024, 1, 1), date(2025, 6, 30))}
    ),
    max_size=12,
)


def children_referred_again_in_plain_words(rows: Rows, within_days: int) -> set[str]:
    """Ids of referrals that came after an earlier one of the same child, on a later day, within that many days."""
    found = set()
    for place, later in enumerate(rows):
        for earlier in rows:
            days = (later["received_on"] - earlier["received_on"]).days
            if later["person_id"] == earlier["person_id"] and 0 < days <= within_days:
                found.add(f"referral-{place:04}")
    return found


def referred_again_on(engine: Engine, rows: Rows, within_days: int) -> set[str]:
    engine.register_table("referral", entity_table("referral", [dict(row) for row in rows]))
    sql = with_values(CATALOGUE.measures["children_referred_again"].sql, {"within_days": within_days})
    return set(engine.query(sql).column("event_id").to_pylist())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=referrals, within_days=st.integers(1, 400))
def test_duckdb_counts_what_the_definition_says(rows: Rows, within_days: int) -> None:
    with DuckDBEngine(threads=1) as engine:
        assert referred_again_on(engine, rows, within_days) == children_referred_again_in_plain_words(rows, within_days)


@pytest.mark.java
@settings(
    max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=referrals, within_days=st.integers(1, 400))
def test_spark_counts_what_the_definition_says(spark: EngineMaker, rows: Rows, within_days: int) -> None:
    with spark() as engine:
        assert referred_again_on(engine, rows, within_days) == children_referred_again_in_plain_words(rows, within_days)


def counted_on(engine: Engine) -> tuple[pa.Table, object]:
    register_invented_world(engine, quarters=QUARTERS)
    table = count_indicators(engine, CATALOGUE, Scope(QUARTERS))
    return table, count_agency_sets(engine, CATALOGUE, QUARTERS[-1], ("csc", "police", "health", "education", "housing"))


@pytest.mark.java
def test_every_cell_is_the_same_on_duckdb_and_on_spark(spark: EngineMaker) -> None:
    with DuckDBEngine(threads=1) as engine:
        here, sets_here = counted_on(engine)
    with spark() as engine:
        there, sets_there = counted_on(engine)

    differences = [(a, b) for a, b in zip(here.to_pylist(), there.to_pylist(), strict=True) if a != b]
    assert differences == []
    assert sets_here == sets_there


def test_the_invented_world_makes_every_indicator_count_something() -> None:
    """The comparison above would say nothing about a measure that finds nothing."""
    with DuckDBEngine(threads=1) as engine:
        table, _ = counted_on(engine)

    counted = {row["indicator"] for row in table.to_pylist() if row["numerator"]}
    assert counted == {indicator.id for indicator in CATALOGUE.indicators}
