"""Small random partnerships: few people, few days, codes that the catalogue's SQL asks for and others of the same lists.

Hypothesis draws one number and a world is made from it: drawn row by row, most of its worlds would be near copies of a few, and half empty.
`smallest` finds the rows that matter in a world in which something is wrong.
Days are few in one world (`_days` says which are worth drawing), so that things fall on one day, on the next, and on both sides of a
limit. Records that belong together (an assessment and its factors, an incident and who was in it) mostly do; sometimes they do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from sightline.engine import Engine
from sightline.model.codes import CODE_LISTS
from sightline.model.entities import ENTITIES
from sightline.model.periods import Quarter
from tests.support.invented_world import ASKED_FOR, CATALOGUE
from tests.support.tables import LISTS, register_all

Row = dict[str, Any]

AGENCIES = ("csc", "police", "health", "education")
DAYS_IN_ONE_WORLD = 8
MOST_ROWS = 14
CROWDED = {"involvement": 36, "intervention": 30, "plan_review": 30, "plan": 30} | dict.fromkeys(
    (
        "incident",
        "missing_episode",
        "flag",
        "school_spell",
        "absence",
        "association",
        "return_interview",
        "care_episode",
        "offence_outcome",
    ),
    20,
)
"""Entities of which a measure wants several rows of one child, or one of many kinds: they have more."""


@dataclass(frozen=True, eq=False)
class World:
    """All rows of one partnership, by entity (and ``person``, ``ward``, ``agency``, ``own_authority``), and the quarters to count."""

    rows: Mapping[str, list[Row]]
    quarters: tuple[Quarter, ...]

    def __getitem__(self, entity: str) -> list[Row]:
        return self.rows[entity]

    @cached_property
    def person(self) -> dict[str, Row]:
        """Who is who, by person id."""
        return {row["person_id"]: row for row in self["person"]}

    def __repr__(self) -> str:
        """What a failing test shows: the rows there are, without what is empty in them."""
        lists = {name: [{k: v for k, v in row.items() if v is not None} for row in rows] for name, rows in self.rows.items() if rows}
        told = "\n".join(f"  {name}: {row}" for name, rows in lists.items() if name not in LISTS for row in rows)
        return f"World of {', '.join(map(str, self.quarters))}, {len(self['ward'])} wards\n{told}"


def months_before(day: date, months: int) -> date:
    """The same day some months earlier, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _used_columns() -> dict[str, set[str]]:
    """The columns of each entity that some measure or derived table stands on."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in (*CATALOGUE.measures.values(), *CATALOGUE.derived.values()):
        for entity, _, column in (name.partition(".") for name in part.lineage):
            found[entity].add(column)
    return {entity: found[entity] for entity in ENTITIES if entity in found}


USED = _used_columns()
DRAWN = sorted(USED)
"""The entities that measures stand on, one list of rows each."""

_LIST_OF = {
    "source": "referral_source",
    "level_in": "level",
    "level_out": "level",
    "conclusive_grounds": "nrm_decision",
    "age_band": "said_age_band",
    "gender": "said_gender",
}
_CODES: dict[tuple[str, str], list[Any]] = {
    ("absence", "reason"): ["I", "O", "N", "U", "B", "V", None],
    ("absence", "possible_sessions"): [0, 20, 40, 100],
    ("absence", "sessions"): [0, 5, 10, 20, 50],
    ("care_episode", "reason"): ["S", "P", "B", "L", "T", "U"],
    ("care_episode", "placement"): ["K1", "K2", "R5", "U1", "H5", None],
    ("early_help_episode", "reason"): ["substances", "parenting; substances", "school", "not_recorded", None],
    ("exclusion", "category"): ["suspension", "suspension", "permanent", "lunchtime", None],
    ("exclusion", "reason"): ["DA", "not_recorded", None],
    ("assessment_factor", "factor"): ["1A", "2A", "2B", "5A", "6A", "3C", None],
    ("school_spell", "special_needs"): ["E", "S", "K", "A", "P", "N", None],
    ("incident", "easting"): [499_000, 500_000, 503_000, None],
    ("incident", "northing"): [300_000, 304_000],
    ("missing_episode", "found_distance_km"): [None, 0.5, 2.0, 10.0, 30.0],
    ("missing_episode", "found_location_reference"): ["L1", "L2", "L3", None],
    ("location", "location_reference"): ["L1", "L2"],
    ("offence_outcome", "outcome"): ["charged", "charged", "caution", "not_recorded", None],
    ("person_location", "tie"): ["placement", "placement", "home", None],
    ("person_location", "tie_local"): ["placed here", "placed here", "placed by us", None],
    ("plan_review", "lead_worker"): ["Kim", "Kim", "Lee", None],
    ("return_interview", "shared_with"): ["police", "csc", "nobody", "not_recorded", None],
    ("nrm_referral", "exploitation"): ["sexual", "criminal", "not_recorded", None],
    ("ae_attendance", "safeguarding_concern"): ["none", "not_recorded", "exploitation", None],
    ("housing_case", "case_type"): ["tenancy", "not_recorded", None],
    ("intervention", "concern"): ["criminal", "not_recorded", None],
    ("disruption", "disruption_type"): ["arrest", "closure", None],
}
_WEIGHED = {
    "incident.exploitation_type": "sexual sexual criminal criminal other missing - -",
    "incident.location_type": "street street park transport transport school shop licensed home other_home online care_home not_recorded -",
    "incident.incident_type": "violence violence violence drugs weapons missing away exploitation_concern safety_concern not_recorded - -",
    "incident.status": "crime crime crime related not_recorded -",
    "incident.ward": "W01 W01 W01 W02 W03 X99 -",
    "involvement.role": "victim victim victim suspect suspect suspect missing subject associate witness reporter not_recorded -",
    "intervention.programme": "specialist_team specialist_team therapy therapy mental_health mental_health exploitation other weapons"
    " substance_support diversion mentoring prevention referral_order not_recorded -",
    "plan.plan_type": "MACE MACE MACE SAFETY CIN CP CLA CLA CLA EH YJ -",
    "plan.level_in": "known_harm significant moderate emerging none not_assessed not_recorded -",
    "plan.level_out": "none none emerging emerging moderate significant known_harm not_assessed not_recorded -",
    "plan_review.plan_type": "MACE MACE MACE MACE CP CLA -",
    "school_spell.provision": "mainstream mainstream mainstream special home missing_education not_recorded -",
    "flag.exploitation_type": "sexual sexual criminal criminal gangs trafficking other missing -",
    "ae_attendance.method": "weapon body -",
}
"""Codes as often as they are to be drawn; - is nothing."""
for _column, _words in _WEIGHED.items():
    _entity, _, _name = _column.partition(".")
    _CODES[_entity, _name] = [None if word == "-" else word for word in _words.split()]
_REFERENCES = ["R1", "R2", "R3", "R4"]
_AUTHORITIES = ["Saltmere", "saltmere", "Farshore", "Northby", None]
_EVERYWHERE: dict[str, list[Any]] = {
    "case_reference": ["C1", "C1", "C2", "C2", None],
    "authority": _AUTHORITIES,
    "home_authority": _AUTHORITIES,
    "placing_authority": _AUTHORITIES,
    "incident_authority": _AUTHORITIES,
    "incident_reference": _REFERENCES,
    "ward": ["W01", "W02", "W03", "X99", None],
}


def _choices(entity: str, column: str) -> list[Any]:
    """What a coded column may hold: codes that the SQL asks for twice as often as the rest of its list, and now and then nothing."""
    if (entity, column) in _CODES:
        return _CODES[entity, column]
    if column in _EVERYWHERE:
        return _EVERYWHERE[column]
    asked = [word for word in ASKED_FOR.get(column, []) if "%" not in word]
    listed = CODE_LISTS.get(_LIST_OF.get(column, column), {})
    fitting = [word for word in asked if not listed or word in listed]
    return [*fitting, *fitting, *listed, None]


class _Maker:
    """Makes the rows of one world."""

    def __init__(self, people: list[str], days: list[date], agencies: list[str], random: Random) -> None:
        self.people, self.days, self.agencies, self.random = people, days, agencies, random
        self.made: dict[str, list[Row]] = {}

    def rows(self, entity: str, count: int) -> list[Row]:
        found: list[Row] = []
        for place in range(count):
            row = self._row(entity)
            row[ENTITIES[entity].id_column] = f"{entity}-{place:02}"
            self._tie(entity, row, found)
            if ENTITIES[entity].about_person:
                row["identity_id"] = f"{row['agency_id']}-{row['person_id']}"
            found.append(row)
        self.made[entity] = found
        return found

    def _row(self, entity: str) -> Row:
        schema = ENTITIES[entity].schema
        row: Row = {"agency_id": self.random.choice(self.agencies), "dataset": "d"}
        if ENTITIES[entity].about_person:
            row["person_id"] = self.random.choice(self.people)
        for name in sorted(USED[entity] - row.keys()):
            if name in schema.names and not name.endswith("_precision"):
                row |= self._cell(entity, name, schema.field(name).type)
        for start, end in _SHORT:
            if row.get(start) is not None and end in row and self.random.random() < 0.7:
                row[end] = row[start] + timedelta(hours=self.random.choice([0, 3, 12, 24, 25, 48, 72, 73]))
                row[f"{end}_precision"] = row[f"{start}_precision"]
        _put_in_order(row)
        return row

    def _cell(self, entity: str, name: str, kind: pa.DataType) -> Row:
        is_day, is_moment = pa.types.is_date(kind), pa.types.is_timestamp(kind)
        if is_day or is_moment:
            return self._when(name, is_moment)
        if pa.types.is_boolean(kind) and (entity, name) not in _CODES:
            return {name: self.random.choice([True, True, False, None])}
        return {name: self.random.choice(_choices(entity, name))}

    def _when(self, name: str, is_moment: bool) -> Row:
        missing = 0.5 if name in {"ended_on", "left_on", "closed_on"} else 0.25 if name in {"ended_at", "held_at"} else 0.05
        if self.random.random() < missing:
            return {name: None, f"{name}_precision": None}
        day = self.random.choice(self.days) + timedelta(days=self.random.choice([0] * 12 + [1, -1, 7, 30, 31, -30]))
        if self.random.random() < 0.1:
            day = months_before(day, self.random.choice([24, 4, -4])) - timedelta(days=self.random.choice([0, 0, 1, -1]))
        exact = self.random.choice(["exact"] * 17 + ["month", "month", "year"])
        if exact != "exact":
            day = day.replace(day=1) if exact == "month" else day.replace(month=1, day=1)
        if not is_moment:
            return {name: day, f"{name}_precision": "day" if exact == "exact" else exact}
        if exact == "exact" and self.random.random() < 0.7:
            moment = datetime.combine(day, time(self.random.choice([0, 3, 6, 11, 12, 18, 23]), self.random.choice([0, 30])))
            return {name: moment, f"{name}_precision": "minute"}
        return {name: datetime.combine(day, time()), f"{name}_precision": "day" if exact == "exact" else exact}

    def _tie(self, entity: str, row: Row, beside: list[Row]) -> None:
        """Let a row mostly belong to one of another entity, as such rows do."""
        parent, columns = _PARENTS.get(entity, ("", ()))
        if self.made.get(parent) and self.random.random() < 0.85:
            chosen = self.random.choice(self.made[parent])
            row |= {mine: chosen.get(theirs) for mine, theirs in columns}
        if entity in _TOLD_TWICE and beside and self.random.random() < 0.4:
            shared = _TOLD_TWICE[entity][: self.random.choice([1, None])]
            row |= {name: beside[-1].get(name) for name in shared}
            _soon_after(entity, row, beside[-1], self.random)
            _put_in_order(row)
        if entity == "association":
            row["other_identity_id"] = f"{self.random.choice(self.agencies)}-{self.random.choice(self.people)}"


def _soon_after(entity: str, row: Row, before: Row, random: Random) -> None:
    """Let a record of the same child mostly be of a day soon after the one before it."""
    name = _WHEN.get(entity, "")
    if before.get(name) is not None and before.get(name) != row.get(name) and random.random() < 0.7:
        row[name] = before[name] + timedelta(days=random.choice([1, 2, 5, 14, 15, 30, 31]))
        row[f"{name}_precision"] = before[f"{name}_precision"]


def _put_in_order(row: Row) -> None:
    """Nothing ends before it began: such dates are a finding of intake's, and no words of a measure say what to make of them."""
    for start, end in _SPANS:
        if row.get(start) is not None and row.get(end) is not None and row[end] < row[start]:
            for one, other in ((start, end), (f"{start}_precision", f"{end}_precision")):
                row[one], row[other] = row[other], row[one]


