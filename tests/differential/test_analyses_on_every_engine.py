"""Tables of analyses are the same on DuckDB and on Spark: one of each kind of SQL that they are made of."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from tests.support.tables import LISTS, entity_table, quarters_table, table

from sightline.definitions.analyses import Analyses, load_analyses
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators.analyses import YearScope, count_analyses
from sightline.indicators.availability import Sources
from sightline.model.counted_tables import CountedAnalysis
from sightline.model.entities import PERSON_SCHEMA
from sightline.model.periods import Quarter

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

QUARTER = Quarter(2026, 1)
CHOSEN = {"flag_sets", "begun", "again_by_source", "judgement_beside_score"}
"""Sets as bits, quarters made of dates, medians, and thirds of a window."""


def chosen() -> Analyses:
    every = load_analyses()
    some = [each.model_copy(update={"tables": tuple(one for one in each.tables if one.id in CHOSEN)}) for each in every.analyses]
    only = tuple(each for each in some if each.tables)
    names = set(chain.from_iterable(measure.derived for each in only for one in each.tables for measure in every.measures_of(one)))
    return replace(every, analyses=only, derived={name: each for name, each in every.derived.items() if name in names})


def world() -> dict[str, list[dict[str, str]]]:
    people = [f"p{number:02}" for number in range(12)]
    agencies = ("csc", "police", "health")
    days = [f"2025-{1 + number:02}-1{number % 3}" for number in range(12)]
    return {
        "person": [{"person_id": person, "birth_month": "2012-05-01"} for person in people],
        "flag": [
            {"person_id": people[n % 12], "agency_id": agencies[n % 3], "started_on": days[n % 12], "exploitation_type": "sexual"}
            for n in range(30)
        ],
        "referral": [{"person_id": people[n % 5], "received_on": days[n % 12], "source": ("police", "school")[n % 2]} for n in range(24)],
        "screening": [
            {
                "person_id": people[n % 12],
                "tool": "T",
                "completed_on": days[n % 12],
                "score": str(n),
                "level": "moderate",
                "judgement": "High",
            }
            for n in range(9)
        ],
    }


def counted_on(engine: Engine) -> tuple[CountedAnalysis, ...]:
    analyses = chosen()
    rows = world()
    engine.register_table("person", table(rows.pop("person"), PERSON_SCHEMA))
    for name in (*rows, "assessment_factor"):  # only what the chosen tables read: each table more costs Spark a second
        engine.register_table(name, entity_table(name, rows.get(name, ())))
    engine.register_table("quarter", quarters_table(QUARTER.plus(-back) for back in range(4)))
    for name in ("ward", "agency"):
        engine.register_table(name, LISTS[name])
    for name, each in analyses.derived.items():
        engine.materialise(name, each.sql)
    return count_analyses(engine, analyses, YearScope(QUARTER, Sources({}, None)))


def test_every_chosen_table_counts_something() -> None:
    with DuckDBEngine(threads=1) as engine:
        counted = counted_on(engine)
    tables = [each for analysis in counted for each in analysis.tables]
    assert {each.id for each in tables} == CHOSEN
    assert [each.id for each in tables if not any(row.count for row in each.rows)] == []


@pytest.mark.java
def test_tables_are_the_same_on_duckdb_and_on_spark(spark_session: SparkSession) -> None:
    from sightline.engine.spark import SparkEngine  # optional: only where Spark is

    with DuckDBEngine(threads=1) as here, SparkEngine(session=spark_session) as there:
        assert counted_on(here) == counted_on(there)
