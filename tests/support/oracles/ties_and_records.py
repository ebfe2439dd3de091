"""Children about whom a concern was held: who they are, whom they are tied to; and the records that agencies hold about anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from tests.support.oracles.base import Rows, day_of, is_exact, is_known_under_18, lives_elsewhere, once_a_world, oracle, years_in
from tests.support.oracles.incidents import Part, parts
from tests.support.oracles.recorded import held_in_year, parts_in_incidents
from tests.support.random_worlds import Row, World


@oracle
def girls_and_boys_with_named_form(world: World) -> Rows:
    found = [
        (row["person_id"], str(quarter), row["agency_id"], row["agency_id"])
        for quarter in world.quarters
        for row in held_in_year(world, quarter)
        if row["exploitation_type"] != "other"
        and row["person_id"] in world.person
        and world.person[row["person_id"]]["sex"] in {"female", "male"}
    ]
    return set(found)


@oracle
def resident_children_flagged(world: World) -> Rows:
    found = [
        (row["person_id"], str(quarter), row["agency_id"], row["agency_id"])
        for quarter in world.quarters
        for row in held_in_year(world, quarter)
        if not lives_elsewhere(world, row["person_id"])
    ]
    return set(found)


# Ties

IDENTIFYING = ("missing_episode", "return_interview", "involvement", "association", "assessment", "flag", "referral", "plan")
"""Entities whose records tell which person an agency's own number means."""
A_CROWD = 13


class Tie(NamedTuple):
    """Two children whom a record shows together, each with the other."""

    one: str
    other: str
    kind: str
    day: date


@once_a_world
def ties(world: World) -> list[Tie]:
    found = []
    present: dict[str, list[Part]] = defaultdict(list)
    for part in parts(world):
        if is_known_under_18(world.person.get(part.person_id), part.day):
            present[part.incident["incident_id"]].append(part)
    for together in present.values():
        if len(together) < A_CROWD:
            found += [_met(one, other) for one in together for other in together if one.person_id != other.person_id]
    numbers = _people_of_numbers(world)
    for row in world["association"]:
        day, name = row["first_seen_on"], row["person_id"]
        for other in numbers.get(row["other_identity_id"], set()) - {name}:
            if day is not None and all(is_known_under_18(world.person.get(each), day) for each in (name, other)):
                kind = row["association_type"] or "not_recorded"
                found += [Tie(name, other, kind, day), Tie(other, name, kind, day)]
    return found


def _met(one: Part, other: Part) -> Tie:
    both = one.roles & other.roles
    kind = "harmed_together" if "victim" in both else "missing_together" if "missing" in both else "other"
    return Tie(one.person_id, other.person_id, kind, one.day)


def _people_of_numbers(world: World) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for entity in IDENTIFYING:
        for row in world[entity]:
            found[row["identity_id"]].add(row["person_id"])
    return found


@oracle
def recognised_children_with_a_tie(world: World) -> Rows:
    found = []
    for quarter in world.quarters:
        recognised = {row["person_id"] for row in held_in_year(world, quarter)}
        for tie in ties(world):
            if {tie.one, tie.other} <= recognised and str(quarter) in years_in(world, tie.day):
                found.append((tie.one, str(quarter), tie.one, tie.kind))
    return set(found)


# Records


class Record(NamedTuple):
    """A record about somebody: ``subject`` is what it says it is about."""

    person_id: str
    agency_id: str
    record_id: str
    kind: str
    day: date | None
    is_exact: bool
    subject: str | None

    def told(self) -> Row:
        return {
            "person_id": self.person_id,
            "happened_on": self.day,
            "event_id": self.record_id,
            "agency_id": self.agency_id,
            "record_kind": self.kind,
        }


NOT_ASKED = "not asked"
KINDS: tuple[tuple[str, str, str, str | None], ...] = (
    ("contact", "contact", "contacted_on", "source"),
    ("referral", "referral", "received_on", "source"),
    ("assessment", "assessment", "started_on", None),
    ("flag", "flag", "started_on", "exploitation_type"),
    ("plan", "plan", "started_on", "plan_type"),
    ("early_help_episode", "early_help", "started_on", "reason"),
    ("screening", "screening", "completed_on", "level"),
    ("nrm_referral", "nrm_referral", "referred_on", "exploitation"),
    ("missing_episode", "missing_episode", "started_at", "episode_type"),
    ("exclusion", "exclusion", "started_on", "reason"),
    ("housing_case", "housing_case", "opened_on", "case_type"),
)
"""Entity, kind of record, the day it tells of, and its main code (None where the kind has none)."""


@once_a_world
def records(world: World) -> list[Record]:
    """Every record that an agency holds about somebody. A place on a school's roll is none."""
    found = []
    for entity, kind, column, subject in KINDS:
        for row in world[entity]:
            found.append(_record(row, f"{entity}_id", kind, column, NOT_ASKED if subject is None else row[subject]))
    for row in world["intervention"]:
        column = "referred_on" if row["started_on"] is None else "started_on"
        found.append(_record(row, "intervention_id", "programme", column, row["programme"]))
    for row in world["return_interview"]:
        column = "episode_started_at" if row["episode_ended_at"] is None else "episode_ended_at"
        found.append(_record(row, "return_interview_id", "return_interview", column, NOT_ASKED))
    for row in world["ae_attendance"]:
        about = None if row["assault"] is None else "said"
        found.append(_record(row, "ae_attendance_id", "emergency_attendance", "arrived_at", about))
    for part, incident in parts_in_incidents(world):
        told = {**incident, "person_id": part["person_id"], "involvement_id": part["involvement_id"]}
        found.append(_record(told, "involvement_id", "incident", "started_at", incident["incident_type"]))
    return found


def _record(row: Row, number: str, kind: str, column: str, subject: str | None) -> Record:
    day = None if row[column] is None else day_of(row[column])
    return Record(row["person_id"], row["agency_id"], row[number], kind, day, is_exact(row, column), subject)


@oracle
def records_about_children(world: World) -> list[Row]:
    return [record.told() for record in records(world) if record.day is not None]


@oracle
def records_of_children_held_by_several(world: World) -> list[Row]:
    holders: dict[str, set[str]] = defaultdict(set)
    for record in records(world):
        holders[record.person_id].add(record.agency_id)
    for row in world["school_spell"]:
        holders[row["person_id"]].add(row["agency_id"])
    return [record.told() for record in records(world) if record.day is not None and len(holders[record.person_id]) > 1]


@oracle
def records_lacking_a_key_field(world: World) -> Iterator[Row]:
    nothing = {None, "not_recorded"}
    for record in records(world):
        about = world.person.get(record.person_id) or dict.fromkeys(("birth_month", "sex", "ethnicity", "resident_in_area"))
        lacking = {
            "day": not record.is_exact,
            "subject": record.subject in nothing,
            "birth": about["birth_month"] is None,
            "sex": about["sex"] in nothing,
            "ethnicity": about["ethnicity"] in nothing,
            "home": about["resident_in_area"] is None,
        }
        for key_field, is_lacking in lacking.items():
            if record.day is not None and is_lacking:
                yield {**record.told(), "key_field": key_field}