_SPANS = [
    ("started_on", "ended_on"),
    ("started_at", "ended_at"),
    ("entered_on", "left_on"),
    ("opened_on", "closed_on"),
    ("started_on", "authorised_on"),
    ("episode_started_at", "episode_ended_at"),
    ("episode_ended_at", "held_at"),
]
_SHORT = [("started_at", "ended_at"), ("episode_ended_at", "held_at")]
"""What mostly lasts some hours: drawn day by day, one episode would cover half a year."""
_SAME = tuple(
    (name, name) for name in ("person_id", "agency_id", "started_on", "started_on_precision", "authorised_on", "authorised_on_precision")
)
_PARENTS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "assessment_factor": ("assessment", _SAME),
    "involvement": ("incident", (("agency_id", "agency_id"), ("incident_reference", "incident_reference"))),
    "offence_outcome": ("incident", (("agency_id", "agency_id"), ("incident_reference", "incident_reference"))),
    "plan_review": (
        "plan",
        (("person_id", "person_id"), ("agency_id", "agency_id"), ("case_reference", "case_reference"), ("plan_type", "plan_type")),
    ),
    "return_interview": (
        "missing_episode",
        (
            ("person_id", "person_id"),
            ("episode_started_at", "started_at"),
            ("episode_started_at_precision", "started_at_precision"),
        ),
    ),
    "location": ("missing_episode", (("agency_id", "agency_id"), ("location_reference", "found_location_reference"))),
}
_TOLD_TWICE: dict[str, tuple[str, ...]] = {
    "missing_episode": ("person_id", "started_at", "started_at_precision"),
    "absence": ("person_id", "agency_id", "term_started_on", "term_started_on_precision", "possible_sessions"),
    "flag": ("person_id", "started_on", "started_on_precision"),
    "ace": ("person_id",),
    "plan_review": ("person_id", "plan_type", "case_reference", "agency_id"),
    "intervention": ("person_id",),
    "referral": ("person_id",),
    "involvement": ("agency_id", "incident_reference"),
}
"""Records that often come in twos: what the later one has in common with the one before, all of it or the first alone."""
_WHEN = {"missing_episode": "started_at", "plan_review": "reviewed_on", "referral": "received_on"}
_ORDER = sorted(DRAWN, key=lambda entity: (entity in _PARENTS, entity))


