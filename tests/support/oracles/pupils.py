"""School, hospital: pupils about whom a concern is held, and assaults that emergency departments see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sightline.model.periods import Quarter
from tests.support.oracles.base import Rows, day_of, is_exact, is_in_year, oracle
from tests.support.oracles.incidents import Part, parts
from tests.support.oracles.recorded import held_on_last_day
from tests.support.random_worlds import Row, World, months_before

OUT_OF_SCHOOL = {"home", "missing_education"}
MISSED = {"C", "E", "G", "H", "I", "M", "N", "O", "R", "S", "T", "U", "not_recorded", None}
"""Attendance codes that mean absence: lessons elsewhere, visits and days on which the school was closed are none."""


def _has_a_place(spell: Row, quarter: Quarter) -> bool:
    return (
        spell["entered_on"] is not None
        and spell["entered_on"] <= quarter.end
        and (spell["left_on"] is None or spell["left_on"] > quarter.end)
    )


def _pupils(world: World, quarter: Quarter) -> set[str]:
    """Children with a concern held on the quarter's last day who are on the roll of a school that day."""
    on_roll = {row["person_id"] for row in world["school_spell"] if _has_a_place(row, quarter) and row["provision"] not in OUT_OF_SCHOOL}
    return on_roll & {row["person_id"] for row in held_on_last_day(world, quarter)}


@oracle
def recognised_pupils(world: World) -> Rows:
    found = [(name, str(quarter), name) for quarter in world.quarters for name in _pupils(world, quarter)]
    return set(found)


@oracle
def recognised_pupils_absent(world: World, *, percent: int) -> Rows:
    terms: dict[tuple[str, str, date], list[Row]] = defaultdict(list)
    for row in world["absence"]:
        if row["term_started_on"] is not None and row["reason"] in MISSED:
            terms[row["person_id"], row["agency_id"], row["term_started_on"]].append(row)
    missed_much = {
        (name, began)
        for (name, _, began), told in terms.items()
        if (possible := max(row["possible_sessions"] for row in told)) > 0
        and sum(row["sessions"] for row in told) / possible >= percent / 100
    }
    found = [
        (name, str(quarter), name)
        for quarter in world.quarters
        for name, began in missed_much
        if name in _pupils(world, quarter) and is_in_year(began, quarter)
    ]
    return set(found)


@oracle
def recognised_children_out_of_school(world: World) -> Iterator[Row]:
    for quarter in world.quarters:
        for name in sorted({row["person_id"] for row in held_on_last_day(world, quarter)}):
            ever = [row for row in world["school_spell"] if row["person_id"] == name and row["entered_on"] is not None]
            ever = [row for row in ever if row["entered_on"] <= quarter.end]
            now = [row["provision"] for row in ever if _has_a_place(row, quarter)]
            recorded = sorted(OUT_OF_SCHOOL.intersection(now))
            if recorded or (ever and not now):
                yield {
                    "person_id": name,
                    "period": str(quarter),
                    "event_id": name,
                    "provision": recorded[-1] if recorded else "not_recorded",
                }


@oracle
def emergency_attendances_for_assault(world: World) -> Iterator[Row]:
    for row in world["ae_attendance"]:
        if row["assault"] and row["arrived_at"] is not None:
            yield {
                "person_id": row["person_id"],
                "happened_on": day_of(row["arrived_at"]),
                "event_id": row["ae_attendance_id"],
                "location_type": row["location_type"],
                "ae_method": row["method"],
            }


@oracle
def emergency_attendances_unknown_to_others(world: World, *, within_days: int) -> Iterable[Row]:
    to_the_day = {row["ae_attendance_id"]: row["agency_id"] for row in world["ae_attendance"] if is_exact(row, "arrived_at")}
    for row in emergency_attendances_for_assault(world):
        if row["event_id"] in to_the_day:
            first, last = row["happened_on"] - timedelta(days=1), row["happened_on"] + timedelta(days=within_days)
            told = [part for part in parts(world) if part.person_id == row["person_id"] and part.agency_id != to_the_day[row["event_id"]]]
            if not any(_may_have_been(part, first, last) for part in told):
                yield row


def _may_have_been(part: Part, first: date, last: date) -> bool:
    """Whether an incident may have begun between two days, as far as it is known when it began."""
    precision = part.incident["started_at_precision"]
    if precision in {"day", "minute"}:
        earliest = latest = part.day
    elif precision == "month":
        earliest = part.day.replace(day=1)
        latest = months_before(earliest, -1) - timedelta(days=1)
    else:
        earliest, latest = part.day.replace(month=1, day=1), part.day.replace(month=12, day=31)
    return earliest <= last and latest >= first
