"""The same SQL, counted by DuckDB and by Spark, gives the same answer; `tests.support.oracles` tells what it must be."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from tests.support.invented_world import register_invented_world

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue, Counted
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import Scope, count_agency_sets, count_indicators, prepare
from sightline.indicators.people import with_values
from sightline.model.periods import Quarter

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CATALOGUE = load_catalogue()
QUARTERS = (Quarter(2025, 3), Quarter(2025, 4), Quarter(2026, 1))

EngineMaker = Callable[[], Engine]


@pytest.fixture
def spark(spark_session: SparkSession) -> EngineMaker:
    from sightline.engine.spark import SparkEngine  # optional: only where Spark is

    return partial(SparkEngine, session=spark_session)


def filled(engine: Engine) -> None:
    """The invented world, and the derived tables that measures share."""
    register_invented_world(engine, quarters=QUARTERS)
    prepare(engine, CATALOGUE)


FEW = ("missing_episodes", "length_of_missing_episodes", "agreement_of_flags", "wards_without_a_concern", "concern_by_ethnicity")
"""A rate, a median, pairs of agencies, something about nobody, and areas that homes belong to: each way of counting, for Spark once."""


def counted_on(engine: Engine, catalogue: Catalogue) -> tuple[pa.Table, object]:
    """Cells on an engine that holds the derived tables already."""
    table = count_indicators(engine, replace(catalogue, derived={}), Scope(QUARTERS))
    return table, count_agency_sets(engine, CATALOGUE, QUARTERS[-1], ("csc", "police", "health", "education", "housing"))


def every_measure() -> dict[str, str]:
    """Each measure with each set of values that an indicator gives it, as SQL; those that no indicator counts too."""
    parts = [part for each in CATALOGUE.indicators for part in (each.numerator, each.denominator) if isinstance(part, Counted)]
    asked = {(part.measure, tuple(sorted(part.values.items()))) for part in parts}
    asked |= {(name, ()) for name, measure in CATALOGUE.measures.items() if not measure.parameters}
    return {f"{name} {dict(values)}": with_values(CATALOGUE.measures[name].sql, dict(values)) for name, values in sorted(asked)}


def rows_of(engine: Engine, sql: str) -> list[str]:
    """What a measure answers, in an order of its own; a number that was measured is the same to nine places."""
    rows = engine.query(sql).to_pylist()
    return sorted(repr([round(cell, 9) if isinstance(cell, float) else cell for cell in row.values()]) for row in rows)


@pytest.mark.java
def test_every_measure_answers_the_same_on_duckdb_and_on_spark(spark: EngineMaker) -> None:
    """The cells of all indicators are made from these rows in one way; that way is held to be the same for a few of each kind."""
    asked = every_measure()
    few = replace(CATALOGUE, indicators=tuple(CATALOGUE.indicator(id) for id in FEW))
    with DuckDBEngine(threads=1) as engine:
        filled(engine)
        here = {name: rows_of(engine, sql) for name, sql in asked.items()}
        cells_here, sets_here = counted_on(engine, few)
    with spark() as engine, ThreadPoolExecutor(2) as pool:
        filled(engine)
        there = dict(zip(asked, pool.map(partial(rows_of, engine), asked.values()), strict=True))
        cells_there, sets_there = counted_on(engine, few)

    assert [name for name in asked if here[name] != there[name]] == []
    assert [(a, b) for a, b in zip(cells_here.to_pylist(), cells_there.to_pylist(), strict=True) if a != b] == []
    assert sets_here == sets_there


def test_the_invented_world_makes_every_indicator_count_something() -> None:
    """The comparison above would say nothing about a measure that finds nothing."""
    with DuckDBEngine(threads=1) as engine:
        filled(engine)
        table, _ = counted_on(engine, CATALOGUE)

    counted = {row["indicator"] for row in table.to_pylist() if row["numerator"]}
    assert counted == {indicator.id for indicator in CATALOGUE.indicators}
