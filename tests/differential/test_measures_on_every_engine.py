"""The same SQL, counted by DuckDB, by Spark and by a plain Python reading of the definition, gives the same answer."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, TypedDict

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one
from tests.support.tables import LISTS, drawn, entity_table, register_all

from sightline.definitions.catalogue import load_catalogue
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import Scope, count_agency_sets, count_indicators
from sightline.indicators.people import with_values
from sightline.model.entities import ENTITIES
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

SEED = 1
PEOPLE = 50

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


def words_by_column() -> dict[str, list[str]]:
    """What the catalogue's SQL asks each column for: the codes that something hangs on."""
    words: dict[str, set[str]] = defaultdict(set)
    for part in (*CATALOGUE.derived.values(), *CATALOGUE.measures.values()):
        for comparison in parse_one(part.sql, dialect="duckdb").find_all(exp.EQ, exp.NEQ, exp.In, exp.Like):
            told = {literal.name for literal in comparison.find_all(exp.Literal) if literal.is_string}
            for column in comparison.find_all(exp.Column):
                words[column.name] |= told
    return {name: sorted(found) for name, found in words.items()}


ASKED_FOR = words_by_column()


def any_value(random: Random, name: str, kind: pa.DataType) -> Any:
    """A value of the right type; a code is one that some SQL asks for."""
    day = date(2024, 7, 1) + timedelta(days=random.randrange(700))
    if pa.types.is_timestamp(kind):
        return datetime(day.year, day.month, day.day, random.randrange(24), random.randrange(60))
    if pa.types.is_date(kind):
        return None if name in {"ended_on", "left_on"} and random.random() < 0.5 else day
    choices: list[Any] = [*ASKED_FOR[name], None] if name in ASKED_FOR else [None]
    if pa.types.is_boolean(kind):
        choices = [True, False, None]
    if pa.types.is_floating(kind):
        choices = [0.5, 2.0, 30.0]
    if pa.types.is_integer(kind):
        choices = list(range(1, 60))
    return random.choice(choices)


def invented_rows(entity: str, count: int) -> list[dict[str, Any]]:
    """Rows with a value of the right type in most columns: enough for every measure to find something and to miss something.

    Each cell is drawn for itself, so that a column more in the model changes no other.
    """
    choices: dict[str, list[Any]] = {
        "agency_id": ["csc", "csc", "csc", "police", "police", "police", "housing"],
        "exploitation_type": ["sexual", "criminal", "missing", None],
        "identity_id": [f"i{number:02}" for number in range(PEOPLE)],
        "other_identity_id": [f"i{number:02}" for number in range(PEOPLE)],
        "incident_reference": [f"I{number}" for number in range(8)],
        "case_reference": [f"C{number}" for number in range(8)],
        "location_reference": ["L1", "L2"],
        "ward": ["W01", "W02", None],
        "place": ["pier", "station"],
    }

    def cell(name: str, kind: pa.DataType, row: int) -> Any:
        random = Random(f"{SEED} {entity} {name} {row}")
        if name in choices:
            return random.choice(choices[name])
        if name.endswith("_precision"):
            return random.choice([*["minute"] * 5, *["day"] * 5, "month"])
        return any_value(random, name, kind)

    wanted = [column for column in ENTITIES[entity].schema if not column.name.endswith("_local") and column.name != f"{entity}_id"]
    rows = [{column.name: cell(column.name, column.type, row) for column in wanted} for row in range(count)]
    for number, row in enumerate(rows):
        person = Random(f"{SEED} {entity} {number}").randrange(PEOPLE)
        row |= {"person_id": f"p{person:02}", "identity_id": f"i{person:02}", "dataset": "d"}
    return rows


