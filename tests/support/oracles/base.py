"""What an oracle is, and the few words of time and certainty that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from sightline.model.periods import Quarter
from tests.support.random_worlds import Row, World, months_before

Rows = Iterable[tuple[Any, ...] | Row]
"""The rows of a measure: the measure's own columns in their order, or by their names."""

Oracle = Callable[..., Rows]
"""Gives the rows a measure must answer with in a world, from the words of its indicator; its parameters are given by name."""

ORACLES: dict[str, Oracle] = {}
Told = TypeVar("Told")
FOR_EVER = date.max


def oracle(function: Oracle) -> Oracle:
    """Make a function the oracle of the measure whose name it has."""
    if function.__name__ in ORACLES:
        raise ValueError(f"two oracles of {function.__name__}")
    ORACLES[function.__name__] = function
    return function


def once_a_world(function: Callable[[World], Told]) -> Callable[[World], Told]:
    """Work out once for each world what many oracles ask for."""
    return lru_cache(maxsize=4)(function)


def rows(found: Iterable[tuple[Any, ...]], *names: str) -> list[Row]:
    """Rows from tuples, each once: for things that either are so or are not."""
    return [dict(zip(names, row, strict=True)) for row in sorted(set(found), key=repr)]


def is_exact(row: Row, column: str) -> bool:
    """Whether the day itself is known, not only the month or the year."""
    return row[column] is not None and row[f"{column}_precision"] in {"day", "minute"}


def day_of(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def year_to(quarter: Quarter, months: int = 12) -> date:
    """The first day of the twelve months (or as many as are asked for) that end with the quarter."""
    return months_before(quarter.end, months) + timedelta(days=1)


def is_in_year(day: date | None, quarter: Quarter, months: int = 12) -> bool:
    return day is not None and year_to(quarter, months) <= day <= quarter.end


def years_in(world: World, day: date | None) -> Iterator[str]:
    """The quarters whose twelve months a day lies in."""
    return (str(quarter) for quarter in world.quarters if is_in_year(day, quarter))


def lasts_on(row: Row, first: date, last: date, *, start: str = "started_on", end: str = "ended_on") -> bool:
    """Whether something that may still be going on was going on at least one day of these."""
    return row[start] is not None and row[start] <= last and (row[end] is None or row[end] >= first)


def birthday(person: Row | None, years: int) -> date | None:
    """The first day on which somebody is so old, as far as anybody knows; a birthday counts from the first day of its month."""
    born = person["birth_month"] if person else None
    return born.replace(year=born.year + years) if born else None


def is_known_under_18(person: Row | None, day: date) -> bool:
    grown_up = birthday(person, 18)
    return grown_up is not None and day < grown_up


def lives_elsewhere(world: World, person_id: str) -> bool:
    """Whether a child is known to live elsewhere; where nobody knows, the child counts as living here."""
    return person_id in world.person and world.person[person_id]["resident_in_area"] is False
