"""Missing episodes, each once whoever told of them, and the return interviews that follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from tests.support.oracles.base import day_of, is_exact, lasts_on, once_a_world, oracle
from tests.support.oracles.recorded import episode_id
from tests.support.oracles.recorded import missing_episodes as told_episodes
from tests.support.random_worlds import Row, World

MINUTE = "minute"


class Absence(NamedTuple):
    """One absence of a child, with all records of it and the places that those name as where the child was found."""

    person_id: str
    began: date
    records: list[Row]
    found_in: list[str]

    @property
    def ended(self) -> date | None:
        """The last day on which a record of it ends, of those that know the day."""
        return max((day_of(record["ended_at"]) for record in self.records if is_exact(record, "ended_at")), default=None)

    @property
    def hours(self) -> float | None:
        """Those of the longest record that gives both times to the minute."""
        exact = [record for record in self.records if record["started_at_precision"] == record["ended_at_precision"] == MINUTE]
        return max(((record["ended_at"] - record["started_at"]) / timedelta(hours=1) for record in exact), default=None)

    @property
    def kilometres(self) -> float | None:
        return max((each["found_distance_km"] for each in self.records if each["found_distance_km"] is not None), default=None)

    def first(self, column: str) -> str | None:
        """Where agencies tell different things, the first in the alphabet stands."""
        return min((record[column] for record in self.records if record[column] not in {None, "not_recorded"}), default=None)

    def told(self, day: date | None, **more: Any) -> Row:
        return {
            "person_id": self.person_id,
            "happened_on": day,
            "event_id": episode_id(self.records),
            "missing_from": self.first("missing_from"),
            **more,
        }


@once_a_world
def absences(world: World) -> list[Absence]:
    return [
        Absence(child, began, records, [authority for record in records for authority in _found_in(world, record)])
        for child, began, records in told_episodes(world)
    ]


def _found_in(world: World, record: Row) -> Iterator[str]:
    for place in world["location"]:
        is_same = place["location_reference"] == record["found_location_reference"] and place["agency_id"] == record["agency_id"]
        if is_same and place["location_reference"] is not None and place["authority"] is not None:
            yield place["authority"]


def is_own(world: World, authority: str | None) -> bool:
    """Whether an authority is one of the partnership's own; however it is written."""
    return authority is not None and authority.lower() in {row["authority"].lower() for row in world["own_authority"]}


@oracle
def missing_episodes(world: World) -> Iterator[Row]:
    for absence in absences(world):
        for record in absence.records:
            yield absence.told(absence.began, agency_id=record["agency_id"])


@oracle
def hours_missing(world: World) -> Iterable[Row]:
    return [absence.told(absence.ended, value=absence.hours) for absence in absences(world) if absence.hours is not None]


@oracle
def missing_episodes_here(world: World) -> Iterable[Row]:
    return [absence.told(absence.began) for absence in absences(world) if is_own(world, absence.first("incident_authority"))]


@oracle
def missing_episodes_of_children_placed_here(world: World) -> Iterator[Row]:
    for absence in absences(world):
        placed_by = absence.first("placing_authority")
        if placed_by is not None and not is_own(world, placed_by) and is_own(world, absence.first("incident_authority")):
            notices = [
                row
                for row in world["person_location"]
                if row["person_id"] == absence.person_id
                and (row["tie"], row["tie_local"]) == ("placement", "placed here")
                and lasts_on(row, absence.began, absence.began)
            ]
            yield absence.told(absence.began, notice="given" if notices else "not_given")


def _knows_where_found(absence: Absence) -> bool:
    return absence.kilometres is not None or bool(absence.found_in and absence.first("home_authority"))


@oracle
def missing_episodes_with_found_place(world: World) -> Iterable[Row]:
    return [absence.told(absence.ended) for absence in absences(world) if absence.ended is not None and _knows_where_found(absence)]


@oracle
def missing_episodes_found_away(world: World, *, kilometres: int) -> Iterator[Row]:
    for absence in absences(world):
        if absence.ended is not None and _knows_where_found(absence):
            home = absence.first("home_authority")
            is_elsewhere = bool(home and absence.found_in) and min(absence.found_in).lower() != str(home).lower()
            if is_elsewhere or (absence.kilometres is not None and absence.kilometres >= kilometres):
                yield absence.told(absence.ended)


# Return interviews


def _interview(row: Row, column: str) -> Row:
    return {"person_id": row["person_id"], "happened_on": day_of(row[column]), "event_id": row["return_interview_id"]}


@oracle
def missing_episodes_ended(world: World) -> Iterable[Row]:
    return [_interview(row, "episode_ended_at") for row in world["return_interview"] if row["episode_ended_at"] is not None]


@oracle
def return_interviews_held(world: World) -> Iterable[Row]:
    return [_interview(row, "held_at") for row in world["return_interview"] if row["held_at"] is not None]


@oracle
def return_interviews_shared(world: World) -> Iterable[Row]:
    nothing = {None, "nobody", "not_recorded"}
    return [
        _interview(row, "held_at") for row in world["return_interview"] if row["held_at"] is not None and row["shared_with"] not in nothing
    ]


@oracle
def return_interviews_in_time(world: World, *, within_hours: int) -> Iterator[Row]:
    for row in world["return_interview"]:
        if is_exact(row, "episode_ended_at") and is_exact(row, "held_at"):
            back_from, _ = _could_be(row, "episode_ended_at")
            first, held_by = _could_be(row, "held_at")
            was_after = first.date() >= back_from.date() if _knows_day_only(row) else first >= back_from
            if was_after and held_by - back_from <= timedelta(hours=within_hours):
                yield _interview(row, "episode_ended_at")


def _could_be(row: Row, column: str) -> tuple[datetime, datetime]:
    """The earliest and the latest moment that a time may mean: all of the day where only the day is known."""
    at: datetime = row[column]
    return at, at if row[f"{column}_precision"] == MINUTE else at + timedelta(days=1)


def _knows_day_only(row: Row) -> bool:
    return "day" in {row["episode_ended_at_precision"], row["held_at_precision"]}