def _days(quarters: tuple[Quarter, ...]) -> list[date]:
    """Days worth drawing: the first and last of what measures look at and the days beside them, oftener than some in between."""
    edges: list[date] = []
    for quarter in quarters:
        years = [months_before(quarter.end, months) for months in (12, 24)]
        earlier = [months_before(quarter.start, months) for months in (3, 6)]
        edges += [quarter.end, quarter.end + timedelta(days=1), quarter.start, quarter.start - timedelta(days=1)]
        edges += [day + timedelta(days=step) for day in years for step in (0, 1)]
        edges += [day - timedelta(days=step) for day in (*earlier, *earlier) for step in (0, 1)]
    last = quarters[-1].end
    between = [last - timedelta(days=days) for days in (10, 40, 60, 100, 150, 183, 200, 300, 340, 400, 600, 731, 1500)]
    return [*between, *edges, *edges]


def _people(count: int, quarters: tuple[Quarter, ...], random: Random) -> list[Row]:
    """Children of all ages, some who turn ten or eighteen in these quarters, some of whom little is known, and a quarter grown up."""
    found = []
    for place in range(count):
        month = quarters[-1].start
        age = random.choice([5, 11, 13, 14, 15, 16])
        if random.random() < 0.3:
            age, month = random.choice([10, 18]), months_before(month, random.choice([-2, 0, 0, 3, 6, 9, 12]))
        born = date(month.year - (age if place < count * 3 // 4 else 30), month.month, 1)
        found.append(
            {
                "person_id": f"p{place}",
                "birth_month": None if random.random() < 0.1 else born,
                "sex": random.choice(["female", "female", "male", "male", "not_recorded", None]),
                "ethnicity": random.choice(["white", "asian", "not_recorded", None]),
                "ward": random.choice(["W01", "W01", "W02", "W03", None]),
                "resident_in_area": random.choice([True, True, True, False, None]),
            }
        )
    return found


def _wards(count: int) -> list[Row]:
    """Wards beside the one that the lists begin with; some of one deprivation."""
    first = LISTS["ward"].to_pylist()[0]
    return [
        {
            **first,
            "ward": f"W{number:02}",
            "deprivation": str(1 + number % 3),
            "centre_easting": None if number == 3 else 500_000 + 1_000 * number,
            "centre_northing": None if number == 3 else 300_000 + 2_000 * number,
        }
        for number in range(1, count + 1)
    ]


def random_world(number: int) -> World:
    """A partnership of three to nine people, two to four agencies and two quarters in a row; every fourth has few records."""
    random = Random(f"world {number}")
    first = random.choice([Quarter(2025, 4), Quarter(2025, 3), Quarter(2025, 1), Quarter(2024, 2)])
    quarters = (first, first.next())
    people = _people(random.randint(3, 9), quarters, random)
    days = random.choices(_days(quarters), k=random.randint(2, DAYS_IN_ONE_WORLD))
    maker = _Maker([row["person_id"] for row in people], days, list(AGENCIES[: random.randint(2, len(AGENCIES))]), random)
    fullness = random.choice([0.2, 0.5, 1, 1])
    rows: dict[str, list[Row]] = {entity: [] for entity in ENTITIES} | {"person": people, "ward": _wards(random.randint(5, 11))}
    for entity in _ORDER:
        most = CROWDED.get(entity, MOST_ROWS) * fullness
        rows[entity] = maker.rows(entity, random.randint(int(most / 2), int(most)))
    lists = {name: table.to_pylist() for name, table in LISTS.items() if name not in rows}
    return World(rows | lists, quarters)


def worlds() -> st.SearchStrategy[World]:
    return st.integers(0, 2**40).map(random_world)


def smallest(world: World, is_wrong: Callable[[World], bool]) -> World:
    """The world without the rows that may be left out while it stays wrong: whole entities first, then halves, then single rows."""
    for entity in DRAWN:
        size = max(1, len(world[entity]))
        while size:
            start = 0
            while start < len(world[entity]):
                left = world[entity][:start] + world[entity][start + size :]
                without = World({**world.rows, entity: left}, world.quarters)
                if is_wrong(without):
                    world = without
                else:
                    start += size
            size //= 2
    return world


def register_world(engine: Engine, world: World) -> None:
    register_all(engine, {name: world[name] for name in (*ENTITIES, "person")}, quarters=world.quarters)
    schema = LISTS["ward"].schema
    engine.register_table("ward", pa.Table.from_pylist(world["ward"], schema=schema))