STORY = {
    "flag": """
        person_id | agency_id | started_on | exploitation_type
        story     | csc       | 2026-01-10 | criminal
    """,
    "ace": """
        person_id | ace_type         | recorded_on
        story     | neglect          | 2025-01-01
        story     | domestic_abuse   | 2025-01-01
        story     | parental_drugs   | 2025-01-01
        story     | parental_alcohol | 2025-01-01
    """,
    "missing_episode": """
        person_id | started_at       | ended_at         | missing_from | placing_authority | incident_authority | episode_type
        story     | 2026-01-12T20:00 | 2026-01-13T08:30 | care_home    | Farshore          | Saltmere           | missing
        story     | 2026-01-16T20:00 | 2026-01-16T23:00 | care_home    | Farshore          | Saltmere           | missing
        story     | 2026-01-20T20:00 | 2026-01-21T08:00 | care_home    | Farshore          | Saltmere           | missing
    """,
    "return_interview": """
        person_id | episode_started_at | episode_ended_at | held_at          | shared_with
        story     | 2026-01-12T20:00   | 2026-01-13T08:30 | 2026-01-14T10:00 | police
    """,
    "absence": """
        person_id | term_started_on | possible_sessions | sessions | reason
        story     | 2026-01-05      | 120               | 30       | O
    """,
    "plan": """
        person_id | plan_type | started_on | ended_on   | case_reference | level_in    | level_out
        story     | MACE      | 2026-01-12 | 2026-02-20 | story          | significant | emerging
    """,
    "plan_review": """
        person_id | plan_type | reviewed_on | case_reference | lead_worker | level_out   | child_heard
        story     | MACE      | 2026-01-20  | story          | worker      | significant | yes
        story     | MACE      | 2026-02-20  | story          | worker      | emerging    | yes
    """,
    "incident": """
        incident_reference | agency_id | started_at       | incident_type | exploitation_type | status | ward
        story              | police    | 2026-01-11T21:00 | violence      | criminal          | crime  | W01
    """,
    "involvement": """
        incident_reference | agency_id | person_id | role    | certainty
        story              | police    | story     | victim  | known
        story              | police    | adult     | suspect | suspected
    """,
    "offence_outcome": """
        incident_reference | agency_id | person_id | outcome | decided_on
        story              | police    | adult     | charged | 2026-02-01
    """,
}
"""One child's story, for measures that ask for several things to fit together: chance does not tell it."""

EMPTY_WARDS = 8


def wards() -> pa.Table:
    """The two wards that people live in, and some in which nobody does."""
    lived_in = LISTS["ward"]
    empty = [{**lived_in.to_pylist()[0], "ward": f"E{number:02}", "ward_name": "Empty"} for number in range(EMPTY_WARDS)]
    return pa.concat_tables([lived_in, pa.Table.from_pylist(empty, schema=lived_in.schema)])


def invented_world() -> dict[str, list[dict[str, Any]]]:
    tables = {entity: invented_rows(entity, 90) for entity in ENTITIES}
    for factor, assessment in zip(tables["assessment_factor"], tables["assessment"], strict=True):
        factor |= {name: assessment[name] for name in ("person_id", "agency_id", "started_on", "authorised_on") if name in assessment}
    for entity, text in STORY.items():
        tables[entity] += [{f"{entity}_id": f"{entity}-story-{place}", **row} for place, row in enumerate(drawn(text))]
    tables["person"] = [
        {
            "person_id": f"p{number:02}",
            "birth_month": date(2007 + number % 9, 1 + number % 12, 1) if number else None,
            "ward": ["W01", "W02", None][number % 3],
            "sex": ["female", "male"][number % 2],
            "ethnicity": ["white", "asian", None][number % 3],
        }
        for number in range(PEOPLE)
    ]
    tables["person"] += [
        {"person_id": "story", "birth_month": date(2011, 5, 1), "ward": "W01", "sex": "female", "ethnicity": "white"},
        {"person_id": "adult", "birth_month": date(1990, 5, 1), "ward": "W01", "sex": "male", "ethnicity": "white"},
    ]
    tables["population"] = [
        {"ward": ward, "age_band": band, "sex": "female", "ethnicity": "white", "children": 100}
        for ward in ("W01", "W02")
        for band in ("0-9", "10-12", "13-15", "16-17")
    ]
    return tables


def counted_on(engine: Engine) -> tuple[pa.Table, object]:
    register_all(engine, invented_world(), quarters=QUARTERS)
    engine.register_table("ward", wards())
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
