"""A partnership of invented rows in which every indicator counts something: for comparing how they are counted, not for reading.

Each code is drawn from what the catalogue's SQL asks for, so that whatever is added to the catalogue finds something too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa
from sqlglot import exp, parse_one

from sightline.definitions.catalogue import load_catalogue
from sightline.engine import Engine
from sightline.model.entities import ENTITIES
from sightline.model.periods import Quarter
from tests.support.tables import LISTS, drawn, register_all

CATALOGUE = load_catalogue()
SEED = 1
PEOPLE = 50


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
        tables[entity] += drawn(text)
    for entity, rows in tables.items():
        for place, row in enumerate(rows):
            row[ENTITIES[entity].id_column] = f"{entity}-{place:04}"
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


def register_invented_world(engine: Engine, *, quarters: Iterable[Quarter], only: Collection[str] | None = None) -> None:
    """Register it all; or what is recorded of some people only, with everything that is about nobody."""
    tables = invented_world()
    if only is not None:
        for entity, rows in tables.items():
            if entity == "person" or (entity in ENTITIES and ENTITIES[entity].about_person):
                tables[entity] = [row for row in rows if row["person_id"] in only]
    register_all(engine, tables, quarters=quarters)
    engine.register_table("ward", wards())
